"""Signed heads: one a day, by one process, in the database and in a file elsewhere."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.models.audit import AuditHead
from app.operations import audit_heads
from app.operations.audit import record

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys")


async def act(database: Database) -> None:
    async with unit_of_work(database) as session:
        record(session, Caller("sam", Role.ADMIN), "act", ("thing", 1), now=NOW)


async def days(database: Database) -> list[date]:
    async with database.reading() as session:
        return list(await session.scalars(select(AuditHead.signed_on)))


async def test_signs_nothing_while_there_is_no_entry(database: Database, keyring: Keyring) -> None:
    await audit_heads.keep_heads(database, keyring, None)
    assert await days(database) == []


async def test_signs_once_a_day_however_many_processes_try(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    await act(database)
    file = tmp_path / "elsewhere" / "heads"
    await asyncio.gather(*(audit_heads.keep_heads(database, keyring, file) for _ in range(4)))
    await audit_heads.keep_heads(database, keyring, file)
    assert len(await days(database)) == 1
    assert len(audit_heads.read_heads(file)) == 1


async def test_brings_a_file_up_to_date_that_missed_some_days(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    await act(database)
    for day in (1, 2, 3):
        async with database.writing() as session:
            await audit_heads.sign_head(session, keyring.log_signer, now=NOW.replace(day=day))
    file = tmp_path / "heads"
    await audit_heads.keep_heads(database, keyring, file)
    found = [head["signed_on"] for head in audit_heads.read_heads(file)]
    assert found[:3] == ["2026-11-01", "2026-11-02", "2026-11-03"]
