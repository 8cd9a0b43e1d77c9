"""Official ward boundaries straight from their publisher, imported as a file of them would be."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.database import Database
from app.domain.identity import Caller
from app.errors import SourceMalformedError
from app.operations import edition_plans
from app.operations.edition_imports import OpenUnit, Verdict, judge_import, write_import
from app.operations.edition_plans import ImportPlan, Wish
from app.operations.source_copies import Place, Reading, keep_reading, read_source
from app.progress import Progress
from app.sources.boundaries import LICENCE, wards_of
from app.sources.ons_layers import (
    SOURCE,
    Layer,
    assemble,
    count_url,
    page_url,
    read_count,
    read_page,
)
from app.sources.publisher import Publisher
from app.sources.shipped import Control

STEPS_AFTER = 2
"""Checking and writing, after the pages."""


@dataclass(frozen=True, slots=True)
class BoundaryOrder:
    """Who wants a layer's wards imported, how to write, and what is wanted of it."""

    caller: Caller
    open_unit: OpenUnit
    now: datetime
    today: date
    wish: Wish
    dry_run: bool = False
    activate: bool = True

    @property
    def fresh_since(self) -> datetime:
        """What was read in the hour before is not read again: a stopped sync goes on."""
        return self.now - timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class BoundaryOutcome:
    """What a sync of boundaries would do or did; `stale_since` is set where an old copy served."""

    plan: ImportPlan
    verdict: Verdict
    stale_since: datetime | None


@dataclass(slots=True)
class _Pages:
    features: list[dict[str, Any]]
    readings: list[Reading]
    steps: int = STEPS_AFTER + 1

    @property
    def stale_since(self) -> datetime | None:
        """The time of the oldest copy that stood in for a publisher who was away."""
        stale = [r.stale_since for r in self.readings if r.stale_since is not None]
        return min(stale, default=None)


async def sync_boundaries(
    database: Database,
    publisher: Publisher,
    *,
    layer: Layer,
    controls: Sequence[Control],
    order: BoundaryOrder,
    progress: Progress,
) -> BoundaryOutcome:
    """Read a layer's London wards, check them and put them in force.

    The pages are kept once all of them fit together; the edition is one transaction. Raises a
    `SourceError` or a `BoundaryFileError` and changes nothing where anything is not as it should
    be; a plan that is refused changes nothing either.
    """
    pages = await _read_pages(database, publisher, layer=layer, order=order, progress=progress)
    collection = await asyncio.to_thread(assemble, layer, pages.features)
    async with database.reading() as session:
        boroughs = await edition_plans.known_boroughs(session)
        outlines = {code: shape for code, (_, shape) in boroughs.items()}
        file = await asyncio.to_thread(wards_of, collection, outlines)
        plan = await edition_plans.plan_import(
            session, file, order.wish, controls, today=order.today
        )
    await progress(pages.steps - 1, pages.steps, "Checked and compared")
    if not plan.refusals and not order.dry_run:
        await _keep(order, pages.readings)
    verdict = judge_import(plan, dry_run=order.dry_run, activate=order.activate)
    if verdict is None:
        verdict = await write_import(
            order.open_unit,
            plan,
            order.caller,
            activate=order.activate,
            now=order.now,
            today=order.today,
        )
    await progress(pages.steps, pages.steps, verdict.value)
    return BoundaryOutcome(plan, verdict, pages.stale_since)


async def _read_pages(
    database: Database,
    publisher: Publisher,
    *,
    layer: Layer,
    order: BoundaryOrder,
    progress: Progress,
) -> _Pages:
    """Return all features, as many as the server counts."""
    reading = await _read(database, publisher, count_url(publisher, layer), order)
    wanted = read_count(reading.place.url, reading.content)
    pages = _Pages([], [reading])
    more, done = True, 0
    while more:
        url = page_url(publisher, layer, len(pages.features))
        reading = await _read(database, publisher, url, order)
        page, told_more = read_page(url, reading.content)
        pages.readings.append(reading)
        pages.features += page
        have, done = len(pages.features), done + 1
        more = bool(page) and have <= wanted and (told_more or have < wanted)
        pages.steps = done + -(-max(0, wanted - have) // max(1, len(page))) + STEPS_AFTER
        await progress(done, pages.steps, f"{have} of {wanted} wards")
    if len(pages.features) != wanted:
        raise SourceMalformedError(
            f"The layer {layer.layer} counts {wanted} wards in London but gives {have}."
        )
    return pages


async def _read(
    database: Database, publisher: Publisher, url: str, order: BoundaryOrder
) -> Reading:
    place = Place(SOURCE, url, LICENCE)
    return await read_source(database, publisher, place, fresh_since=order.fresh_since)


async def _keep(order: BoundaryOrder, readings: Sequence[Reading]) -> None:
    if any(reading.was_asked for reading in readings):
        async with order.open_unit() as session:
            for reading in readings:
                await keep_reading(session, reading, now=order.now)
