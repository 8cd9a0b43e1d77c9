"""The service with one promise broken on purpose, for the controls: a rig must find it out.

uvicorn loads `create_app` from here where a rig asks for a weakness; nothing else does.
"""

import functools
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
from fastapi import FastAPI

from app import main, retries
from app.operations import ballot_store

VARIABLE = "RIG_WEAKNESS"
COMMIT_EVERY_S = 0.5


def commit_without_waiting() -> None:
    """PostgreSQL: answer before the commit reached the disk (`synchronous_commit=off`)."""
    connect = asyncpg.connect

    async def weakened(*arguments: Any, **options: Any) -> Any:
        if "synchronous_commit" in (given := options.get("server_settings") or {}):
            options["server_settings"] = given | {"synchronous_commit": "off"}
        return await connect(*arguments, **options)

    asyncpg.connect = weakened


def sync_seldom() -> None:
    """SQLite: sync at checkpoints only (`synchronous=NORMAL`), as many guides advise."""
    prepare = ballot_store.prepare_sqlite

    def weakened(connection: sqlite3.Connection, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=NORMAL")

    ballot_store.prepare_sqlite = weakened


def answer_before_commit_postgresql() -> None:
    """PostgreSQL: answer from inside a transaction that is committed twice a second."""
    write = ballot_store.PostgresStore.write

    async def weakened(self: Any, ballots: Sequence[Any]) -> Any:
        connection, now = self._connection, time.monotonic()
        if connection is not None and not connection.is_closed():
            try:
                if not connection.is_in_transaction():
                    await connection.execute("BEGIN")
                    self.begun = now
                elif now - self.begun > COMMIT_EVERY_S:
                    await connection.execute("COMMIT; BEGIN")
                    self.begun = now
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
                raise ballot_store.StoreUnavailableError from away
        return await write(self, ballots)

    ballot_store.PostgresStore.write = weakened


class LateConnection(sqlite3.Connection):
    """A connection that says it committed, and does so twice a second."""

    committed = 0.0

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Run a statement; most of the commits are put off."""
        if sql.startswith("BEGIN") and self.in_transaction:
            return self.cursor()
        if sql == "COMMIT":
            if time.monotonic() - self.committed < COMMIT_EVERY_S:
                return self.cursor()
            self.committed = time.monotonic()
        return super().execute(sql, *values)


def answer_before_commit_sqlite() -> None:
    """SQLite: answer from inside a transaction that is committed twice a second."""
    sqlite3.connect = functools.partial(sqlite3.connect, factory=LateConnection)


def hear_no_warning() -> None:
    """PostgreSQL: take a cancelled wait for a standby for a commit, as drivers do by themselves."""
    asyncpg.Connection.add_log_listener = lambda *_: None


def log_some_leaves_only() -> None:
    """PostgreSQL: every second ballot or so is acknowledged without a leaf in the log."""
    whole, thinned = "FROM written\n)", "FROM written WHERE get_byte(leaf_hash, 0) % 2 > 0\n)"
    assert whole in ballot_store.UPSERT_POSTGRESQL
    ballot_store.UPSERT_POSTGRESQL = ballot_store.UPSERT_POSTGRESQL.replace(whole, thinned)


def forget_keys() -> None:
    """Take every POST for a new one, whatever its Idempotency-Key."""
    claim = retries.claim_answer

    async def weakened(session: Any, caller: Any, key: str, **options: Any) -> Any:
        return await claim(session, caller, key + uuid.uuid4().hex, **options)

    retries.claim_answer = weakened


WEAKNESSES: dict[str, Callable[[], None]] = {
    "synchronous_commit=off": commit_without_waiting,
    "synchronous=NORMAL": sync_seldom,
    "answer before commit, PostgreSQL": answer_before_commit_postgresql,
    "answer before commit, SQLite": answer_before_commit_sqlite,
    "warnings unheard": hear_no_warning,
    "leaves left out": log_some_leaves_only,
    "keys forgotten": forget_keys,
}


def create_app() -> FastAPI:
    """Return the service with the weakness that the environment names."""
    WEAKNESSES[os.environ[VARIABLE]]()
    return main.create_app()
