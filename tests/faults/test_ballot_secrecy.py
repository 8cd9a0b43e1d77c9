"""The link game: with the whole database nobody pairs residents and choices better than by chance.

An attacker who knows in which order residents voted lines the stored rows up in every order the
database keeps; the same attack on the schema most projects write must find everybody.
"""

import asyncio
import json
import random

import pytest
from sqlalchemy import text

from app.keyring import Keyring
from app.models.base import Base
from app.models.polls import Poll
from app.operations.ballots import BallotBox, cast_ballot, close_envelopes, open_poll
from tests.ballot_polls import make_poll, make_round, open_poll_of, resident
from tests.factories import A1

pytestmark = pytest.mark.anyio

VOTERS = 300
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
CHANCE = 8
"""Fixed points of a random order: one on average, more than eight once in a million games."""

CONCERNS = (
    "burglary",
    "anti-social-behaviour",
    "drug-dealing",
    "robbery",
    "vehicle-crime",
    "violence",
    "hate-crime",
    "shop-theft",
    "bicycle-theft",
)


def physical(database) -> str:
    return "rowid" if database.is_sqlite else "ctid"


async def rows(database, statement: str):
    async with database.reading() as session:
        return (await session.execute(text(statement))).all()


def choices_of(value) -> frozenset[str]:
    return frozenset(json.loads(value) if isinstance(value, str) else value)


async def play(database, tmp_path):
    """Let residents with a choice of their own each vote, close and open; return who chose what."""
    keyring = Keyring(tmp_path / "keys")
    box = BallotBox(database, keyring)
    poll = await make_poll(database, await make_round(database, keyring), concerns=CONCERNS)
    masks = random.Random(7).sample(range(1, 2 ** len(CONCERNS)), VOTERS)
    truth: dict[bytes, frozenset[str]] = {}

    async def vote(number: int, mask: int) -> None:
        subject = f"voter-{number}"
        chosen = [option for place, option in enumerate(poll.options) if mask >> place & 1]
        await cast_ballot(box, resident(subject), poll.id, chosen)
        slot = keyring.slot(poll.round_id, keyring.anchor("subject", subject))
        truth[slot] = frozenset(map(str, chosen))

    for start in range(0, VOTERS, 12):
        batch = list(enumerate(masks))[start : start + 12]
        await asyncio.gather(*(vote(number, mask) for number, mask in batch))
    async with database.writing() as session:
        row = await session.get_one(Poll, poll.id, with_for_update=True)
        row.status = "closed"
        await close_envelopes(session, poll.id)
        await open_poll(session, keyring, row)
    await box.writer.stop()
    return truth


async def test_no_stored_order_pairs_envelopes_with_opened_ballots(database, tmp_path):
    truth = await play(database, tmp_path)
    place = physical(database)
    orders = ["slot", "sealed", "leaf_hash", "seq, slot", place]
    orders += [] if database.is_sqlite else [f"xmin::text::bigint, {place}"]
    for left in orders:
        kept = await rows(database, f"SELECT slot FROM envelope ORDER BY {left}")
        for right in ("position", "tracker", place):
            found = await rows(database, f"SELECT choices FROM opened_ballot ORDER BY {right}")
            pairs = zip(kept, found, strict=True)
            hits = sum(truth[bytes(slot)] == choices_of(row) for (slot,), (row,) in pairs)
            assert hits <= CHANCE, (left, right, hits)
    assert len(kept) == len(found) == VOTERS


@on_postgresql
async def test_no_transaction_wrote_some_envelopes_and_some_opened_ballots(database, tmp_path):
    """The close touches all of them at once; a part would tell that part apart."""
    await play(database, tmp_path)
    joined = "SELECT count(*) FROM envelope e JOIN opened_ballot o ON e.xmin = o.xmin"
    assert (await rows(database, joined))[0][0] in {0, VOTERS**2}
    one = "SELECT count(DISTINCT xmin::text) FROM opened_ballot"
    assert (await rows(database, one))[0][0] == 1


async def test_the_same_attacks_find_everybody_in_the_usual_schema(database):
    """The control: a mark and a ballot written together, without times or shared keys."""
    async with database.write_connection() as connection:
        for table in ("voted (voter text)", "ballot (choice integer)"):
            await connection.execute(text(f"CREATE TABLE {table}"))
    for number in random.Random(7).sample(range(1000), VOTERS):
        async with database.write_connection() as connection:
            await connection.execute(text(f"INSERT INTO voted VALUES ('{number}')"))
            await connection.execute(text(f"INSERT INTO ballot VALUES ({number})"))
    place = physical(database)
    voters = await rows(database, f"SELECT voter FROM voted ORDER BY {place}")
    ballots = await rows(database, f"SELECT choice FROM ballot ORDER BY {place}")
    assert sum(int(v) == c for (v,), (c,) in zip(voters, ballots, strict=True)) == VOTERS
    if not database.is_sqlite:
        joined = "SELECT voter, choice FROM voted p JOIN ballot b ON p.xmin = b.xmin"
        assert sum(int(v) == c for v, c in await rows(database, joined)) == VOTERS


async def test_no_row_and_no_log_line_names_a_resident_who_voted(api, app, caplog):
    caplog.set_level("DEBUG")
    poll = await open_poll_of(app)
    voter = await api.as_("resident", wards=(A1,), subject="canary-resident")
    for _ in range(3):
        cast = await voter.put(
            f"/v1/polls/{poll.id}/ballot", json={"approved_options": [str(poll.options[0])]}
        )
        assert cast.status_code < 300
    await api.as_("ward_officer", wards=(A1,), subject="canary-officer")
    dump = await everything(app.state.database)
    assert "canary-officer" in dump
    assert "canary-resident" not in dump
    assert "canary-resident" not in caplog.text
    key = app.state.keyring
    anchor = key.anchor("subject", "canary-resident")
    assert anchor.hex() not in dump
    assert key.slot(poll.round_id, anchor).hex() in dump


async def everything(database) -> str:
    """Return every row of every table as text, bytes in hex."""
    found: list[str] = []
    for table in Base.metadata.sorted_tables:
        for row in await rows(database, f'SELECT * FROM "{table.name}"'):
            found += [bytes(v).hex() if isinstance(v, bytes) else str(v) for v in row]
    return "\n".join(found)


async def test_no_table_on_a_ballots_way_can_hold_a_time_or_a_counter():
    allowed = {
        "envelope": {
            "round_id",
            "slot",
            "poll_id",
            "seq",
            "level",
            "closed",
            "quarantined",
            "sealed",
            "leaf_hash",
        },
        "pending_leaf": {"poll_id", "leaf_hash"},
        "opened_ballot": {"poll_id", "position", "choices", "tracker"},
    }
    for name, columns in allowed.items():
        assert set(Base.metadata.tables[name].columns.keys()) == columns
