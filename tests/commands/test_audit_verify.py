"""`python -m app audit verify`: what it says of a whole and of a damaged chain, with which code."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.cli import app
from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.operations.audit import record
from app.operations.audit_heads import keep_heads

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys")


@pytest.fixture
def verify(database_url: str, tmp_path: Path, keyring: Keyring) -> Any:
    """Run the command on a chain of three entries, two of them under a signed head."""

    async def act() -> None:
        database = Database(database_url, pool_size=2)
        for number in range(3):
            async with unit_of_work(database) as session:
                record(session, Caller("sam", Role.ADMIN), "act", ("thing", number), now=NOW)
            if number == 1:
                await keep_heads(database, keyring, tmp_path / "heads")
        await database.close()

    asyncio.run(act())

    def run(*arguments: object, key_store: Path = tmp_path / "keys") -> Result:
        env = {"DATABASE_URL": database_url, "KEY_STORE": str(key_store)}
        return CliRunner(env=env).invoke(app, ["audit", "verify", *map(str, arguments)])

    return run


def tamper(url: str, statement: str) -> None:
    async def act() -> None:
        database = Database(url, pool_size=1)
        async with database.writing() as session:
            if database.is_sqlite:
                await session.execute(text("DROP TRIGGER append_only_audit_entry_update"))
                await session.execute(text("DROP TRIGGER append_only_audit_entry_delete"))
            else:
                await session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER append_only"))
            await session.execute(text(statement))
        await database.close()

    asyncio.run(act())


def told(result: Result) -> str:
    return " ".join(result.output.split())


def test_says_that_a_chain_is_whole_and_what_no_head_covers_yet(
    verify: Any, tmp_path: Path, keyring: Keyring
) -> None:
    for arguments in ((), ("--heads", tmp_path / "heads")):
        result = verify(*arguments)
        assert result.exit_code == 0, result.output
        assert "The audit chain is whole: 3 entries." in told(result)
        assert "Signed heads cover the first 2." in told(result)
    key = keyring.log_signer.verifier_key
    assert verify("--key", key, key_store=tmp_path / "elsewhere").exit_code == 0


def test_names_every_damage_and_leaves_with_one(verify: Any, database_url: str) -> None:
    tamper(database_url, "UPDATE audit_entry SET actor = 'kim' WHERE position = 2")
    result = verify()
    assert result.exit_code == 1
    assert "Entry 2 was changed: its hash does not fit." in told(result)
    assert "DAMAGED" in told(result)


def test_finds_a_tail_cut_off(verify: Any, database_url: str) -> None:
    tamper(database_url, "DELETE FROM audit_entry WHERE position > 1")
    result = verify()
    assert result.exit_code == 1
    assert "entries were removed from its end" in told(result)


def test_refuses_without_a_key_rather_than_making_one(verify: Any, tmp_path: Path) -> None:
    result = verify(key_store=tmp_path / "elsewhere")
    assert (result.exit_code, "no log key" in told(result)) == (1, True)
    assert not (tmp_path / "elsewhere").exists()


def test_refuses_what_is_no_key_and_no_file_of_heads(verify: Any, tmp_path: Path) -> None:
    assert verify("--key", "nonsense").exit_code == 2
    (tmp_path / "other").write_text("{")
    assert verify("--heads", tmp_path / "other").exit_code == 2
