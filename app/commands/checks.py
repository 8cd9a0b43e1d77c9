"""`python -m app check`: run the commitment checks, or say what runs found by an earlier day."""

from collections import Counter
from datetime import date, datetime
from typing import Annotated

import typer

from app.database import Database
from app.dependencies import read_clock, read_today, unit_of_work
from app.domain.commitments import LONDON_CODE, Scope
from app.domain.identity import Caller, Role
from app.operations.commitment_rows import find_last_run, list_standings
from app.operations.commitment_runs import run_checks
from app.terminal import Exit, carry_out, watched

OPERATOR = Caller(subject="operator", role=Role.ADMIN)


def check(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Only say what the runs up to this day found; nothing is checked or written.",
        ),
    ] = None,
) -> None:
    """Check every promise in every area and write down what has changed."""
    if as_of is not None:
        carry_out(lambda database: _tell(database, as_of.date()))
    carry_out(_run)


async def _run(database: Database) -> Exit:
    now = await read_clock()
    today = await read_today(now)
    with watched("Checking commitments") as progress:
        run = await run_checks(
            database,
            lambda: unit_of_work(database),
            OPERATOR,
            today=today,
            now=now,
            progress=progress,
        )
    typer.echo(f"Run {run.number} of {run.as_of}: {run.changed} of {run.lines} lines changed.")
    await _tell(database, today)
    return Exit.DONE if run.changed else Exit.NOTHING_CHANGED


async def _tell(database: Database, as_of: date) -> Exit:
    """Print how London's lines stood by the end of a day."""
    async with database.reading() as session:
        run = await find_last_run(session, as_of=as_of)
        if run is None:
            typer.echo(f"Nothing had been checked by {as_of}.")
            return Exit.NOTHING_CHANGED
        found = await list_standings(session, as_of=as_of, areas=[LONDON_CODE])
    lines = {key: one for key, one in found.items() if key.scope is Scope.LONDON}
    counts = Counter(one.status.value for one in lines.values())
    told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    typer.echo(f"London as run {run.number} of {run.as_of} found it: {told}.")
    for key, one in sorted(lines.items()):
        typer.echo(
            f"{key.commitment} {key.reading}: {one.status.value} since {one.since}. "
            f"{one.verdict.finding}"
        )
    return Exit.DONE
