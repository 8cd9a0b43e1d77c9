"""Loads synthetic files into a test's database."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.operations.area_figures import FiguresReport, import_census
from app.operations.crime_imports import CrimeReport, import_crime
from app.operations.crime_store import Import
from app.progress import Progress, in_silence
from app.sources.census import parse_census
from app.sources.mps_crime import parse_crime
from tests.crime_files import MONTHS, Kinds, census_csv, crime_csv

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CENSUS_ON = date(2021, 3, 21)


def order(database: Database, *, dry_run: bool = False, accept_fewer: bool = False) -> Import:
    """Return an import by the operator."""
    return Import(
        caller=Caller("operator", Role.ADMIN),
        open_unit=partial(unit_of_work, database),
        licence="Open Government Licence v3.0",
        now=NOW,
        dry_run=dry_run,
        accept_fewer=accept_fewer,
    )


async def load_crime(
    database: Database,
    kinds: Kinds,
    months: Sequence[str] = MONTHS,
    *,
    dry_run: bool = False,
    accept_fewer: bool = False,
    progress: Progress = in_silence,
) -> CrimeReport:
    """Import a synthetic crime file."""
    data = crime_csv(kinds, months).encode()
    file = parse_crime("crime.csv", data, this_month="2026-11")
    given = order(database, dry_run=dry_run, accept_fewer=accept_fewer)
    return await import_crime(database, file, given, progress)


async def load_census(database: Database, residents: Mapping[str, int | None]) -> FiguresReport:
    """Import a synthetic census file."""
    file = parse_census("census.csv", census_csv(residents).encode())
    return await import_census(database, file, CENSUS_ON, order(database))
