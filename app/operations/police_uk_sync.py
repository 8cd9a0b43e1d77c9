"""A sync with data.police.uk: ward by ward, each committed whole, going on where it was stopped."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.database import Database
from app.domain.police_uk import PATHS, ListKind
from app.errors import SourceAwayError, SourceError, SourceMalformedError
from app.models.police_uk import PoliceUkListing
from app.models.sources import SourceCopy
from app.operations import audit
from app.operations.police_uk_crimes import (
    Months,
    addresses_read_today,
    ask_months,
    keep_months,
    read_crime,
)
from app.operations.police_uk_lists import (
    Seen,
    forget_fiction,
    keep_items,
    note_away,
    note_listing,
)
from app.operations.police_uk_neighbourhoods import (
    ask_neighbourhoods,
    keep_neighbourhoods,
    note_overlap,
)
from app.operations.police_uk_report import SyncOrder, SyncReport, WardToRead
from app.operations.source_copies import Place, Reading, keep_reading, read_source
from app.progress import Progress
from app.sources.police_uk import (
    FORCE,
    LICENCE,
    SOURCE,
    ListedItem,
    neighbourhood_url,
    read_boundary,
    read_events,
    read_priorities,
    read_team,
)
from app.sources.police_uk_crime import crime_address
from app.sources.police_uk_shapes import overlap_of, polygon_of
from app.sources.publisher import Publisher

PATIENCE = 5
"""After so many failures in a row the publisher counts as away, and the sync stops."""


@dataclass(slots=True)
class _Run:
    database: Database
    publisher: Publisher
    order: SyncOrder
    report: SyncReport
    failures: int = 0

    async def attempt(self, what: str, act: Awaitable[None]) -> SourceError | None:
        """Carry out one piece; a failure is noted under its kind and returned."""
        try:
            await act
        except SourceError as failure:
            self.failures += 1
            report = self.report
            if isinstance(failure, SourceAwayError):
                report.away[what] = failure.detail
            elif isinstance(failure, SourceMalformedError):
                report.malformed[what] = failure.detail
            else:
                report.refused[what] = failure.detail
            if self.failures == PATIENCE:
                report.stopped = f"{PATIENCE} failures in a row; the last: {failure.detail}"
            return failure
        self.failures = 0
        return None


async def sync_police_uk(
    database: Database, publisher: Publisher, order: SyncOrder, progress: Progress
) -> SyncReport:
    """Read what data.police.uk says of our wards and keep what changed; returns the report.

    What was read since midnight in London is not asked for again, so a sync that was stopped goes
    on where it was. A ward's answers are written together, or, if one is malformed, not at all.
    Raises a `SourceError` where the list of neighbourhoods or of months cannot be had.
    """
    run = _Run(database, publisher, order, SyncReport())
    report = run.report
    found = await ask_neighbourhoods(database, publisher, order)
    asked_months = await ask_months(database, publisher, order)
    if any(reading.was_asked for reading in (found.reading, *asked_months.readings)):
        async with order.open_unit() as session:
            await keep_neighbourhoods(session, found, now=order.now)
            await keep_months(session, asked_months, now=order.now)
    found.tell(report)
    wards, months = found.wards_to_ask(order.borough), asked_months.wanted
    report.months = months
    total = len(wards) * (1 + len(months))
    await _read_lists(run, wards, progress, total)
    await _read_crimes(run, wards, asked_months, progress)
    report.requests = publisher.requests
    await _note(order, report)
    return report


async def _read_lists(
    run: _Run, wards: Sequence[WardToRead], progress: Progress, total: int
) -> None:
    report = run.report
    read_today = await _wards_read_today(run.database, run.order)
    for done, ward in enumerate(wards, start=1):
        if report.stopped:
            return
        if ward.code in read_today:
            report.already_today += 1
        else:
            failure = await run.attempt(ward.code, _read_ward(run, ward))
            if isinstance(failure, SourceAwayError):
                async with run.order.open_unit() as session:
                    await note_away(session, ward.code, now=run.order.now)
        await progress(done, total, f"Lists of {ward.code}")


async def _read_crimes(
    run: _Run, wards: Sequence[WardToRead], months: Months, progress: Progress
) -> None:
    report, order, publisher = run.report, run.order, run.publisher
    done_today = await addresses_read_today(run.database, order)
    done, total = len(wards), len(wards) * (1 + len(months.wanted))
    for month in reversed(months.wanted):
        for ward in wards:
            if report.stopped:
                return
            if crime_address(publisher, ward.code, month) in done_today:
                report.crime_already_today += 1
            else:
                count = read_crime(
                    publisher, order, report, ward=ward, month=month, kinds=months.kinds
                )
                await run.attempt(f"{ward.code} {month}", count)
            done += 1
            await progress(done, total, f"Crime of {month} in {ward.code}")


async def _wards_read_today(database: Database, order: SyncOrder) -> set[str]:
    statement = (
        select(PoliceUkListing.ward_code)
        .join(SourceCopy, SourceCopy.id == PoliceUkListing.copy_id)
        .where(
            PoliceUkListing.checked_at >= order.day_start,
            PoliceUkListing.away_since.is_(None),
            SourceCopy.source == SOURCE,
        )
        .group_by(PoliceUkListing.ward_code)
        .having(func.count() == len(ListKind))
    )
    async with database.reading() as session:
        return set(await session.scalars(statement))


async def _read_ward(run: _Run, ward: WardToRead) -> None:
    """Read all lists of one ward, check them, and only then write them, in one transaction."""
    readings = {kind: await _ask(run, ward, kind) for kind in ListKind}
    overlap = _overlap(ward, readings[ListKind.BOUNDARY])
    items = {
        kind: _items(kind, reading, with_names=run.order.with_names)
        for kind, reading in readings.items()
        if kind is not ListKind.BOUNDARY
    }
    report, now = run.report, run.order.now
    async with run.order.open_unit() as session:
        await forget_fiction(session, ward.code)
        for kind, reading in readings.items():
            copy_id = await keep_reading(session, reading, now=now)
            seen = Seen(ward.code, kind, copy_id, now)
            if kind is ListKind.BOUNDARY:
                await note_overlap(session, ward.neighbourhood_id, overlap)
                changed = reading.copy_id is None
                await note_listing(session, seen, items=int(overlap is not None), changed=changed)
                continue
            turnover = await keep_items(session, seen, items[kind])
            report.count(report.added, kind.value, turnover.added)
            report.count(report.gone, kind.value, turnover.gone)
            report.count(report.empty, kind.value, int(not items[kind]))
    report.wards += 1
    if overlap is not None:
        report.overlaps[ward.code] = round(overlap, 4)


async def _ask(run: _Run, ward: WardToRead, kind: ListKind) -> Reading:
    """Return one list as the publisher gives it now; an old copy does not stand in for it."""
    url = neighbourhood_url(run.publisher, ward.neighbourhood_id, PATHS[kind])
    place = Place(SOURCE, url, LICENCE, keeps_body=kind is not ListKind.TEAM)
    reading = await read_source(run.database, run.publisher, place)
    if reading.stale_since is not None:
        raise SourceAwayError(
            f"{url} does not answer; what is kept of it is of {reading.stale_since:%Y-%m-%d}."
        )
    return reading


def _overlap(ward: WardToRead, reading: Reading) -> float | None:
    ring = read_boundary(reading.place.url, reading.content)
    theirs = polygon_of(ring)
    return None if theirs is None else overlap_of(theirs, ward.shape)


def _items(kind: ListKind, reading: Reading, *, with_names: bool) -> list[ListedItem]:
    url, content = reading.place.url, reading.content
    if kind is ListKind.PRIORITIES:
        return read_priorities(url, content)
    if kind is ListKind.EVENTS:
        return read_events(url, content)
    return read_team(url, content, with_names=with_names)


async def _note(order: SyncOrder, report: SyncReport) -> None:
    """Leave one audit entry for a sync that changed something."""
    if not report.changes or order.dry_run:
        return
    detail = {
        "wards": report.wards,
        "added": report.added,
        "gone": report.gone,
        "crime_counts_changed": report.crime_revised,
        "unread": len(report.away) + len(report.refused) + len(report.malformed),
    }
    async with order.open_unit() as session:
        subject = ("police_uk_sync", FORCE)
        audit.record(
            session,
            order.caller,
            "sync_police_uk",
            subject,
            now=order.now,
            borough_code=order.borough,
            detail=detail,
        )
