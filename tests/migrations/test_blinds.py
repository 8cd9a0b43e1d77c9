"""An audit chain from before there were blinds goes on whole, and stays append-only."""

import asyncio
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.operations.audit import record
from app.operations.audit_heads import sign_head
from app.operations.audit_verification import Verdict, verify_chain
from tests.migrations.test_migrations import config_for
from tests.operations.test_audit import NOW

OLD_HASH = "b27773545fb93912663f6f8087b273d2aec5a1e2c56aec8195389c0eee4d2a82"
"""As the release before computed it."""

OLD_ENTRY = f"""
    INSERT INTO audit_entry (position, at, actor, role, action, subject_kind, subject_id, detail,
        previous_hash, entry_hash)
    VALUES (1, :at, 'sam', 'admin', 'act', 'thing', '1', '{{}}', '{"0" * 64}', '{OLD_HASH}')
"""


async def run(database: Database, statement: str) -> None:
    async with database.writing() as session:
        at = {"at": "2026-11-01 12:00:00.000000" if database.is_sqlite else NOW}
        await session.execute(text(statement), at if ":at" in statement else {})


async def go_on(url: str, keyring: Keyring) -> Verdict:
    """Write one more entry, see that neither can be changed, and verify the chain."""
    database = Database(url, pool_size=1)
    async with unit_of_work(database) as session:
        record(session, Caller("sam", Role.ADMIN), "act", ("thing", 2), now=NOW)
    async with database.writing() as session:
        await sign_head(session, keyring.log_signer, now=NOW)
    for statement in ("UPDATE audit_entry SET blind = NULL", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="never changed or removed"):
            await run(database, statement)
    async with database.reading() as session:
        verdict = await verify_chain(session, keyring.log_signer.has_signed)
    await database.close()
    return verdict


async def write_old(url: str) -> None:
    database = Database(url, pool_size=1)
    await run(database, OLD_ENTRY)
    await database.close()


def test_an_old_chain_goes_on_whole_and_append_only(empty_url: str, tmp_path: Path) -> None:
    command.upgrade(config_for(empty_url), "0019")
    asyncio.run(write_old(empty_url))
    command.upgrade(config_for(empty_url), "head")
    assert asyncio.run(go_on(empty_url, Keyring(tmp_path / "keys"))) == Verdict(2, 2, 1, ())
