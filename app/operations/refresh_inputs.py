"""What a refresh weighs: the counted poll, event records, evidence, crime and the outgoing set."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, or_, select

from app.database import WriteSession
from app.domain.crime import SOURCE_NAMES, CrimeSource
from app.domain.evidence import CrimeTrend, EvidenceKind, MonthlyCount, find_trends
from app.domain.refresh_proposals import rank_concerns
from app.domain.refresh_records import proposal_record
from app.domain.refreshes import (
    SOURCE_OF_KIND,
    ConcernFact,
    Inputs,
    Mentions,
    Source,
    TrendSource,
)
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.evidence import Evidence
from app.models.priorities import Concern, PrioritySet
from app.models.refreshes import Refresh
from app.models.wards import Ward
from app.operations.crime_trends import crime_trends
from app.operations.evidence import bears_on
from app.operations.refresh_findings import (
    describe_set,
    earlier_record,
    outgoing_record,
    poll_record,
)
from app.operations.refresh_polls import find_polls

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
CRIME_ROWS = 50
"""At most this many of a ward's latest crime series are looked at."""


class Raised(NamedTuple):
    """Counts of concerns that one record of a source holds, about the ward or its whole borough."""

    source: Source
    is_ward: bool
    counts: dict[str, int]
    record_id: str = ""
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """The inputs of a proposal, and the records they came from, to be published beside it."""

    inputs: Inputs
    events: list[dict[str, Any]]
    evidence: list[dict[str, Any]]


async def propose(
    session: WriteSession, ward: Ward, outgoing: PrioritySet | None, *, seats: int, today: date
) -> dict[str, Any]:
    """Return the explained proposal for a ward, from all that was recorded since its last one."""
    gathering = await gather(session, ward, outgoing, seats=seats, today=today)
    inputs = gathering.inputs
    beside = {
        "poll": poll_record(inputs.poll),
        "earlier_poll": earlier_record(inputs.earlier_poll),
        "events": gathering.events,
        "evidence": gathering.evidence,
        "outgoing": outgoing_record(inputs.outgoing),
    }
    return proposal_record(inputs, rank_concerns(inputs), beside)


async def gather(
    session: WriteSession, ward: Ward, outgoing: PrioritySet | None, *, seats: int, today: date
) -> Gathering:
    """Return the inputs that were recorded since the refresh that made the outgoing set was opened.

    That moment, not the set's publication: what came in while people decided is for the next one.
    """
    since = await _find_beginning(session, outgoing)
    concerns = await session.scalars(select(Concern).order_by(Concern.position))
    inputs = Inputs(
        concerns=tuple(ConcernFact(c.slug, c.label, c.lead) for c in concerns),
        seats=seats,
        today=today,
        since=since,
        ward_name=ward.name,
        outgoing=None if outgoing is None else describe_set(outgoing, today),
    )
    events = await _list_events(session, ward, since)
    evidence = await _list_evidence(session, ward, since)
    counted = (await crime_trends(session, [ward.code])).get(ward.code, {})
    trends, series = latest_trends(await _list_crime(session, ward.code), counted)
    poll, earlier_poll = await find_polls(session, ward, counted_after=since)
    inputs = replace(
        inputs,
        poll=poll,
        earlier_poll=earlier_poll,
        mentions=add_up([*map(_raised_at, events), *map(_raised_in, evidence)]),
        crime=trends,
        crime_from=name_sources(trends, series),
    )
    weighed = [*evidence, *series]
    return Gathering(inputs, list(map(_event_record, events)), list(map(_evidence_record, weighed)))


async def _find_beginning(session: WriteSession, outgoing: PrioritySet | None) -> datetime:
    if outgoing is None:
        return BEGINNING
    opened = select(Refresh.opened_at).where(Refresh.to_set_id == outgoing.id)
    return (await session.scalars(opened)).first() or outgoing.published_at


async def _list_events(
    session: WriteSession, ward: Ward, since: datetime
) -> Sequence[Row[CommunityEvent, EventRecord, bool]]:
    """Return events recorded as held since then, for this ward or for all of its borough."""
    linked = select(EventWard.event_id).where(EventWard.event_id == CommunityEvent.id)
    serves_ward = linked.where(EventWard.ward_code == ward.code).exists()
    serves_borough = (CommunityEvent.borough_code == ward.borough_code) & ~linked.exists()
    held = (
        select(CommunityEvent, EventRecord, serves_ward.label("is_ward"))
        .join(EventRecord, EventRecord.event_id == CommunityEvent.id)
        .where(CommunityEvent.status == "held", EventRecord.recorded_at > since)
        .where(or_(serves_ward, serves_borough))
        .order_by(CommunityEvent.starts_at, CommunityEvent.id)
    )
    return (await session.execute(held)).all()


def _raised_at(row: Row[CommunityEvent, EventRecord, bool]) -> Raised:
    event, record, is_ward = row
    raised = record.concerns_raised
    return Raised(Source.EVENTS, bool(is_ward), raised, str(event.id), record.attendance)


def _event_record(row: Row[CommunityEvent, EventRecord, bool]) -> dict[str, Any]:
    event, record, is_ward = row
    return {
        "event_id": str(event.id),
        "title": event.title,
        "kind": event.kind,
        "starts_at": event.starts_at.isoformat(),
        "area": "ward" if is_ward else "borough",
        "attendance": record.attendance,
        "raised": record.concerns_raised,
    }


async def _list_evidence(session: WriteSession, ward: Ward, since: datetime) -> Sequence[Evidence]:
    statement = (
        select(Evidence)
        .where(bears_on(ward.code, ward.borough_code), Evidence.recorded_at > since)
        .where(Evidence.kind.in_([kind.value for kind in SOURCE_OF_KIND]))
        .order_by(Evidence.period_to, Evidence.id)
    )
    return (await session.scalars(statement)).all()


def _raised_in(row: Evidence) -> Raised:
    source = SOURCE_OF_KIND[EvidenceKind(row.kind)]
    return Raised(source, row.ward_code is not None, row.mentions, str(row.id))


def _evidence_record(row: Evidence) -> dict[str, Any]:
    return {
        "evidence_id": str(row.id),
        "kind": row.kind,
        "area": "borough" if row.ward_code is None else "ward",
        "period_from": row.period_from.isoformat(),
        "period_to": row.period_to.isoformat(),
        "source_name": row.source_name,
        "mentions": row.mentions,
    }


def add_up(raised: Iterable[Raised]) -> dict[Source, Mentions]:
    """Return how often each source raised each concern, for the ward and for its borough."""
    counts: dict[tuple[Source, bool], Counter[str]] = {}
    records: dict[Source, list[Raised]] = {}
    for one in raised:
        counts.setdefault((one.source, one.is_ward), Counter()).update(one.counts)
        records.setdefault(one.source, []).append(one)
    return {
        source: Mentions(
            ward=dict(counts.get((source, True), {})),
            borough=dict(counts.get((source, False), {})),
            records=len(found),
            people=_people(found),
            naming=_naming(found),
        )
        for source, found in records.items()
    }


def _people(raised: Iterable[Raised]) -> int | None:
    known = [one.people for one in raised if one.people is not None]
    return sum(known) if known else None


def _naming(raised: Iterable[Raised]) -> dict[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    for one in raised:
        for concern, number in one.counts.items():
            if number:
                named[concern] = (*named.get(concern, ()), one.record_id)
    return named


async def _list_crime(session: WriteSession, ward_code: str) -> Sequence[Evidence]:
    """Return the ward's crime series, the latest first, whenever they were recorded."""
    statement = (
        select(Evidence)
        .where(Evidence.ward_code == ward_code, Evidence.kind == EvidenceKind.CRIME_SERIES)
        .order_by(Evidence.period_to.desc(), Evidence.id.desc())
        .limit(CRIME_ROWS)
    )
    return (await session.scalars(statement)).all()


def latest_trends(
    rows: Iterable[Evidence], counted: Mapping[str, CrimeTrend]
) -> tuple[dict[str, CrimeTrend], list[Evidence]]:
    """Return how recorded crime moved, and the submitted series that this was read from.

    Counts from the sources themselves go first; for a concern that they leave open the first
    series with it speaks.
    """
    trends = dict(counted)
    used: list[Evidence] = []
    for row in rows:
        counts = (MonthlyCount(r["month"], r["concern"], r["count"]) for r in row.series or ())
        fresh = {c: trend for c, trend in find_trends(counts).items() if c not in trends}
        if fresh:
            trends |= fresh
            used.append(row)
    return trends, used


def name_sources(
    trends: Mapping[str, CrimeTrend], series: Iterable[Evidence]
) -> dict[str, TrendSource]:
    """Return, by concern, where its trend was read: a publisher's counts, or a submitted series."""
    named = {
        concern: TrendSource(SOURCE_NAMES[CrimeSource(trend.source)])
        for concern, trend in trends.items()
        if trend.source is not None
    }
    for row in series:
        for concern in {count["concern"] for count in row.series or ()} & trends.keys():
            named.setdefault(concern, TrendSource(row.source_name, str(row.id)))
    return named
