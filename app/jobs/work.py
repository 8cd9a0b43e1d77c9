"""A job in the hands of its worker: what a handler may use, and what a kind of job is."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from app.database import Database, WriteSession
from app.dependencies import LONDON, read_clock, unit_of_work
from app.domain.identity import Caller
from app.operations.job_leases import Lease, LeaseLostError, hold, show_life, tell
from app.progress import StoppedError
from app.settings import Settings

logger = logging.getLogger(__name__)

P = TypeVar("P")

TELL_S = 0.5
"""At most so often does a job tell how far it is."""
BEATS = 4
"""Signs of life in the time that a lease lasts."""


@dataclass(slots=True)
class Far:
    """How far a job is, as it was told last."""

    done: int
    total: int | None
    message: str


@dataclass
class Work(Generic[P]):
    """One job for one worker. Handlers do it in pieces, each in an `open_unit` of its own.

    What a piece did and the checkpoint that says so commit together, or neither; a worker that
    lost the job meanwhile commits nothing. So a handler that is called again, perhaps elsewhere,
    reads `checkpoint` and goes on behind the last piece.
    """

    database: Database
    settings: Settings
    lease: Lease
    caller: Caller
    parameters: P
    checkpoint: dict[str, Any]
    now: datetime
    far: Far
    stopping: threading.Event = field(default_factory=threading.Event)
    is_cancelled: bool = False
    is_lost: bool = False
    _told_at: float = 0.0
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def today(self) -> date:
        """The day in London on which this attempt began."""
        return self.now.astimezone(LONDON).date()

    async def read_clock(self) -> datetime:
        """Return the present instant, which long work needs more than once."""
        return await read_clock()

    @asynccontextmanager
    async def open_unit(self) -> AsyncGenerator[WriteSession]:
        """Open the transaction of one piece; the checkpoint as it is at the end commits with it."""
        async with unit_of_work(self.database) as session:
            yield session
            await session.flush()
            await hold(session, self.lease, self.checkpoint)

    async def progress(self, done: int, total: int | None, message: str) -> None:
        """Note how far the work is; an `app.progress.Progress`. Call it after each piece."""
        self.far = Far(done, total, message)
        self.look_up()
        is_last = total is not None and done >= total
        if time.monotonic() - self._told_at < TELL_S and not is_last:
            return
        self._told_at = time.monotonic()
        try:
            async with self.database.writing() as session:
                self.is_cancelled |= await tell(
                    session, self.lease, done=done, total=total, message=message
                )
        except LeaseLostError:
            self.is_lost = True
        self.look_up()

    def look_up(self) -> None:
        """Raise `StoppedError` when the work should go no further."""
        if self.is_cancelled or self.is_lost or self.stopping.is_set():
            raise StoppedError

    @asynccontextmanager
    async def kept_alive(self) -> AsyncGenerator[None]:
        """Keep the lease for as long as the block runs, however long one piece takes."""
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            self._over.set()
            await beating

    async def _beat(self) -> None:
        rest = self.lease.lasts.total_seconds() / BEATS
        while not self.is_lost:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), rest)
            if self._over.is_set():
                return
            try:
                async with self.database.writing() as session:
                    self.is_cancelled |= await show_life(session, self.lease)
            except LeaseLostError:
                self.is_lost = True
            except Exception as fault:  # noqa: BLE001 - the next beat tries again
                told = {"job": str(self.lease.job_id), "cause": type(fault).__name__}
                logger.warning("no sign of life", extra=told)


Handler = Callable[[Work[Any]], Awaitable[dict[str, Any]]]
"""Does the work and returns the result, as JSON; raises a `ServiceError` for what it refuses."""
