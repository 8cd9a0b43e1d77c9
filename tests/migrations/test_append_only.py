"""Rows of the audit trail, the log and the results are never changed or removed, by a trigger."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.models.log import TreeHead
from app.operations.audit import record
from app.operations.audit_heads import keep_heads
from tests.ballot_polls import make_poll, make_round
from tests.operations.test_audit import NOW

pytestmark = pytest.mark.anyio


@pytest.fixture
async def filled(database: Database, tmp_path: Path) -> Database:
    async with unit_of_work(database) as session:
        record(session, Caller("sam", Role.ADMIN), "act", ("thing", 1), now=NOW)
    keyring = Keyring(tmp_path / "keys")
    await keep_heads(database, keyring, None)
    poll = await make_poll(database, await make_round(database, keyring))
    head = {"size": 10, "root": bytes(32), "frontier": b"", "turnout": 0, "published_at": NOW}
    async with database.writing() as session:
        session.add(TreeHead(poll_id=poll.id, number=1, checkpoint="", **head))
    return database


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET reason = 'another'",
        "DELETE FROM audit_entry",
        "UPDATE audit_head SET position = 0",
        "DELETE FROM audit_head",
        (
            "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (position) "
            "DO UPDATE SET reason = 'another'"
        ),
    ],
)
async def test_refuses_to_change_or_remove_what_was_written(
    filled: Database, statement: str
) -> None:
    if filled.is_sqlite:
        statement = statement.replace(" FROM audit_entry ON", " FROM audit_entry WHERE true ON")
    with pytest.raises(DBAPIError, match="never changed or removed"):
        async with filled.writing() as session:
            await session.execute(text(statement))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has no TRUNCATE
async def test_refuses_a_truncation_even_as_a_replica(filled: Database) -> None:
    for table in ("audit_entry", "log_leaf", "tree_head", "opened_ballot", "poll_result"):
        with pytest.raises(DBAPIError, match="never changed or removed"):
            async with filled.writing() as session:
                await session.execute(text("SET LOCAL session_replication_role = replica"))
                await session.execute(text(f"TRUNCATE {table} CASCADE"))


async def test_control_without_the_trigger_the_same_statement_goes_through(
    filled: Database,
) -> None:
    names = {True: "append_only_audit_entry_update", False: "append_only ON audit_entry"}
    async with filled.writing() as session:
        await session.execute(text(f"DROP TRIGGER {names[filled.is_sqlite]}"))
        await session.execute(text("UPDATE audit_entry SET reason = 'another'"))


@pytest.mark.parametrize("column", ["poll_id", "number", "size", "root", "frontier"])
async def test_refuses_to_change_what_a_head_says_of_the_log(filled: Database, column: str) -> None:
    """When it was signed last may change: a head that says nothing new is signed again."""
    with pytest.raises(DBAPIError, match="never changed or removed"):
        async with filled.writing() as session:
            await session.execute(text(f"UPDATE tree_head SET {column} = {column}"))
    async with filled.writing() as session:
        await session.execute(text("UPDATE tree_head SET checkpoint = checkpoint"))
