"""The operator's commands, as verbs.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 nothing changed.
"""

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app import admission, preparation, serving
from app.commands import audit, checks, export, imports, jobs, rights, sync, worker
from app.commands.sync import tell_import
from app.database import Database
from app.dependencies import LONDON, unit_of_work
from app.domain.identity import Caller, Role
from app.logs import set_up_logs
from app.operations import edition_plans
from app.operations.edition_imports import judge_import, write_import
from app.operations.edition_plans import Wish
from app.operations.geography import CONTROLS, GeographyLoaded, load_shipped_geography
from app.safety import UnsafeError
from app.settings import ROOT, DatabaseSettings, Settings
from app.sources.boundaries import read_wards
from app.sources.shipped import read_controls
from app.terminal import Exit, carry_out, limited_memory, screen, steps

GEO = ROOT / "geo"
SIGHTS = (
    "/docs",
    "/v1/locate?postcode=SE13+6LG",
    "/v1/wards/E05013714?include=team,priorities,polls,events",
    "/v1/boroughs/E09000023/events",
    "/v1/boroughs/E09000023/commitments",
)
NOT_THERE = (
    "The database does not answer. The service starts without it, says so at /readyz, and "
    "prepares and uses the database as soon as it answers."
)
MAX_LABEL = 40
OPERATOR = Caller(subject="operator", role=Role.ADMIN)

app = typer.Typer(
    name="ward-priorities", help="Run and look after Ward Priorities.", no_args_is_help=True
)
app.add_typer(audit.app)
app.add_typer(imports.app)
app.add_typer(jobs.app)
app.add_typer(sync.app)
app.command()(rights.grant)
app.command()(worker.worker)
app.command()(export.export)
app.command()(checks.check)


def parse_day(text: str | None) -> date | None:
    """Return a day written YYYY-MM-DD."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as cause:
        raise typer.BadParameter(f"{text!r} is not a day like 2022-05-05.") from cause


@app.command()
def migrate() -> None:
    """Bring the database that DATABASE_URL names to the newest schema."""
    preparation.migrate(DatabaseSettings().database_url)
    typer.echo("The schema is at its newest migration.")


@app.command()
def serve() -> None:
    """Prepare the database where that is needed, then serve; HOST, PORT, WORKERS and MODE apply."""
    try:
        settings = admission.read_settings()
        serving.refuse_taken_address(settings.host, settings.port)
        with steps(preparation.MET_BOROUGHS + 1) as bar:
            is_prepared = serving.prepare(settings, bar.begin)
    except UnsafeError as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(int(Exit.REFUSED)) from None
    if not is_prepared:
        screen.print(NOT_THERE, markup=False, highlight=False)
        serving.prepare_when_it_answers()
    screen.print(where_to_look(settings), markup=False, highlight=False)
    set_up_logs()
    serving.serve(settings)


def where_to_look(settings: Settings) -> str:
    """Return what an operator sees when the service starts."""
    home = f"http://{settings.host}:{settings.port}"
    lines = [f"Ward Priorities serves at {home} ({settings.mode.value} mode)"]
    lines += [f"  {home}{path}" for path in SIGHTS]
    lines.append("Stop with Ctrl-C.")
    return "\n".join(lines)


@app.command()
def load_geography(
    folder: Annotated[Path, typer.Argument(help="The folder of the files that ship.")] = GEO,
) -> None:
    """Load the wards, boroughs and postcodes that ship, where they are not there yet."""

    async def act(database: Database) -> Exit:
        now = datetime.now(UTC)
        with steps(1) as bar:
            bar.begin("Loading wards, boroughs and postcodes")
            async with unit_of_work(database) as session:
                loaded: GeographyLoaded = await load_shipped_geography(
                    session, folder, OPERATOR, now=now, today=now.astimezone(LONDON).date()
                )
        if not loaded.changed:
            typer.echo("Everything that ships is loaded already.")
            return Exit.NOTHING_CHANGED
        typer.echo(
            f"Loaded {loaded.boroughs} boroughs, {loaded.wards} wards "
            f"and {loaded.postcodes:,} postcodes."
        )
        return Exit.DONE

    carry_out(act)


@app.command()
def import_wards(  # noqa: PLR0917 - typer reads the options by name
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="GeoJSON of ONS or OS wards, plain or .gz."
        ),
    ],
    edition: Annotated[
        str | None,
        typer.Option(
            help="The day from which these wards hold; may be left out for the same wards redrawn."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="The day on which wards of the past were replaced.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="A short name for the edition.")] = None,
    official: Annotated[
        bool | None,
        typer.Option("--official/--indicative", help="How far the shapes may be trusted."),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    activate: Annotated[
        bool, typer.Option(help="Put the edition in its place at once, or only load it.")
    ] = True,
) -> None:
    """Import a boundary edition: check it, show what changes, load it, put it in force."""
    if label is not None and not 1 <= len(label.strip()) <= MAX_LABEL:
        raise typer.BadParameter("A label has 1 to 40 characters.")
    status = {None: None, True: "official", False: "indicative"}[official]
    wish = Wish(parse_day(edition), parse_day(until), label and label.strip(), status)
    with limited_memory():
        carry_out(
            lambda database: _import(database, file, wish, dry_run=dry_run, activate=activate)
        )


async def _import(
    database: Database, path: Path, wish: Wish, *, dry_run: bool, activate: bool
) -> Exit:
    now = datetime.now(UTC)
    today = now.astimezone(LONDON).date()
    with steps(4) as bar:
        bar.begin("Reading the file")
        async with database.reading() as session:
            boroughs = await edition_plans.known_boroughs(session)
            file = read_wards(path, {code: shape for code, (_, shape) in boroughs.items()})
            bar.begin("Checking and comparing")
            controls = read_controls(GEO / CONTROLS)
            plan = await edition_plans.plan_import(session, file, wish, controls, today=today)
        verdict = judge_import(plan, dry_run=dry_run, activate=activate)
        if verdict is None:
            bar.begin("Writing")
            open_unit = partial(unit_of_work, database)
            verdict = await write_import(
                open_unit, plan, OPERATOR, activate=activate, now=now, today=today
            )
    return tell_import(plan, verdict, dry_run=dry_run)
