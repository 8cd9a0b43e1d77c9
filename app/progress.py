"""How long work tells how far it is, and learns that nobody wants it any more."""

from typing import Protocol


class StoppedError(Exception):
    """Somebody asked the work to stop; what was committed stays, the rest is left undone."""


class Progress(Protocol):
    """Told by long work after each piece that is safely committed."""

    async def __call__(self, done: int, total: int | None, message: str) -> None:
        """Note that `done` of `total` pieces are through (`None`: nobody knows how many).

        Raises `StoppedError` when the work should go no further.
        """


async def in_silence(done: int, total: int | None, message: str) -> None:
    """Note nothing; for work that nobody watches."""
    del done, total, message
