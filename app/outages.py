"""What it means that the database is away, and what one process then does: refuse at once.

Faults of the way to the database are told from faults of what was asked. A process that knows the
database to be away opens no connection and keeps nobody waiting; those it has are dropped, so that
whoever waits for an answer that will not come is told as well.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.errors import BusyError

logger = logging.getLogger(__name__)

AWAY = "The database is not answering; try again shortly."
CONNECT_S = 1.5
COMMIT = "COMMIT;"
"""How asyncpg ends a transaction."""
GONE = ("08", "53", "57P", "58")
"""Connection lost, nothing left to give, shutting down or starting up, input and output failed."""
IN_THE_WAY = ("40001", "40P01", "55P03", "57014")
"""Serialisation, deadlock, a lock that did not come, a statement cut short."""
NOT_THERE_YET = ("3D000", "42P01", "42703")
"""No such database, table or column: a schema that is still to be migrated."""


FAULTS = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What asyncpg raises; the last when a server shutting down speaks out of turn."""

AWAY_BY_KIND = (
    BusyError,
    PoolTimeoutError,
    ConnectionError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

NAMED = {"application_name": "ward-priorities-pulse"}


def is_outage(error: BaseException) -> bool:
    """Whether a fault is the database's state or the way to it, so that trying again is right."""
    if isinstance(error, DBAPIError):
        told = error.orig
        return (
            isinstance(error, OperationalError | InterfaceError)
            or error.connection_invalidated
            or isinstance(told and told.__cause__, asyncpg.InternalClientError)
            or is_outage_state(getattr(told, "sqlstate", None))
        )
    if isinstance(error, asyncpg.PostgresError):
        return is_outage_state(error.sqlstate)
    return isinstance(error, AWAY_BY_KIND)


def is_outage_state(state: str | None) -> bool:
    """Whether PostgreSQL's five letters for a fault stand for an outage."""
    return state is not None and state.startswith(GONE + IN_THE_WAY + NOT_THERE_YET)


def is_full(fault: BaseException) -> bool:
    """Whether PostgreSQL is there, only without a connection to spare."""
    return str(getattr(fault, "sqlstate", "")).startswith("53")


if TYPE_CHECKING:
    PlainConnection = asyncpg.Connection[asyncpg.Record]
else:
    PlainConnection = asyncpg.Connection


class WaryConnection(PlainConnection):
    """A connection that tells whoever relies on it when that came to nothing.

    A commit fails when PostgreSQL warned in the middle of it: a wait for a synchronous standby that
    is cut short says no more than that, and the commit would be lost with this server, so nobody
    may be told that it is done. Who writes many rows is told when the connection is lost: asyncpg
    (0.32) goes on waiting for room to write.
    """

    def __init__(self, protocol: Any, *rest: Any) -> None:
        super().__init__(protocol, *rest)
        self.add_termination_listener(lambda _: protocol.resume_writing())

    async def executemany(
        self, command: str, args: Iterable[Sequence[Any]], **options: Any
    ) -> None:
        """Run a statement for each row; raises `ConnectionDoesNotExistError` when cut off."""
        await super().executemany(command, _WhileOpen(self, args), **options)

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """Run statements; raises `PostgresConnectionError` for a commit with a warning."""
        if query != COMMIT:
            return await super().execute(query, *args, **options)
        warned: list[str] = []

        def hear(_: object, message: Any) -> None:
            if message.severity_en == "WARNING":
                warned.append(message.message)

        self.add_log_listener(hear)
        try:
            status = await super().execute(query, *args, **options)
        finally:
            self.remove_log_listener(hear)
        if warned:
            raise asyncpg.PostgresConnectionError("the commit may not have reached every server")
        return status


class _WhileOpen:
    """Rows to send, of which none is made ready once the connection is lost."""

    def __init__(self, connection: PlainConnection, rows: Iterable[Sequence[Any]]) -> None:
        self._connection, self._rows = connection, rows

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            if self._connection.is_closed():
                raise asyncpg.ConnectionDoesNotExistError("the connection was lost")
            yield row


class Outage:
    """What one process knows of its PostgreSQL, and the connections it opened to it."""

    def __init__(self) -> None:
        self.is_on = False
        self._connections: WeakSet[Any] = WeakSet()

    def refuse(self) -> None:
        """Raise `BusyError` while the database is known to be away."""
        if self.is_on:
            raise BusyError(AWAY)

    async def connect(self, *where: Any, **options: Any) -> Any:
        """Open a connection soon or raise `BusyError`; it is dropped when an outage begins."""
        self.refuse()
        options.setdefault("timeout", CONNECT_S)
        options.setdefault("connection_class", WaryConnection)
        try:
            connection = await asyncpg.connect(*where, **options)
        except FAULTS as fault:
            if isinstance(fault, OSError) or is_outage(fault):
                raise BusyError(AWAY) from fault
            raise
        self._connections.add(connection)
        return connection

    def begin(self, cause: BaseException) -> None:
        """Note that the database is away, and drop what is open to it."""
        if self.is_on:
            return
        self.is_on = True
        logger.error("the database is away", extra={"cause": type(cause).__name__})
        for connection in list(self._connections):
            connection.terminate()

    def end(self) -> None:
        """Note that the database is back."""
        if self.is_on:
            self.is_on = False
            logger.warning("the database is back")


class Pulse:
    """Asks PostgreSQL for a sign of life again and again, and begins and ends the outage.

    It is asked to stop and never cancelled. A wait is counted in short ticks, so that a process
    that stands still for a moment does not take itself for a database that does.
    """

    TICK_S, TICKS, REST_S = 0.1, 10, 0.5

    def __init__(self, address: str, outage: Outage) -> None:
        self._address, self._outage = address, outage
        self._stopped = asyncio.Event()
        self._roused = asyncio.Event()

    async def run(self) -> None:
        """Feel the pulse until told to stop."""
        while not self._stopped.is_set():
            try:
                connection = await asyncpg.connect(
                    self._address, timeout=CONNECT_S, server_settings=NAMED
                )
            except FAULTS as fault:
                if is_full(fault):
                    self._outage.end()
                else:
                    self._outage.begin(fault)
            else:
                await self._follow(connection)
            await self._rest()

    def stop(self) -> None:
        """Let `run` return at its next pause."""
        self._stopped.set()
        self._roused.set()

    async def _follow(self, connection: Any) -> None:
        """Stay on one connection for as long as it answers; whether it can be replaced tells all.

        A connection that was cut proves nothing yet. One that is silent for a second does.
        """
        connection.add_termination_listener(lambda _: self._roused.set())
        try:
            while not self._stopped.is_set():
                await self._answered(connection)
                self._outage.end()
                await self._rest()
        except TimeoutError as silence:
            self._outage.begin(silence)
        except FAULTS:
            return
        finally:
            connection.terminate()

    async def _answered(self, connection: Any) -> None:
        """Wait for one answer, for so many ticks and no more."""
        asked = asyncio.ensure_future(connection.execute("SELECT 1"))
        for _ in range(self.TICKS):
            if (await asyncio.wait({asked}, timeout=self.TICK_S))[0]:
                asked.result()
                return
        connection.terminate()
        await asyncio.wait({asked})
        raise TimeoutError from asked.exception()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._roused.wait(), self.REST_S)
        except TimeoutError:
            return
        if not self._stopped.is_set():
            self._roused.clear()
            await asyncio.sleep(self.TICK_S)
