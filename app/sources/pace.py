"""How fast we ask: never more often than a publisher wants to be asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]


class Pace:
    """Lets one request through at a time, each at least `1 / per_second` after the one before."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._between_s = 1 / per_second
        self._clock, self._sleep = clock, sleep
        self._next_at = float("-inf")

    async def wait(self) -> None:
        """Return when the next request may be sent; those who wait are served in order."""
        now = self._clock()
        turn = max(now, self._next_at)
        self._next_at = turn + self._between_s
        if turn > now:
            await self._sleep(turn - now)
