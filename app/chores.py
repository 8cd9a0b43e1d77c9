"""Work that a running process does again and again beside its requests: heads, mail, clean-up."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

logger = logging.getLogger(__name__)


class Chore(NamedTuple):
    """One piece of work, and how many seconds to rest after it."""

    name: str
    rest_s: float
    do: Callable[[], Awaitable[object]]


class Chores:
    """Does every chore in a task of its own, first at once, until told to stop.

    It is asked to stop and never cancelled, so that no database call is torn in the middle. A chore
    that fails is logged by the kind of its fault and tried again after its rest.
    """

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Do the chores; returns when all have stopped."""
        await asyncio.gather(*(self._repeat(chore) for chore in self._chores))

    def stop(self) -> None:
        """Let every chore end after what it is doing."""
        self._stopped.set()

    async def _repeat(self, chore: Chore) -> None:
        while not self._stopped.is_set():
            try:
                await chore.do()
            except Exception as fault:  # noqa: BLE001 - a chore outlives whatever one turn meets
                logger.error(  # noqa: TRY400 - a trace may quote what was to be written
                    "a chore failed", extra={"chore": chore.name, "cause": type(fault).__name__}
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), chore.rest_s)
