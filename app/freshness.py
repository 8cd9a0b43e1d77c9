"""How a process learns that another one wrote: the revision, pushed by PostgreSQL or seen in SQLite's file."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable

import asyncpg

from app.database import REVISION_CHANNEL, Database
from app.operations.audit import current_revision

logger = logging.getLogger(__name__)

SQLITE_LOOK_S = 0.05
POSTGRES_LOOK_S = 2.0
RETRY_S = 1.0

Moved = Callable[[int], Awaitable[None]]


async def watch_revision(database: Database, moved: Moved) -> None:
    """Call `moved` with the revision at the start and whenever it changes; survives a lost database."""
    watch = _watch_sqlite if database.is_sqlite else _watch_postgresql
    while True:
        try:
            await watch(database, moved)
        except Exception:
            logger.warning("lost sight of the revision; looking again", exc_info=True)
            await asyncio.sleep(RETRY_S)


async def _tell(database: Database, moved: Moved) -> None:
    async with database.reading() as session:
        revision = await current_revision(session)
    await moved(revision)


async def _watch_sqlite(database: Database, moved: Moved) -> None:
    path = database.url.database or ":memory:"
    seen = -1
    with contextlib.closing(sqlite3.connect(path)) as eye:
        while True:
            version = eye.execute("PRAGMA data_version").fetchone()[0]
            if version != seen:
                await _tell(database, moved)
                seen = version
            await asyncio.sleep(SQLITE_LOOK_S)


async def _watch_postgresql(database: Database, moved: Moved) -> None:
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    eye = await asyncpg.connect(address, timeout=5)
    woken = asyncio.Event()
    try:
        await eye.add_listener(REVISION_CHANNEL, lambda *_: woken.set())
        while True:
            woken.clear()
            await _tell(database, moved)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), POSTGRES_LOOK_S)
            if eye.is_closed():
                raise ConnectionError("the listening connection was closed")
    finally:
        await eye.close(timeout=1)
