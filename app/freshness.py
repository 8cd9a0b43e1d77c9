"""How a process learns that another one wrote: a revision, pushed by PostgreSQL or polled."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from app.database import REVISION_CHANNEL, Database
from app.operations.audit import current_revision

logger = logging.getLogger(__name__)

SQLITE_LOOK_S = 0.05
POSTGRES_LOOK_S = 2.0
RETRY_S = 0.5

Moved = Callable[[int], Awaitable[None]]


class RevisionWatcher:
    """Calls `moved` with the revision at the start and at each change, until it is told to stop.

    It is asked to stop and never cancelled, so that no database call is torn in the middle.
    """

    def __init__(self, database: Database, moved: Moved) -> None:
        self._database = database
        self._moved = moved
        self._woken = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Watch; a database that goes away is looked for again."""
        watch = self._watch_sqlite if self._database.is_sqlite else self._watch_postgresql
        while not self._stopping:
            try:
                await watch()
            except Exception as fault:  # noqa: BLE001 - the watch outlives whatever it meets
                if not self._database.is_away:
                    told = {"cause": type(fault).__name__}
                    logger.warning("lost sight of the revision; looking again", extra=told)
                await self._pause(RETRY_S)

    def stop(self) -> None:
        """Let `run` return at its next pause."""
        self._stopping = True
        self._woken.set()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    async def _tell(self) -> None:
        async with self._database.reading() as session:
            revision = await current_revision(session)
        await self._moved(revision)

    async def _watch_sqlite(self) -> None:
        seen = -1
        with contextlib.closing(sqlite3.connect(self._database.url.database or "")) as eye:
            while not self._stopping:
                version = eye.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    await self._tell()
                    seen = version
                await self._pause(SQLITE_LOOK_S)

    async def _watch_postgresql(self) -> None:
        eye = await self._database.outage.connect(self._database.address)
        try:
            await eye.add_listener(REVISION_CHANNEL, lambda *_: self._woken.set())
            while not self._stopping:
                if eye.is_closed():
                    raise ConnectionError("the listening connection was closed")
                self._woken.clear()
                await self._tell()
                if not self._stopping:
                    await self._pause(POSTGRES_LOOK_S)
        finally:
            await eye.close(timeout=1)
