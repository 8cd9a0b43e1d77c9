"""`python -m app jobs …`: look after long work from the terminal."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from app.database import Database
from app.dependencies import read_clock, unit_of_work
from app.domain.identity import Caller, Role
from app.domain.jobs import ENDED, JobState
from app.operations import jobs as operations
from app.pagination import PageRequest
from app.schemas.jobs import JobOut, JobSummaryOut
from app.terminal import Exit, carry_out, screen

OPERATOR = Caller("operator", Role.ADMIN)
LOOK_S = 0.5

app = typer.Typer(name="jobs", help="Look after long work.", no_args_is_help=True)

JobId = Annotated[UUID, typer.Argument(help="Identifier of the job.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


@app.callback()
def about() -> None:
    """Look after long work."""


@app.command("list")
def list_jobs(
    *,
    state: Annotated[list[JobState] | None, typer.Option(help="Only in this state.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""

    async def act(database: Database) -> Exit:
        async with database.reading() as session:
            page = PageRequest(limit)
            found = await operations.list_jobs(
                session, OPERATOR, page, states=state or (), kinds=kind or ()
            )
        shown = [JobSummaryOut.model_validate(job) for job in found.items]
        if as_json:
            _print_json([job.model_dump(mode="json") for job in shown])
        else:
            _print_table(shown)
        return Exit.DONE

    carry_out(act)


@app.command()
def show(
    job_id: JobId,
    *,
    follow: Annotated[bool, typer.Option(help="Stay with a progress bar until it ends.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a job with its result or problem; code 1 where it failed."""

    async def act(database: Database) -> Exit:
        if follow:
            await _follow(database, job_id)
        async with database.reading() as session:
            job = JobOut.model_validate(await operations.get_job(session, OPERATOR, job_id))
        if as_json:
            _print_json(job.model_dump(mode="json"))
        else:
            _print_job(job)
        return Exit.REFUSED if job.state is JobState.FAILED else Exit.DONE

    carry_out(act)


@app.command()
def cancel(job_id: JobId, *, as_json: AsJson = False) -> None:
    """Cancel a job; what it did stays."""

    async def act(database: Database) -> Exit:
        async with unit_of_work(database) as session:
            row = await operations.cancel_job(session, OPERATOR, job_id, now=await read_clock())
            job = JobOut.model_validate(row)
        if as_json:
            _print_json(job.model_dump(mode="json"))
        elif job.state in ENDED:
            typer.echo(f"Cancelled {job.kind} {job.id}.")
        else:
            typer.echo(f"Asked its worker to stop {job.kind} {job.id}.")
        return Exit.DONE

    carry_out(act)


async def _follow(database: Database, job_id: UUID) -> None:
    """Show how far a job is until it ends; without a terminal, in silence."""

    async def rest() -> None:
        await asyncio.sleep(LOOK_S)

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("queued", total=None)
        async for event in operations.follow_events(database, job_id, after=0, rest=rest):
            bar.update(
                task,
                completed=event.done,
                total=event.total,
                description=event.message or event.state,
            )


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print_table(jobs: Sequence[JobSummaryOut]) -> None:
    """Print one line a job, its id first, so that other programs can cut it."""
    for job in jobs:
        far = str(job.done) if job.total is None else f"{job.done}/{job.total}"
        created = f"{job.created_at:%Y-%m-%d %H:%M}"
        typer.echo(f"{job.id}  {created}  {job.state.value:9}  {far:>9}  {job.kind}")


def _print_job(job: JobOut) -> None:
    far = str(job.done) if job.total is None else f"{job.done} of {job.total}"
    typer.echo(f"{job.kind} {job.id}: {job.state.value}, {far}. {job.message}")
    if job.problem is not None:
        typer.echo(f"{job.problem.title}: {job.problem.detail}")
    if job.result is not None:
        _print_json(job.result)
