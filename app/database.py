"""The database: sessions to read and to write, and where SQLite and PostgreSQL differ."""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NewType

from sqlalchemy import URL, ColumnElement, Connection, event, func, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.errors import ServiceError
from app.geometry import SQLITE_FUNCTIONS
from app.outages import Outage

ReadSession = NewType("ReadSession", AsyncSession)
"""A session in a read-only transaction."""

WriteSession = NewType("WriteSession", AsyncSession)
"""A session whose transaction commits before the answer leaves."""

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
BUSY_TIMEOUT_MS = 10_000
POOL_WAIT_S = 1.2
"""How long a request waits for a connection before it is asked to come again."""

PATIENCE = {"lock_timeout": "5s", "idle_in_transaction_session_timeout": "2min"}
"""How long PostgreSQL lets us wait for a lock, and hold one without doing anything."""

REVISION_CHANNEL = "ward_priorities_revision"


def driver_url(url: str) -> URL:
    """Return the address with the one driver the service uses for that database."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in DRIVERS:
        raise ValueError(f"DATABASE_URL must be sqlite or postgresql, not {backend}.")
    return parsed.set(drivername=DRIVERS[backend])


class Database:
    """One process's connection to the service's database."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = driver_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.outage = Outage()
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_async_engine(
            self.url, hide_parameters=True, **self._engine_options(pool_size)
        )
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        reading = self.engine.execution_options(postgresql_readonly=True, access="read")
        writing = self.engine.execution_options(access="write")
        self._reads = async_sessionmaker(reading, expire_on_commit=False)
        self._writes = async_sessionmaker(writing, expire_on_commit=False)
        self._writing_engine = writing

    @property
    def address(self) -> str:
        """Where PostgreSQL is, as its own driver reads it."""
        url = self.url.set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    @property
    def is_away(self) -> bool:
        """Whether this process knows that the database does not answer."""
        return self.outage.is_on

    def _engine_options(self, pool_size: int) -> dict[str, Any]:
        if self.is_sqlite:
            return {"pool_size": pool_size, "max_overflow": 0}
        return {
            "pool_size": pool_size,
            "max_overflow": 0,
            "pool_timeout": POOL_WAIT_S,
            "connect_args": {
                "async_creator_fn": self.outage.connect,
                "server_settings": {"timezone": "UTC", **PATIENCE},
            },
        }

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[ReadSession]:
        """Open a read-only session."""
        self.outage.refuse()
        async with self._reads() as session, session.begin():
            yield ReadSession(session)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[WriteSession]:
        """Open a writing session that commits at the end, or rolls back on any exception.

        A refusal that keeps what was written (a wrong code was counted) is raised after the commit.
        """
        kept: ServiceError | None = None
        self.outage.refuse()
        async with self._writes() as session, session.begin():
            try:
                yield WriteSession(session)
            except ServiceError as refusal:
                if not refusal.keeps_writes:
                    raise
                kept = refusal
        if kept is not None:
            raise kept

    @asynccontextmanager
    async def write_connection(self) -> AsyncGenerator[AsyncConnection]:
        """Open a bare connection in a writing transaction, for statements too hot for the ORM."""
        self.outage.refuse()
        async with self._writing_engine.begin() as connection:
            yield connection

    async def drop_old_pages(self) -> None:
        """Cut SQLite's write-ahead log, in which deleted rows would linger; nothing elsewhere."""
        if not self.is_sqlite:
            return
        async with self.engine.connect() as connection:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def _refuse_closed(connection: Any, record: Any, proxy: Any) -> None:
    """Let the pool replace a connection that PostgreSQL closed; nothing is asked over the wire."""
    del record, proxy
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def prepare_sqlite(connection: Any, record: Any) -> None:
    """Make a fresh SQLite connection durable, patient, strict about keys, forgetful."""
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    for (name, arguments), function in SQLITE_FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)


def _begin_sqlite(connection: Connection) -> None:
    """Start the transaction SQLite's driver would not: writers queue, readers may not write."""
    access = connection.get_execution_options().get("access")
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if access == 'read' else 'OFF'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if access == "write" else "BEGIN")


def on_postgresql(session: AsyncSession) -> bool:
    """Whether the session speaks to PostgreSQL, which locks rows; SQLite's writer holds all."""
    return session.get_bind().dialect.name != "sqlite"


def insert_for(session: AsyncSession, table: type[Any]) -> Any:
    """Return an INSERT into the table that can say ON CONFLICT, in the session's own dialect."""
    if on_postgresql(session):
        return postgresql.insert(table)
    return sqlite.insert(table)


def random_bytes_for(session: AsyncSession, length: int) -> ColumnElement[bytes]:
    """Return up to 16 random bytes of the database's own making, others for each row."""
    if on_postgresql(session):
        return func.substring(func.uuid_send(func.gen_random_uuid()), 1, length)
    return func.randomblob(length)


async def alone(session: WriteSession, task: str) -> bool:
    """Whether this transaction is the only one at a task, in every process; it never waits.

    PostgreSQL holds an advisory lock until the commit. SQLite's writer is alone in any case.
    """
    if not on_postgresql(session):
        return True
    held = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:task, 0))")
    got: bool = (await session.execute(held, {"task": task})).scalar_one()
    return got


async def take_turn(session: AsyncSession, name: bytes, *, shared: bool = False) -> None:
    """Wait for whoever else holds this name, and hold it until the commit; `shared` with others.

    A lock on a row would stay in the row, as the number of a transaction that wrote others: this
    one leaves nothing. SQLite's writer is alone in any case.
    """
    if on_postgresql(session):
        hold = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        number = int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
        await session.execute(text(f"SELECT {hold}(:number)"), {"number": number})


async def hold_snapshot(session: ReadSession) -> None:
    """Let a session see one state of the database until it ends; call it before anything else.

    SQLite's readers do in any case.
    """
    if on_postgresql(session):
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


async def database_now(session: AsyncSession) -> datetime:
    """Return the database's own clock: the one that decides for every process when a poll closes.

    Read it after taking the lock it decides over; inside a transaction it keeps moving.
    """
    if on_postgresql(session):
        moment: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
        return moment.astimezone(UTC)
    written = text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
    read = datetime.fromisoformat((await session.execute(written)).scalar_one())
    return read.replace(tzinfo=UTC)
