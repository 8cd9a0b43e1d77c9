"""What checks of commitments read of events, polls and buildings."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.commitment_facts import Building, EventFact
from app.domain.events import PLAN_PUBLISHED_ON, EventStatus, london_day, london_midnight
from app.domain.polls import PollStatus
from app.domain.spans import join, share, span_of
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.facilities import Facility
from app.models.polls import Poll, Round
from app.operations.facilities_queries import standing_hours

Session = ReadSession | WriteSession
OPENED = (
    PollStatus.OPEN,
    PollStatus.CLOSED,
    PollStatus.COUNTED,
    PollStatus.PUBLISHED,
)


async def list_event_facts(
    session: Session, boroughs: list[str], *, now: datetime
) -> dict[str, list[EventFact]]:
    """Return the public events of boroughs since the plan came out, in order of time."""
    wanted = (
        CommunityEvent.borough_code.in_(boroughs),
        CommunityEvent.starts_at >= london_midnight(PLAN_PUBLISHED_ON),
        CommunityEvent.status != EventStatus.DRAFT,
    )
    served: dict[UUID, list[str]] = defaultdict(list)
    links = select(EventWard.event_id, EventWard.ward_code).join(
        CommunityEvent, CommunityEvent.id == EventWard.event_id
    )
    for link in await session.execute(links.where(*wanted)):
        served[link.event_id].append(link.ward_code)
    event = CommunityEvent
    rows = await session.execute(
        select(
            event.id,
            event.borough_code,
            event.kind,
            event.title,
            event.starts_at,
            event.ends_at,
            event.open_to_all,
            event.status,
            event.published_at,
            event.updated_at,
            EventRecord.event_id.label("recorded"),
        )
        .outerjoin(EventRecord, EventRecord.event_id == event.id)
        .where(*wanted)
        .order_by(event.starts_at, event.id)
    )
    found: dict[str, list[EventFact]] = defaultdict(list)
    for row in rows:
        fact = _fact_of(row, tuple(sorted(served.get(row.id, ()))), now)
        found[row.borough_code].append(fact)
    return found


def _fact_of(row: Any, wards: tuple[str, ...], now: datetime) -> EventFact:
    return EventFact(
        id=row.id,
        kind=row.kind,
        title=row.title,
        wards=wards,
        day=london_day(row.starts_at),
        open_to_all=row.open_to_all,
        held=row.status == EventStatus.HELD and row.recorded is not None,
        announced_on=None if row.published_at is None else london_day(row.published_at),
        lost_on=_lost_on(row, now),
    )


def _lost_on(row: Any, now: datetime) -> date | None:
    """Return the day from which an event would not count: not held, called off, never recorded."""
    if row.status == EventStatus.NOT_HELD:
        return london_day(row.starts_at)
    if row.status in {EventStatus.CANCELLED, EventStatus.POSTPONED}:
        return london_day(row.updated_at)
    if row.status == EventStatus.PUBLISHED and row.ends_at <= now:
        return london_day(row.ends_at) + timedelta(days=1)
    return None


async def list_first_polls(
    session: Session, boroughs: list[str], *, now: datetime
) -> dict[str, date]:
    """Return the London day on which the first poll of each borough opened, if one has."""
    statement = (
        select(Poll.borough_code, func.min(Round.opens_at).label("opens_at"))
        .join(Round, Round.id == Poll.round_id)
        .where(
            Poll.borough_code.in_(boroughs),
            Poll.status.in_([status.value for status in OPENED]),
            Round.opens_at <= now,
        )
        .group_by(Poll.borough_code)
    )
    rows = await session.execute(statement)
    return {row.borough_code: london_day(row.opens_at) for row in rows}


async def list_buildings(session: Session, boroughs: list[str]) -> dict[str, list[Building]]:
    """Return the facilities of boroughs, with the days on which each keeps any hours."""
    statement = (
        select(Facility)
        .where(Facility.borough_code.in_(boroughs))
        .options(selectinload(Facility.hours))
        .order_by(Facility.borough_code, Facility.opened_on, Facility.id)
    )
    found: dict[str, list[Building]] = defaultdict(list)
    for row in await session.scalars(statement):
        kept = join(
            hours.days
            for hours in standing_hours(row)
            if hours.is_24_7 or any(hours.weekly.values())
        )
        open_days = share([span_of(row.opened_on, row.closed_on)], kept)
        found[row.borough_code].append(Building(row.id, row.kind, row.name, open_days))
    return found
