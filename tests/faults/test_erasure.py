"""After an erasure no byte of a resident is left in files, dumps, outbox or logs (P22)."""

import asyncio
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.models.residents import Declaration, Resident
from app.operations.retention import forget_what_is_over
from tests.ballot_polls import open_poll_of
from tests.factories import A1
from tests.faults.rigs.clusters import find_programs
from tests.signing_in import asked, code_in, mail_to, prove
from tests.support import Api

pytestmark = pytest.mark.anyio

CANARIES = 40
POSTCODE = "AL11AA"


async def everything(database, folder: Path) -> bytes:
    """Return every byte of the database: its file and its write-ahead log, or its dump."""
    if database.is_sqlite:
        file = Path(database.url.database)
        parts = [file, file.with_name(file.name + "-wal")]
        return b"".join(part.read_bytes() for part in parts if part.exists())
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    dump = [find_programs() / "pg_dump", url]
    done = await asyncio.to_thread(subprocess.run, dump, capture_output=True, check=True)
    return done.stdout


def found(dump: bytes, needles: list[bytes]) -> list[bytes]:
    """Return which needles stand in a dump, as they are or as a dump writes bytes."""
    folded = dump.lower()
    return [
        needle for needle in needles if needle.lower() in folded or needle.hex().encode() in folded
    ]


async def canary(api, number: int, poll) -> tuple[Api, list[bytes]]:
    """Let somebody sign in, state a home and vote; return what must not be found of them."""
    email = f"canary-{number:04}@resident.example"
    sign_in = await asked(api, email)
    mail = await mail_to(api, email)
    token = (await prove(api, sign_in, code=code_in(mail))).json()["access_token"]
    person = Api(api.client, api.app, token)
    await person.patch("/v1/me", json={"postcode": "AL1 1AA"})
    body = {"approved_options": [str(poll.options[0])]}
    assert (await person.put(f"/v1/polls/{poll.id}/ballot", json=body)).status_code == 201
    anchor = api.app.state.keyring.anchor("email", email)
    return person, [email.encode(), code_in(mail).encode(), token.encode(), anchor]


async def test_an_erased_resident_leaves_no_byte(api, app, tmp_path, caplog):
    caplog.set_level("DEBUG")
    database, poll = app.state.database, await open_poll_of(app, ward=A1)
    before = (await everything(database, tmp_path)).count(POSTCODE.encode())
    people = [await canary(api, number, poll) for number in range(CANARIES)]
    await asked(api, "canary-0000@resident.example")  # a mail waits in the outbox
    anchors = [needles[-1] for _, needles in people]
    assert found(await everything(database, tmp_path), anchors) == anchors  # the search sees
    for person, _ in people:
        assert (await person.request("DELETE", "/v1/me")).status_code == 200
    later = datetime.now(UTC) + timedelta(hours=25)
    await forget_what_is_over(database, app.state.keyring, now=later)
    await database.drop_old_pages()
    dump = await everything(database, tmp_path)
    needles = [needle for _, of_one in people for needle in of_one]
    assert found(dump, needles) == []
    assert dump.count(POSTCODE.encode()) == before
    assert [n for n in needles[:3] if n.decode() in caplog.text] == []
    async with database.reading() as session:
        assert (await session.scalars(select(Resident))).all() == []
        assert (await session.scalars(select(Declaration))).all() == []


async def test_the_search_finds_an_address_that_was_planted_and_one_that_was_only_deleted(
    database, tmp_path
):
    """The controls: kept in clear; and, on SQLite, deleted by a connection that overwrites not."""
    needle = [b"canary-planted@resident.example"]
    async with database.write_connection() as connection:
        if database.is_sqlite:
            await connection.exec_driver_sql("PRAGMA secure_delete=OFF")
        await connection.execute(text("CREATE TABLE planted (address text)"))
        await connection.execute(text(f"INSERT INTO planted VALUES ('{needle[0].decode()}')"))
    assert found(await everything(database, tmp_path), needle) == needle
    if database.is_sqlite:
        async with database.write_connection() as connection:
            await connection.exec_driver_sql("PRAGMA secure_delete=OFF")
            await connection.execute(text("DELETE FROM planted"))
        await database.drop_old_pages()
        assert found(await everything(database, tmp_path), needle) == needle


@pytest.mark.parametrize(
    ("days", "left"), [(1, 1), (3, 0)], ids=["the next day", "three days later"]
)
async def test_who_never_states_a_home_is_forgotten_after_two_days(api, app, days, left):
    sign_in = await asked(api, "sam@resident.example")
    code = code_in(await mail_to(api, "sam@resident.example"))
    await prove(api, sign_in, code=code)
    now = datetime.now(UTC) + timedelta(days=days)
    await forget_what_is_over(app.state.database, app.state.keyring, now=now)
    async with app.state.database.reading() as session:
        assert len((await session.scalars(select(Resident))).all()) == left


@pytest.mark.parametrize(("days", "left"), [(729, 1), (732, 0)])
async def test_who_stays_away_for_two_years_is_forgotten(api, app, days, left):
    poll = await open_poll_of(app)
    await canary(api, 1, poll)
    now = datetime.now(UTC) + timedelta(days=days)
    await forget_what_is_over(app.state.database, app.state.keyring, now=now)
    async with app.state.database.reading() as session:
        assert len((await session.scalars(select(Resident))).all()) == left


async def test_opens_no_write_where_nothing_is_over(app):
    now = datetime.now(UTC)
    assert await forget_what_is_over(app.state.database, app.state.keyring, now=now) == 0
