"""The service's own role: enough for the main job, and no right to change what was written."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.domain.jobs import ENDED
from app.errors import InvalidRequestError
from app.jobs.labour import Labour
from app.operations.rights import MAY_NEVER_CHANGE, grant_rights
from app.settings import Settings
from tests.conftest import _run_admin
from tests.support import Api
from tests.test_main_job import test_takes_a_ward_from_postcode_to_new_priorities as main_job
from tests.working import KINDS, asked, found, numbers_left

pytestmark = pytest.mark.anyio

UNDOING = (
    "ALTER TABLE audit_entry DISABLE TRIGGER append_only",
    "DROP TRIGGER append_only ON audit_entry",
    "DROP TABLE audit_entry",
    "CREATE TABLE mine (id int)",
    "UPDATE alembic_version SET version_num = '0001'",
    "INSERT INTO evaluation_stamp VALUES (1, now())",
    "SET session_replication_role = replica",
)


@pytest.fixture
def role(postgresql_server: str) -> str:
    """The name of a role that is not there yet, and is gone afterwards."""
    return f"wp_service_{os.getpid()}_{secrets.token_hex(3)}"


@pytest.fixture(params=["postgresql"])
def database_url(
    request: pytest.FixtureRequest, postgresql_server: str, template_postgresql: str, role: str
) -> Iterator[str]:
    """The address of a fresh copy of small London on PostgreSQL, as its owner."""

    asyncio.run(
        _run_admin(postgresql_server, f"CREATE DATABASE {role} TEMPLATE {template_postgresql}")
    )
    yield make_url(postgresql_server).set(database=role).render_as_string(hide_password=False)
    asyncio.run(
        _run_admin(
            postgresql_server, f"DROP DATABASE {role} WITH (FORCE)", f"DROP ROLE IF EXISTS {role}"
        )
    )


@pytest.fixture
def settings(database_url: str, role: str, tmp_path: Path) -> Settings:
    """Settings of a service that signs in as the role."""
    url = make_url(database_url).set(username=role, password="made-up")
    return Settings(
        database_url=url.render_as_string(hide_password=False), key_store=tmp_path / "keys"
    )


@pytest.fixture
async def granted(database: Database, role: str) -> None:
    """The role, made and granted by the owner."""
    assert await grant_rights(database, role, "made-up")
    assert not await grant_rights(database, role)


@pytest.fixture
async def service(granted: None, settings: Settings) -> AsyncIterator[Database]:
    """The database as the service's role sees it."""
    opened = Database(settings.database_url, pool_size=2)
    yield opened
    await opened.close()


async def refused(service: Database, statement: str) -> str:
    """Return what the database says to a statement of the service, which must not go through."""
    with pytest.raises(DBAPIError) as caught:
        async with service.writing() as session:
            await session.execute(text(statement))
    return str(caught.value.orig)


async def test_refuses_by_right_to_change_what_was_written(
    service: Database, database: Database
) -> None:
    columns = "SELECT attname FROM pg_attribute WHERE attnum = 1 AND attrelid = '{}'::regclass"
    for table in MAY_NEVER_CHANGE:
        async with database.reading() as session:
            column = (await session.execute(text(columns.format(table)))).scalar_one()
        for act in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            assert "permission denied" in await refused(service, act)
        assert "permission denied" in await refused(service, f"TRUNCATE {table}")


async def test_may_put_jobs_into_the_queue_and_do_them(
    service: Database, settings: Settings
) -> None:
    job = await asked(service, pieces=2)
    labour = Labour(settings, service, kinds=KINDS, schedules=())
    labour.start(1)
    try:
        async with asyncio.timeout(30):
            while (await found(service, job)).state not in ENDED:
                await labour.look()
                await asyncio.sleep(0.05)
    finally:
        await labour.stop()
    assert await numbers_left(service, job) == [1, 2]


async def test_may_sign_a_head_again_that_says_nothing_new(service: Database) -> None:
    again = "UPDATE tree_head SET published_at = now(), checkpoint = '', turnout = 10"
    async with service.writing() as session:
        await session.execute(text(again))


async def test_may_take_no_ballot_out(service: Database) -> None:
    async with service.writing() as session:
        await session.execute(text("UPDATE envelope SET closed = true"))
    assert "permission denied" in await refused(service, "DELETE FROM envelope")


async def test_refuses_to_undo_the_guards(service: Database) -> None:
    for statement in UNDOING:
        told = await refused(service, statement)
        assert "permission denied" in told or "must be owner" in told, (statement, told)


async def test_control_the_owner_is_stopped_by_the_trigger_only(database: Database) -> None:
    with pytest.raises(DBAPIError, match="never changed or removed"):
        async with database.writing() as session:
            await session.execute(text("DELETE FROM audit_entry"))


async def test_refuses_to_grant_to_a_superuser_or_a_strange_name(database: Database) -> None:
    for name, words in (("postgres", "superuser"), ('a"; DROP TABLE ward', "small letters")):
        with pytest.raises(InvalidRequestError, match=words):
            await grant_rights(database, name)


async def test_refuses_on_sqlite(tmp_path: Path) -> None:
    opened = Database(f"sqlite:///{tmp_path}/x.sqlite3")
    with pytest.raises(InvalidRequestError, match="no roles"):
        await grant_rights(opened, "wards_service")
    await opened.close()


async def test_is_enough_for_the_main_job(granted: None, api: Api) -> None:
    await main_job(api)


async def test_the_triggers_stand_on_the_same_tables(database: Database) -> None:
    guarded = text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")
    async with database.reading() as session:
        assert set(await session.scalars(guarded)) == set(MAY_NEVER_CHANGE)
