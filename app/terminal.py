"""What the operator's commands share: exit codes, progress bars, refusals told in a sentence."""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from enum import IntEnum

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.errors import ServiceError
from app.progress import Progress as Watcher
from app.settings import DatabaseSettings

MEMORY_BYTES = 3_000_000_000
screen = Console(stderr=True)


class Exit(IntEnum):
    """How a command ended; 2 is wrong usage."""

    DONE = 0
    REFUSED = 1
    NOTHING_CHANGED = 3


class Steps:
    """A progress bar over a known number of steps; silent where nobody watches."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total)
        self._begun = False

    def begin(self, what: str) -> None:
        """Say which step begins; the one before it is done."""
        self._progress.update(self._task, description=what, advance=1 if self._begun else 0)
        self._begun = True


@contextmanager
def steps(total: int) -> Generator[Steps]:
    """Show a progress bar on the terminal while the block runs."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal
    ) as progress:
        yield Steps(progress, total)


@contextmanager
def watched(what: str) -> Generator[Watcher]:
    """Show how far long work is on the terminal, while the block runs; what it gives is told."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal
    ) as progress:
        task = progress.add_task(what, total=None)

        async def watch(done: int, total: int | None, message: str) -> None:
            told = f"{what}: {message}" if message else what
            progress.update(task, completed=done, total=total, description=told)

        yield watch


@contextmanager
def limited_memory() -> Generator[None]:
    """Let this process take no more memory, for the block, than a file from outside needs."""
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    allowed = MEMORY_BYTES if before == resource.RLIM_INFINITY else min(before, MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))


def carry_out(act: Callable[[Database], Awaitable[Exit]]) -> None:
    """Run one act on the configured database and leave with its exit code; a refusal is told."""

    async def run() -> Exit:
        database = Database(DatabaseSettings().database_url, pool_size=2)
        try:
            return await act(database)
        finally:
            await database.close()

    try:
        code = asyncio.run(run())
    except ServiceError as refusal:
        screen.print(f"Refused: {refusal.detail}", style="red", markup=False, highlight=False)
        code = Exit.REFUSED
    except MemoryError:
        told = f"this takes more than {MEMORY_BYTES / 1e9:g} GB of memory."
        screen.print(f"Refused: {told}", style="red", markup=False, highlight=False)
        code = Exit.REFUSED
    except DBAPIError as fault:
        told = str(fault.orig).splitlines()[0]
        screen.print(f"The database is not ready ({told}). Is it migrated?", markup=False)
        code = Exit.REFUSED
    raise typer.Exit(int(code))
