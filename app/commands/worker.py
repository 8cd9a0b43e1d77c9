"""`python -m app worker`: carry out jobs in a process of its own."""

import asyncio
import signal
from typing import Annotated

import typer

from app import admission
from app.chores import Chores
from app.database import Database
from app.jobs.labour import THREADS, Labour
from app.logs import set_up_logs
from app.outages import Pulse
from app.safety import UnsafeError
from app.terminal import Exit, screen

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def worker(
    threads: Annotated[
        int, typer.Option(min=1, max=16, help="How many jobs at once in this process.")
    ] = THREADS,
) -> None:
    """Carry out jobs until told to stop; start as many of these as you like, on any machine."""
    try:
        settings = admission.read_settings()
        is_there = admission.check_database(settings)
    except UnsafeError as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(int(Exit.REFUSED)) from None
    if not is_there:
        screen.print("The database does not answer yet; the worker waits for it.", markup=False)
    set_up_logs()
    database = Database(settings.database_url, pool_size=2)
    asyncio.run(labour_until_told(Labour(settings, database), database, threads))


async def labour_until_told(labour: Labour, database: Database, threads: int) -> None:
    """Carry out jobs until the process gets a signal to stop; jobs in hand are given back."""
    chores = Chores([labour.chore()])
    pulse = None if database.is_sqlite else Pulse(database.address, database.outage)
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, chores.stop)
    labour.start(threads)
    feeling = None if pulse is None else asyncio.create_task(pulse.run())
    try:
        await chores.run()
    finally:
        for number in SIGNALS:  # the second time, a signal ends the process at once
            loop.remove_signal_handler(number)
        await labour.stop()
        if pulse is not None and feeling is not None:
            pulse.stop()
            await feeling
        await database.close()
