"""Where sealed ballots are written: one durable transaction a batch, on PostgreSQL and on SQLite.

Both stores decide in the transaction itself, by the database's clock and the stored status, whether
a poll takes ballots; both hold the poll against a close in the meantime; both compute the leaf hash
where the sequence number is known, and leave it waiting for the poll's log in the same commit. What
was not written is missing from the answer.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg

from app.database import Database, prepare_sqlite
from app.domain.ballots import Record, leaf_hash
from app.errors import BusyError

Key = tuple[UUID, bytes]
"""A round and a slot: the place of one resident's one ballot."""

BATCH_S, CLOSE_S = 4.0, 1.0
"""How long the database works on a batch at most, waits for locks included, before it undoes it."""
GRACE_S = 1.0
"""How much longer this process waits to be told so."""
LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,
)
"""What PostgreSQL or the way to it says when the fault is not the ballots' (also time-outs)."""


class SealedBallot(NamedTuple):
    """One ballot as it is stored; nothing in it names a person or a choice."""

    round_id: UUID
    slot: bytes
    poll_id: UUID
    level: int
    quarantined: bool
    sealed: bytes

    @property
    def key(self) -> Key:
        """The ballot's place."""
        return self.round_id, self.slot


class StoreUnavailableError(Exception):
    """The database did not say whether the batch was written; nobody may be told that it was."""


class BallotStore(Protocol):
    """Writes batches of ballots of distinct places, each batch durably or not at all."""

    ahead: int
    """How many batches are worth having under way, of which it is given one at a time."""

    async def write(self, ballots: Sequence[SealedBallot]) -> dict[Key, Record]:
        """Commit the ballots whose polls take them; return what became of them.

        Raises `StoreUnavailableError` when the outcome is unknown or the database away or busy for
        `BATCH_S`, and anything else when the batch was refused as a whole and nothing of it
        written. Either way the database is done with it by then.
        """
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


def open_store(database: Database) -> BallotStore:
    """Return the store of a database; it connects with the first ballot."""
    return SqliteStore(database) if database.is_sqlite else PostgresStore(database)


UPSERT_POSTGRESQL = r"""
WITH given AS (
    SELECT *
    FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::smallint[], $5::boolean[], $6::bytea[])
        AS given (round_id, slot, poll_id, level, quarantined, sealed)
), taking AS (
    SELECT poll.id FROM poll JOIN round ON round.id = poll.round_id
    WHERE poll.id = ANY ($7::uuid[]) AND poll.status = 'open'
        AND round.opens_at <= clock_timestamp() AND clock_timestamp() < round.closes_at
    ORDER BY poll.id
    FOR SHARE OF poll
), written AS (
    INSERT INTO envelope AS kept
        (round_id, slot, poll_id, seq, level, closed, quarantined, sealed, leaf_hash)
    SELECT round_id, slot, poll_id, 1, level, false, quarantined, sealed,
        sha256('\x00'::bytea || uuid_send(round_id) || uuid_send(poll_id) || slot
            || int4send(1) || sealed)
    FROM given JOIN taking ON taking.id = given.poll_id
    ORDER BY round_id, slot
    ON CONFLICT (round_id, slot) DO UPDATE SET
        poll_id = excluded.poll_id, level = excluded.level, sealed = excluded.sealed,
        quarantined = excluded.quarantined, seq = kept.seq + 1,
        leaf_hash = sha256('\x00'::bytea || uuid_send(kept.round_id)
            || uuid_send(excluded.poll_id) || kept.slot || int4send(kept.seq + 1)
            || excluded.sealed)
    WHERE NOT kept.closed
    RETURNING round_id, slot, poll_id, seq, leaf_hash
), waiting AS (
    INSERT INTO pending_leaf (poll_id, leaf_hash) SELECT poll_id, leaf_hash FROM written
)
SELECT round_id, slot, seq, leaf_hash FROM written
"""
"""One statement, one commit. Slots in key order, so that two processes never lock crosswise."""


class PostgresStore:
    """Writes through one connection of its own, which carries one batch at a time."""

    ahead = 2  # the server works on one while this process makes the next

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None
        self._statement: Any = None
        self._warned = False

    async def write(self, ballots: Sequence[SealedBallot]) -> dict[Key, Record]:
        """Commit the ballots whose polls take them; return what became of them."""
        columns = (
            [ballot.round_id for ballot in ballots],
            [ballot.slot for ballot in ballots],
            [ballot.poll_id for ballot in ballots],
            [ballot.level for ballot in ballots],
            [ballot.quarantined for ballot in ballots],
            [ballot.sealed for ballot in ballots],
            list({ballot.poll_id for ballot in ballots}),
        )
        await self._connect()
        try:
            rows = await self._statement.fetch(*columns, timeout=BATCH_S + GRACE_S)
        except Exception as cause:
            if isinstance(cause, LOST) or self._connection.is_closed():
                await self.close()
                raise StoreUnavailableError from cause
            raise
        if self._warned:
            await self.close()
            raise StoreUnavailableError
        return {(row[0], row[1]): Record(row[2], row[3]) for row in rows}

    async def _connect(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        settings = {
            "synchronous_commit": "on",
            "statement_timeout": f"{BATCH_S * 1000:.0f}ms",
            "client_connection_check_interval": "500ms",
            "plan_cache_mode": "force_generic_plan",
            "application_name": "ward-priorities-ballots",
        }
        try:
            self._connection = await self._database.outage.connect(
                self._database.address, server_settings=settings
            )
            self._statement = await self._connection.prepare(UPSERT_POSTGRESQL)
        except (BusyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
            await self.close()
            raise StoreUnavailableError from away
        self._warned = False
        self._connection.add_log_listener(self._hear)

    def _hear(self, _: object, message: Any) -> None:
        """Note a warning: a wait for a synchronous standby that was cut short says no more."""
        if message.severity_en == "WARNING":
            self._warned = True

    async def close(self) -> None:
        """Give the connection back."""
        connection, self._connection, self._statement = self._connection, None, None
        if connection is None:
            return
        connection.remove_log_listener(self._hear)
        try:
            await connection.close(timeout=CLOSE_S)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection.terminate()


TAKING_SQLITE = """
SELECT poll.id FROM poll JOIN round ON round.id = poll.round_id
WHERE poll.id = ? AND poll.status = 'open'
    AND round.opens_at <= strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'
    AND strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' < round.closes_at
"""

KEPT_SQLITE = "SELECT seq, closed FROM envelope WHERE round_id = ? AND slot = ?"

UPSERT_SQLITE = """
INSERT INTO envelope
    (round_id, slot, poll_id, seq, level, closed, quarantined, sealed, leaf_hash)
VALUES (?, ?, ?, ?, ?, false, ?, ?, ?)
ON CONFLICT (round_id, slot) DO UPDATE SET
    poll_id = excluded.poll_id, seq = excluded.seq, level = excluded.level,
    quarantined = excluded.quarantined, sealed = excluded.sealed, leaf_hash = excluded.leaf_hash
"""

WAITING_SQLITE = "INSERT INTO pending_leaf (poll_id, leaf_hash) VALUES (?, ?)"


class SqliteStore:
    """Writes from one thread with one connection, in the transaction that holds the whole file."""

    ahead = 1  # its thread and the sealing of the next would take turns for the interpreter

    def __init__(self, database: Database) -> None:
        self._path = database.url.database or ":memory:"
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ballots")
        self._connection: sqlite3.Connection | None = None

    async def write(self, ballots: Sequence[SealedBallot]) -> dict[Key, Record]:
        """Commit the ballots whose polls take them; return what became of them."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._write, ballots)
        except sqlite3.OperationalError as away:
            raise StoreUnavailableError from away

    def _write(self, ballots: Sequence[SealedBallot]) -> dict[Key, Record]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            taking = {
                poll_id
                for poll_id in {ballot.poll_id for ballot in ballots}
                if connection.execute(TAKING_SQLITE, (poll_id.hex,)).fetchone()
            }
            taken = [ballot for ballot in ballots if ballot.poll_id in taking]
            records = self._put(connection, taken)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return records

    @staticmethod
    def _put(connection: sqlite3.Connection, ballots: Sequence[SealedBallot]) -> dict[Key, Record]:
        """Write ballots of distinct places; the transaction keeps their numbers still meanwhile."""
        envelopes: list[tuple[Any, ...]] = []
        records: dict[Key, Record] = {}
        for ballot in ballots:
            round_id, poll_id = ballot.round_id.hex, ballot.poll_id.hex
            kept = connection.execute(KEPT_SQLITE, (round_id, ballot.slot)).fetchone()
            seq, closed = (0, False) if kept is None else kept
            if closed:
                continue
            seq += 1
            leaf = leaf_hash(
                ballot.round_id, ballot.poll_id, slot=ballot.slot, seq=seq, sealed=ballot.sealed
            )
            rest = (ballot.level, ballot.quarantined, ballot.sealed, leaf)
            envelopes.append((round_id, ballot.slot, poll_id, seq, *rest))
            records[ballot.key] = Record(seq, leaf)
        connection.executemany(UPSERT_SQLITE, envelopes)
        waiting = ((envelope[2], envelope[-1]) for envelope in envelopes)
        connection.executemany(WAITING_SQLITE, waiting)
        return records

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path)
            prepare_sqlite(connection, None)
            connection.execute(f"PRAGMA busy_timeout={BATCH_S * 1000:.0f}")
            self._connection = connection
        return self._connection

    async def close(self) -> None:
        """Give the connection back."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
