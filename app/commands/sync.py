"""`python -m app sync …`: read other publishers; run again, it goes on where it was stopped."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Annotated

import typer

from app.database import Database, WriteSession
from app.dependencies import LONDON, read_clock, undone_unit, unit_of_work
from app.domain.identity import Caller, Role
from app.operations.boundary_sync import BoundaryOrder, sync_boundaries
from app.operations.edition_imports import Verdict
from app.operations.edition_plans import ImportPlan, Wish
from app.operations.edition_reports import describe_import
from app.operations.geography import CONTROLS
from app.operations.police_uk_report import SyncOrder, SyncReport
from app.operations.police_uk_sync import sync_police_uk
from app.settings import ROOT, IdentitySettings
from app.source_settings import SourceSettings
from app.sources.ons_layers import open_ons, read_layers
from app.sources.police_uk import open_police_uk
from app.sources.shipped import read_controls
from app.terminal import Exit, carry_out, limited_memory, screen, watched

GEO = ROOT / "geo"
LAYERS = GEO / "layers.json"
OPERATOR = Caller(subject="operator", role=Role.ADMIN)
NAMED = 10
"""At most this many wards are named in a line of the report."""

LOW_OVERLAP = 0.8
EXITS = {
    Verdict.DONE: Exit.DONE,
    Verdict.REFUSED: Exit.REFUSED,
    Verdict.NOTHING_CHANGED: Exit.NOTHING_CHANGED,
}

app = typer.Typer(name="sync", help="Read other publishers.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")]
OpenUnit = Callable[[], AbstractAsyncContextManager[WriteSession]]


def opener(database: Database, *, dry_run: bool) -> OpenUnit:
    """Return what opens a transaction: one that commits or, in a dry run, one that is undone."""
    return partial(undone_unit if dry_run else unit_of_work, database)


def _carry_out_or_stop(act: Callable[[], None]) -> None:
    try:
        act()
    except KeyboardInterrupt:
        screen.print("Stopped. What was read is kept; the same command goes on from here.")
        raise typer.Exit(int(Exit.REFUSED)) from None


@app.command()
def police_uk(
    borough: Annotated[
        str | None, typer.Option(help="Only the wards of this borough, by GSS code.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="The first month of crime, YYYY-MM; else the latest three months."),
    ] = None,
    *,
    dry_run: DryRun = False,
) -> None:
    """Read neighbourhoods, priorities, events, teams and crime counts from data.police.uk."""
    _require(borough, r"E09\d{6}", "a borough's code like E09000023")
    _require(since, r"20\d\d-(0[1-9]|1[0-2])", "a month like 2026-09")

    async def act(database: Database) -> Exit:
        settings, private = SourceSettings(), IdentitySettings().outside_private_hosts
        order = SyncOrder(
            OPERATOR,
            opener(database, dry_run=dry_run),
            await read_clock(),
            borough,
            since,
            settings.police_uk_names,
            dry_run,
        )
        async with open_police_uk(settings.police_uk_url, private_hosts=private) as publisher:
            with watched("data.police.uk") as progress:
                report = await sync_police_uk(database, publisher, order, progress)
        return _tell_sync(report, dry_run=dry_run)

    _carry_out_or_stop(lambda: carry_out(act))


@app.command()
def boundaries(
    label: Annotated[str, typer.Argument(help="A layer of geo/layers.json, like 2025-12.")],
    *,
    dry_run: DryRun = False,
    activate: Annotated[
        bool, typer.Option(help="Put the edition in its place at once, or only load it.")
    ] = True,
) -> None:
    """Import official ward boundaries from the Office for National Statistics."""
    layers = read_layers(LAYERS)
    if label not in layers:
        raise typer.BadParameter(f"There is no layer {label!r}; known: {', '.join(layers)}.")
    layer = layers[label]

    async def act(database: Database) -> Exit:
        now = await read_clock()
        order = BoundaryOrder(
            OPERATOR,
            opener(database, dry_run=dry_run),
            now,
            now.astimezone(LONDON).date(),
            Wish(layer.valid_from),
            dry_run,
            activate,
        )
        private = IdentitySettings().outside_private_hosts
        async with open_ons(SourceSettings().ons_url, private_hosts=private) as publisher:
            with watched("Boundaries") as progress:
                outcome = await sync_boundaries(
                    database,
                    publisher,
                    layer=layer,
                    controls=read_controls(GEO / CONTROLS),
                    order=order,
                    progress=progress,
                )
        if outcome.stale_since is not None:
            typer.echo(
                f"The publisher is away; read from a copy of {outcome.stale_since:%Y-%m-%d}."
            )
        return tell_import(outcome.plan, outcome.verdict, dry_run=dry_run)

    with limited_memory():
        _carry_out_or_stop(lambda: carry_out(act))


def _require(text: str | None, pattern: str, what: str) -> None:
    if text is not None and not re.fullmatch(pattern, text, re.ASCII):
        raise typer.BadParameter(f"{text!r} is not {what}.")


def tell_import(plan: ImportPlan, verdict: Verdict, *, dry_run: bool) -> Exit:
    """Say what an import of boundaries does or did, and return how the command ends."""
    for line in describe_import(plan):
        typer.echo(line)
    if verdict is Verdict.REFUSED:
        for sentence in plan.refusals:
            screen.print(f"Refused: {sentence}", style="red", markup=False, highlight=False)
    done = "Nothing was written (dry run)." if dry_run else f"Imported {plan.label!r}."
    typer.echo(
        {
            Verdict.DONE: done,
            Verdict.REFUSED: "Nothing was written.",
            Verdict.NOTHING_CHANGED: "Nothing changed: this edition is there already.",
        }[verdict]
    )
    return EXITS[verdict]


def _tell_sync(report: SyncReport, *, dry_run: bool) -> Exit:
    for line in describe_sync(report):
        typer.echo(line)
    for failures in (report.away, report.refused, report.malformed):
        for what, sentence in list(failures.items())[:NAMED]:
            screen.print(f"{what}: {sentence}", style="red", markup=False, highlight=False)
    if report.stopped:
        screen.print(f"Stopped: {report.stopped}", style="red", markup=False, highlight=False)
    if not report.is_whole:
        typer.echo("Not everything could be read; run the same command again later.")
        return Exit.REFUSED
    if not report.changes:
        typer.echo("Nothing changed.")
        return Exit.NOTHING_CHANGED
    typer.echo("Nothing was written (dry run)." if dry_run else "Kept.")
    return Exit.DONE


def describe_sync(report: SyncReport) -> Iterator[str]:
    """Yield what a sync read, what changed and what needs a look, line by line."""
    matches = ", ".join(f"{number} {kind}" for kind, number in report.neighbourhoods.items())
    yield f"Neighbourhoods by how their id names a ward: {matches}."
    if report.list_is_from:
        yield f"The list of neighbourhoods is a kept copy, last checked {report.list_is_from}."
    if report.unmatched:
        yield f"Ids that speak for no ward of ours: {_named(report.unmatched)}."
    if report.without_neighbourhood:
        yield f"Wards without a neighbourhood: {_named(report.without_neighbourhood)}."
    yield (
        f"{report.wards} wards read, {report.already_today} read today already; "
        f"{report.requests:,} requests."
    )
    for word, tally in (("new", report.added), ("gone", report.gone), ("empty", report.empty)):
        if tally:
            yield f"  {word}: " + ", ".join(f"{n} {kind}" for kind, n in sorted(tally.items()))
    low = [code for code, overlap in report.overlaps.items() if overlap < LOW_OVERLAP]
    if low:
        yield f"Boundaries that agree with ours by less than {LOW_OVERLAP:.0%}: {_named(low)}."
    yield (
        f"{report.crimes:,} crimes of {report.months[0]} to {report.months[-1]} in "
        f"{report.crime_counts:,} counts, {report.crime_revised:,} of them new or revised; "
        f"{report.crime_already_today} wards and months read today already."
    )
    if report.new_kinds:
        yield f"New kinds of crime: {_named(report.new_kinds)}."


def _named(codes: dict[str, str] | list[str]) -> str:
    listed = sorted(codes)
    if isinstance(codes, dict):
        listed = [f"{one} ({codes[one]})" for one in listed]
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more
