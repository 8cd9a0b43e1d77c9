"""Community events as they are read: by area and day, one by one, and counted against the plan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.events import (
    LONGEST,
    PLAN_PUBLISHED_ON,
    PUBLIC_STATUSES,
    EventKind,
    EventStatus,
    HeldEvent,
    london_midnight,
)
from app.domain.identity import TEAM, Caller
from app.errors import NotFoundError
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.wards import BoundaryEdition, Ward
from app.operations.atlas import EditionIndex
from app.operations.events import touches
from app.operations.wards import get_borough, get_ward
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession
WHOLE = (selectinload(CommunityEvent.wards), selectinload(CommunityEvent.record))


@dataclass(frozen=True, slots=True)
class EventArea:
    """Whose events: a ward's and its borough's shared ones, a borough's, or all of London's."""

    name: str = "London"
    borough_code: str | None = None
    ward_code: str | None = None

    @property
    def code(self) -> str:
        """The code that names the area in a file's name."""
        return self.ward_code or self.borough_code or "london"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events of an area are asked for; days are London's, `to` is not included."""

    starts_from: date | None = None
    to: date | None = None
    kinds: Sequence[str] = ()
    statuses: Sequence[str] = ()
    open_to_all: bool | None = None


@dataclass(frozen=True, slots=True)
class ConcernsRaised:
    """What people raised at one held event."""

    event_id: UUID
    kind: str
    title: str
    starts_at: datetime
    attendance: int
    notes: str
    concerns: Mapping[str, int]


async def area_of_ward(session: Session, ward_code: str) -> EventArea:
    """Return the area of a ward, by code."""
    ward = await get_ward(session, ward_code)
    return EventArea(ward.name, ward.borough_code, ward.code)


async def area_of_borough(session: Session, borough_code: str) -> EventArea:
    """Return the area of a borough, by code."""
    borough = await get_borough(session, borough_code)
    return EventArea(borough.name, borough.code)


async def list_events(
    session: Session, area: EventArea, wanted: EventFilter, page: PageRequest
) -> Page[CommunityEvent]:
    """Return an area's public events, soonest first, with their wards and records; drafts never."""
    statuses = PUBLIC_STATUSES & set(wanted.statuses) if wanted.statuses else PUBLIC_STATUSES
    statement = select(CommunityEvent).where(CommunityEvent.status.in_(statuses))
    statement = statement.where(*_within(area), *_between(wanted)).options(*WHOLE)
    if wanted.kinds:
        statement = statement.where(CommunityEvent.kind.in_(wanted.kinds))
    if wanted.open_to_all is not None:
        statement = statement.where(CommunityEvent.open_to_all.is_(wanted.open_to_all))
    keys = [Key.instant(CommunityEvent.starts_at), Key.uuid(CommunityEvent.id)]
    return await fetch_page(session, statement, page, keys)


async def get_event(session: Session, event_id: UUID, caller: Caller | None) -> CommunityEvent:
    """Return an event with its wards and record; a draft only to a team of its area."""
    statement = select(CommunityEvent).where(CommunityEvent.id == event_id).options(*WHOLE)
    event = (await session.scalars(statement)).first()
    if event is not None and event.status == EventStatus.DRAFT:
        may_see = caller is not None and caller.role in TEAM and touches(caller, event)
        event = event if may_see else None
    if event is None:
        raise NotFoundError("event", event_id)
    return event


async def upcoming_events_of(
    session: Session, ward_code: str, borough_code: str, *, now: datetime, limit: int
) -> list[CommunityEvent]:
    """Return a ward's and its borough's shared next events, published or postponed."""
    area = EventArea(borough_code=borough_code, ward_code=ward_code)
    coming = (EventStatus.PUBLISHED, EventStatus.POSTPONED)
    statement = (
        select(CommunityEvent)
        .where(CommunityEvent.status.in_(coming), CommunityEvent.ends_at > now, *_within(area))
        .where(CommunityEvent.starts_at > now - LONGEST)
        .order_by(CommunityEvent.starts_at, CommunityEvent.id)
        .limit(limit)
        .options(*WHOLE)
    )
    return list(await session.scalars(statement))


async def list_concerns_raised(
    session: Session, *, ward_code: str, borough_code: str, since: datetime
) -> list[ConcernsRaised]:
    """Return what was raised at a ward's and its borough's shared held events since an instant."""
    area = EventArea(borough_code=borough_code, ward_code=ward_code)
    statement = (
        select(
            CommunityEvent.id,
            CommunityEvent.kind,
            CommunityEvent.title,
            CommunityEvent.starts_at,
            EventRecord.attendance,
            EventRecord.notes,
            EventRecord.concerns_raised,
        )
        .join(EventRecord, EventRecord.event_id == CommunityEvent.id)
        .where(CommunityEvent.status == EventStatus.HELD, CommunityEvent.starts_at >= since)
        .where(*_within(area))
        .order_by(CommunityEvent.starts_at, CommunityEvent.id)
    )
    return [ConcernsRaised(*row) for row in await session.execute(statement)]


async def list_open_held(
    session: Session, borough_codes: Iterable[str]
) -> dict[str, list[HeldEvent]]:
    """Return the held events that were open to all by borough (C06), soonest first."""
    return await _list_held(session, list(borough_codes), CommunityEvent.open_to_all.is_(True))


async def list_superintendent_introductions(
    session: Session, borough_codes: Iterable[str]
) -> dict[str, list[HeldEvent]]:
    """Return the held introductions of borough superintendents by borough (C05), soonest first."""
    kind = EventKind.SUPERINTENDENT_INTRODUCTION
    return await _list_held(session, list(borough_codes), CommunityEvent.kind == kind)


async def find_names(
    session: Session, events: Iterable[CommunityEvent], index: EditionIndex
) -> dict[str, str]:
    """Return the names of all boroughs in an index and of the events' wards, retired ones too."""
    names = {entry.borough_code: entry.borough_name for entry in index.entries}
    codes = {link.ward_code for event in events for link in event.wards}
    names |= {code: index.by_code[code].name for code in codes & index.by_code.keys()}
    if retired := codes - names.keys():
        statement = (
            select(Ward.code, Ward.name)
            .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
            .where(Ward.code.in_(sorted(retired)), BoundaryEdition.status != "inactive")
            .order_by(BoundaryEdition.valid_from)
        )
        names |= {row.code: row.name for row in await session.execute(statement)}
    return names


async def _list_held(
    session: Session, borough_codes: list[str], which: ColumnElement[bool]
) -> dict[str, list[HeldEvent]]:
    statement = (
        select(
            CommunityEvent.borough_code,
            CommunityEvent.id,
            CommunityEvent.kind,
            CommunityEvent.title,
            CommunityEvent.starts_at,
            EventRecord.attendance,
            CommunityEvent.published_at,
        )
        .join(EventRecord, EventRecord.event_id == CommunityEvent.id)
        .where(CommunityEvent.status == EventStatus.HELD, which)
        .where(CommunityEvent.borough_code.in_(borough_codes))
        .where(CommunityEvent.starts_at >= london_midnight(PLAN_PUBLISHED_ON))
        .order_by(CommunityEvent.starts_at, CommunityEvent.id)
    )
    held: dict[str, list[HeldEvent]] = {}
    for row in await session.execute(statement):
        event = HeldEvent(
            id=row.id,
            kind=row.kind,
            title=row.title,
            starts_at=row.starts_at,
            attendance=row.attendance,
            announced_before=row.published_at is not None and row.published_at < row.starts_at,
        )
        held.setdefault(row.borough_code, []).append(event)
    return held


def _within(area: EventArea) -> list[ColumnElement[bool]]:
    """Return the conditions of an area; an event without wards is its whole borough's."""
    conditions: list[ColumnElement[bool]] = []
    if area.borough_code is not None:
        conditions.append(CommunityEvent.borough_code == area.borough_code)
    if area.ward_code is not None:
        links = EventWard.event_id == CommunityEvent.id
        own = exists().where(and_(links, EventWard.ward_code == area.ward_code))
        conditions.append(or_(own, not_(exists().where(links))))
    return conditions


def _between(wanted: EventFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of taking place on at least one of the days asked for."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.starts_from is not None:
        begin = london_midnight(wanted.starts_from)
        conditions += [CommunityEvent.ends_at > begin, CommunityEvent.starts_at > begin - LONGEST]
    if wanted.to is not None:
        conditions.append(CommunityEvent.starts_at < london_midnight(wanted.to))
    return conditions
