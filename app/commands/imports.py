"""`python -m app import …`: bring in recorded crime, the census and deprivation from files."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.database import Database
from app.dependencies import LONDON, read_clock, unit_of_work
from app.domain.identity import Caller, Role
from app.operations.area_figures import FiguresReport, import_census, import_deprivation
from app.operations.crime_imports import CrimeReport, import_crime
from app.operations.crime_store import OPEN_LICENCE, Import
from app.operations.measure_imports import MeasuresReport, import_measures
from app.sources.census import read_census
from app.sources.deprivation import read_deprivation
from app.sources.measures import read_measures
from app.sources.mps_crime import read_crime
from app.terminal import Exit, carry_out, limited_memory, watched

OPERATOR = Caller(subject="operator", role=Role.ADMIN)
NAMED = 10
"""At most this many areas are named in a line of the report."""

app = typer.Typer(name="import", help="Bring in evidence from files.", no_args_is_help=True)

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file, plain or .gz.")
]
Licence = Annotated[
    str, typer.Option(help="The terms under which the publisher gives the file out.")
]
Fewer = Annotated[
    bool,
    typer.Option(
        "--accept-fewer", help="Take a file that counts far fewer offences in a ward than stored."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")]


@app.callback()
def about() -> None:
    """Bring in evidence from files."""


async def _order(
    database: Database, licence: str, *, dry_run: bool, accept_fewer: bool = False
) -> Import:
    return Import(
        caller=OPERATOR,
        open_unit=partial(unit_of_work, database),
        licence=licence,
        now=await read_clock(),
        dry_run=dry_run,
        accept_fewer=accept_fewer,
    )


@app.command()
def crime(
    file: File,
    licence: Licence = OPEN_LICENCE,
    *,
    accept_fewer: Fewer = False,
    dry_run: DryRun = False,
) -> None:
    """Import the Met's ward level crime file; run it again to go on after a stop."""

    async def act(database: Database) -> Exit:
        order = await _order(database, licence, dry_run=dry_run, accept_fewer=accept_fewer)
        this_month = order.now.astimezone(LONDON).strftime("%Y-%m")
        found = read_crime(file, this_month=this_month)
        with watched("Wards") as progress:
            report = await import_crime(database, found, order, progress)
        return _tell(describe_crime(report), changes=report.changes, dry_run=dry_run)

    with limited_memory():
        carry_out(act)


@app.command()
def census(
    file: File,
    on: Annotated[
        datetime, typer.Option("--census-on", formats=["%Y-%m-%d"], help="The census day.")
    ] = datetime(2021, 3, 21),  # noqa: DTZ001 - a day, which typer reads as a naive datetime
    licence: Licence = OPEN_LICENCE,
    *,
    dry_run: DryRun = False,
) -> None:
    """Import residents per ward by group, from percentages per ward or from counts."""
    day: date = on.date()

    async def act(database: Database) -> Exit:
        order = await _order(database, licence, dry_run=dry_run)
        found = read_census(file)
        report = await import_census(database, found, day, order)
        lines = [*describe_figures(report)]
        if found.rounded:
            lines.append("Counts by group are shares times residents, rounded to whole people.")
        return _tell(lines, changes=report.changes, dry_run=dry_run)

    with limited_memory():
        carry_out(act)


@app.command()
def deprivation(
    file: File,
    release: Annotated[str, typer.Option(help="The release of the indices, its year.")],
    licence: Licence = OPEN_LICENCE,
    *,
    dry_run: DryRun = False,
) -> None:
    """Import deprivation scores per ward."""
    if not release.isdecimal():
        raise typer.BadParameter("A release is a year, like 2025.")

    async def act(database: Database) -> Exit:
        order = await _order(database, licence, dry_run=dry_run)
        report = await import_deprivation(database, read_deprivation(file), release, order)
        return _tell(describe_figures(report), changes=report.changes, dry_run=dry_run)

    with limited_memory():
        carry_out(act)


@app.command()
def measures(file: File, licence: Licence = OPEN_LICENCE, *, dry_run: DryRun = False) -> None:
    """Import survey measures: date, area, measure, group, proportion, n; a line a figure."""

    async def act(database: Database) -> Exit:
        order = await _order(database, licence, dry_run=dry_run)
        found = read_measures(file, today=order.now.astimezone(LONDON).date())
        with watched("Measures") as progress:
            report = await import_measures(database, found, order, progress)
        return _tell(describe_measures(report), changes=report.changes, dry_run=dry_run)

    with limited_memory():
        carry_out(act)


def _tell(lines: Iterator[str] | list[str], *, changes: int, dry_run: bool) -> Exit:
    for line in lines:
        typer.echo(line)
    if not changes:
        typer.echo("Nothing changed: all of this is there already.")
        return Exit.NOTHING_CHANGED
    typer.echo("Nothing was written (dry run)." if dry_run else "Imported.")
    return Exit.DONE


def describe_measures(report: MeasuresReport) -> Iterator[str]:
    """Yield what an import of measures changed, line by line."""
    yield (
        f"{report.measures} measures: {report.added:,} figures new, {report.revised:,} revised, "
        f"{report.unchanged:,} as before."
    )
    if report.left_out:
        named = ", ".join(report.left_out[:NAMED])
        yield f"Left out {len(report.left_out)} areas that no edition has: {named}."


def describe_crime(report: CrimeReport) -> Iterator[str]:
    """Yield what an import of crime changed and what is worth a look, line by line."""
    yield (
        f"{report.offences:,} offences in {report.wards} wards and {len(report.months)} months, "
        f"{report.months[0]} to {report.months[-1]}."
    )
    yield (
        f"{report.added:,} counts new, {report.revised:,} revised, {report.unchanged:,} as before."
    )
    if report.revised:
        yield f"The revisions move the total by {report.revised_by:+,} offences."
    if report.removed:
        kinds = ", ".join(
            f"{kind} ({offences:,} offences)"
            for kind, offences in sorted(report.removed_kinds.items())
        )
        yield (
            f"{report.removed:,} stored counts removed: in these wards and months the file no "
            f"longer has {kinds}."
        )
    yield from _describe_left_out(report)
    if report.retired:
        yield f"Wards of older boundaries: {_named(report.retired)}."
    for code, (theirs, ours) in report.renamed.items():
        yield f"{code} is {theirs!r} in the file and {ours!r} here."
    if report.new_kinds:
        yield f"New kinds of crime, bearing on no concern yet: {', '.join(report.new_kinds)}."


def _describe_left_out(report: CrimeReport) -> Iterator[str]:
    if report.left_out:
        lost = sum(report.left_out.values())
        named = _named(report.left_out)
        yield f"Left out, unknown here: {named}, with {lost:,} offences."
    if report.without_ward:
        yield f"Left out, without a ward: {report.without_ward:,} offences."
    if report.unread:
        yield f"Columns that were not read: {_named(report.unread)}."


def describe_figures(report: FiguresReport) -> Iterator[str]:
    """Yield what an import of figures changed and what it left out, line by line."""
    if report.residents is not None:
        yield f"{report.residents:,} residents in the wards of the file."
    yield (
        f"{report.areas} areas: {report.added:,} figures new, {report.revised:,} revised, "
        f"{report.unchanged:,} as before."
    )
    if report.left_out:
        yield f"Left out, unknown here: {_named(report.left_out)}."
    if report.empty:
        yield f"Empty in the file: {_named(report.empty)}."
    for dimension, columns in report.lacks.items():
        yield f"Left out, {dimension}: the file has no column {' or '.join(columns)}."


def _named(codes: dict[str, int] | list[str] | tuple[str, ...]) -> str:
    listed = sorted(codes)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more
