"""Jobs that read other publishers: the same operations as `python -m app sync` and `import`."""

import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from app.database import WriteSession
from app.dependencies import undone_unit
from app.errors import EditionRefusedError, InvalidRequestError, SourceMalformedError
from app.jobs.work import Work
from app.operations.area_figures import import_census, import_deprivation
from app.operations.boundary_sync import BoundaryOrder, sync_boundaries
from app.operations.crime_imports import import_crime
from app.operations.crime_store import Import
from app.operations.edition_imports import Verdict
from app.operations.edition_plans import Wish
from app.operations.edition_reports import describe_import
from app.operations.geography import CONTROLS
from app.operations.measure_imports import import_measures
from app.operations.police_uk_report import SyncOrder
from app.operations.police_uk_sync import sync_police_uk
from app.schemas.base import In
from app.schemas.source_jobs import (
    BoundariesIn,
    CensusFileIn,
    CrimeFileIn,
    DeprivationFileIn,
    FileIn,
    PoliceUkIn,
)
from app.settings import ROOT
from app.source_settings import SourceSettings
from app.sources.census import read_census
from app.sources.deprivation import read_deprivation
from app.sources.measures import read_measures
from app.sources.mps_crime import read_crime
from app.sources.ons_layers import open_ons, read_layers
from app.sources.police_uk import open_police_uk
from app.sources.publisher import Question, open_publisher
from app.sources.shipped import read_controls
from app.sources.tables import MAX_BYTES

GEO = ROOT / "geo"
PER_SECOND = 1.0
F = TypeVar("F", bound=FileIn)
OpenUnit = Callable[[], AbstractAsyncContextManager[WriteSession]]


def _opener(work: Work[Any], *, dry_run: bool) -> OpenUnit:
    return partial(undone_unit, work.database) if dry_run else work.open_unit


async def read_police_uk(work: Work[PoliceUkIn]) -> dict[str, Any]:
    """Read what data.police.uk says; done again, it goes on behind what was read that day."""
    wanted, sources = work.parameters, SourceSettings()
    order = SyncOrder(
        work.caller,
        _opener(work, dry_run=wanted.dry_run),
        work.now,
        wanted.borough_code,
        wanted.since,
        sources.police_uk_names,
        wanted.dry_run,
    )
    private = work.settings.outside_private_hosts
    async with open_police_uk(sources.police_uk_url, private_hosts=private) as publisher:
        report = await sync_police_uk(work.database, publisher, order, work.progress)
    return {**report.as_json(), "dry_run": wanted.dry_run}


async def read_boundaries(work: Work[BoundariesIn]) -> dict[str, Any]:
    """Import the official wards of a layer; refuses as `import-wards` does."""
    wanted, layers = work.parameters, read_layers(GEO / "layers.json")
    if wanted.label not in layers:
        raise InvalidRequestError(
            f"There is no layer {wanted.label!r}; known: {', '.join(layers)}.", pointer="/label"
        )
    layer = layers[wanted.label]
    order = BoundaryOrder(
        work.caller,
        _opener(work, dry_run=wanted.dry_run),
        work.now,
        work.today,
        Wish(layer.valid_from),
        wanted.dry_run,
        wanted.activate,
    )
    private = work.settings.outside_private_hosts
    async with open_ons(SourceSettings().ons_url, private_hosts=private) as publisher:
        outcome = await sync_boundaries(
            work.database,
            publisher,
            layer=layer,
            controls=read_controls(GEO / CONTROLS),
            order=order,
            progress=work.progress,
        )
    if outcome.verdict is Verdict.REFUSED:
        raise EditionRefusedError(" ".join(outcome.plan.refusals))
    stale = outcome.stale_since
    return {
        "verdict": outcome.verdict.value,
        "told": list(describe_import(outcome.plan)),
        "stale_since": None if stale is None else stale.isoformat(),
        "dry_run": wanted.dry_run,
    }


@asynccontextmanager
async def _fetched(work: Work[F]) -> AsyncGenerator[tuple[Path, Import]]:
    """Give a published file, fetched anew, and the order to import it."""
    wanted, private = work.parameters, work.settings.outside_private_hosts
    async with open_publisher(
        wanted.url, per_second=PER_SECOND, max_bytes=MAX_BYTES, private_hosts=private
    ) as publisher:
        answer = await publisher.ask(Question(wanted.url))
    if answer.content is None:
        raise SourceMalformedError(f"{wanted.url} answers 304 to what did not ask for it.")
    order = Import(
        work.caller,
        _opener(work, dry_run=wanted.dry_run),
        wanted.licence,
        work.now,
        wanted.url,
        wanted.dry_run,
    )
    with tempfile.TemporaryDirectory(prefix="ward-priorities-") as folder:
        path = Path(folder) / (Path(urlsplit(wanted.url).path).name or "file")
        path.write_bytes(answer.content)
        yield path, order


def _told(report: Any, wanted: In) -> dict[str, Any]:
    return {**asdict(report), "dry_run": getattr(wanted, "dry_run", False)}


async def bring_crime(work: Work[CrimeFileIn]) -> dict[str, Any]:
    """Import the Met's ward level crime file from where it is published."""
    async with _fetched(work) as (path, order):
        found = read_crime(path, this_month=f"{work.today:%Y-%m}")
        told = replace(order, accept_fewer=work.parameters.accept_fewer)
        report = await import_crime(work.database, found, told, work.progress)
    return _told(report, work.parameters)


async def bring_census(work: Work[CensusFileIn]) -> dict[str, Any]:
    """Import residents per ward by group from where they are published."""
    async with _fetched(work) as (path, order):
        day, found = work.parameters.census_on, read_census(path)
        report = await import_census(work.database, found, day, order)
    return _told(report, work.parameters)


async def bring_deprivation(work: Work[DeprivationFileIn]) -> dict[str, Any]:
    """Import deprivation scores per ward from where they are published."""
    async with _fetched(work) as (path, order):
        release, found = work.parameters.release, read_deprivation(path)
        report = await import_deprivation(work.database, found, release, order)
    return _told(report, work.parameters)


async def bring_measures(work: Work[FileIn]) -> dict[str, Any]:
    """Import survey measures from where they are published."""
    async with _fetched(work) as (path, order):
        found = read_measures(path, today=work.today)
        report = await import_measures(work.database, found, order, work.progress)
    return _told(report, work.parameters)
