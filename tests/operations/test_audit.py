"""The audit trail: chained, in the write's own transaction, and never half there."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.models.audit import AuditEntry
from app.operations.audit import GENESIS, current_revision, entry_hash, record

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SAM = Caller("sam", Role.ADMIN)


async def act(database: Database, name: str, *, times: int = 1) -> None:
    async with unit_of_work(database) as session:
        for number in range(times):
            record(session, SAM, name, ("thing", number), now=NOW, reason="a test")


async def entries(database: Database) -> list[AuditEntry]:
    async with database.reading() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.position)))


def assert_chained(found: list[AuditEntry]) -> None:
    previous = GENESIS
    for position, entry in enumerate(found, 1):
        assert entry.position == position
        assert entry.previous_hash == previous
        assert entry.entry_hash == entry_hash(entry)
        previous = entry.entry_hash


async def test_writes_nothing_when_the_act_fails(database: Database) -> None:
    async def fail() -> None:
        async with unit_of_work(database) as session:
            record(session, SAM, "fail", ("thing", 1), now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await entries(database) == []


async def test_chains_every_entry_to_the_one_before(database: Database) -> None:
    await act(database, "first", times=2)
    await act(database, "second")
    found = await entries(database)
    assert [entry.action for entry in found] == ["first", "first", "second"]
    assert_chained(found)


async def test_notices_a_changed_entry(database: Database) -> None:
    await act(database, "first", times=2)
    found = await entries(database)
    found[0].reason = "another reason"
    with pytest.raises(AssertionError):
        assert_chained(found)


async def test_keeps_one_chain_when_many_write_at_once(database: Database) -> None:
    await asyncio.gather(*(act(database, f"act {n}") for n in range(12)))
    found = await entries(database)
    assert len(found) == 12
    assert_chained(found)


async def test_raises_the_revision_once_per_transaction(database: Database) -> None:
    async with database.reading() as session:
        before = await current_revision(session)
    await act(database, "first", times=3)
    async with database.reading() as session:
        assert await current_revision(session) == before + 1
