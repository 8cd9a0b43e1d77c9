"""Facilities as they are read: by borough and day, one by one, and as days with a 24/7 counter."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.facilities import Counter, CounterSpans, FacilityKind, Hours, count_spans
from app.domain.spans import span_of
from app.domain.wards import PoliceForce
from app.errors import NotFoundError
from app.models.facilities import Facility, FacilityHours
from app.models.wards import Borough
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession


@dataclass(frozen=True, slots=True)
class FacilityFilter:
    """Which facilities are asked for, as they stood on a day."""

    on: date
    borough_code: str | None = None
    kind: str | None = None
    open_24_7: bool | None = None
    with_closed: bool = False


async def counter_spans(
    session: Session, *, start: date, end: date, borough_codes: Iterable[str] | None = None
) -> dict[str, CounterSpans]:
    """Return on which days of `[start, end)` each Met borough had a 24/7 front counter, by code.

    All Met boroughs have a key, or those of `borough_codes`, in three statements.
    """
    boroughs = select(Borough.code).where(Borough.police_force == PoliceForce.METROPOLITAN)
    if borough_codes is not None:
        boroughs = boroughs.where(Borough.code.in_(list(borough_codes)))
    codes = list(await session.scalars(boroughs.order_by(Borough.code)))
    counters = await _counters_of(session, codes)
    return {code: count_spans(code, counters.get(code, ()), start=start, end=end) for code in codes}


async def list_facilities(
    session: Session, wanted: FacilityFilter, page: PageRequest
) -> Page[Facility]:
    """Return facilities by borough and in order of entry, with all their hours."""
    statement = select(Facility).options(selectinload(Facility.hours)).where(*_chosen(wanted))
    keys = [Key(Facility.borough_code), Key.uuid(Facility.id)]
    return await fetch_page(session, statement, page, keys)


async def get_facility(session: Session, facility_id: UUID) -> Facility:
    """Return one facility with the whole history of its hours."""
    statement = (
        select(Facility).where(Facility.id == facility_id).options(selectinload(Facility.hours))
    )
    facility = (await session.scalars(statement)).first()
    if facility is None:
        raise NotFoundError("facility", facility_id)
    return facility


def standing_hours(facility: Facility) -> list[Hours]:
    """Return the hours of a facility that stand, by first day; retracted ones are left out."""
    return [
        Hours(span_of(row.valid_from, row.valid_to), row.is_24_7, row.weekly, row.verified_on)
        for row in facility.hours
        if row.retracted_at is None
    ]


async def _counters_of(session: Session, codes: list[str]) -> dict[str, list[Counter]]:
    statement = (
        select(Facility)
        .where(Facility.kind == FacilityKind.FRONT_COUNTER, Facility.borough_code.in_(codes))
        .options(selectinload(Facility.hours))
        .order_by(Facility.opened_on, Facility.id)
    )
    found: dict[str, list[Counter]] = defaultdict(list)
    for row in await session.scalars(statement):
        counter = Counter(
            id=row.id,
            name=row.name,
            borough_code=row.borough_code,
            days=span_of(row.opened_on, row.closed_on),
            close_reason=row.close_reason,
            hours=tuple(standing_hours(row)),
        )
        found[row.borough_code].append(counter)
    return found


def _chosen(wanted: FacilityFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if not wanted.with_closed:
        still_open = or_(Facility.closed_on.is_(None), Facility.closed_on > wanted.on)
        conditions += [Facility.opened_on <= wanted.on, still_open]
    if wanted.borough_code is not None:
        conditions.append(Facility.borough_code == wanted.borough_code)
    if wanted.kind is not None:
        conditions.append(Facility.kind == wanted.kind)
    if wanted.open_24_7 is not None:
        always = _always_open(wanted.on)
        conditions.append(always if wanted.open_24_7 else ~always)
    return conditions


def _always_open(on: date) -> ColumnElement[bool]:
    """Return the condition that a facility is open on a day and keeps 24/7 hours then."""
    kept = and_(
        FacilityHours.facility_id == Facility.id,
        FacilityHours.retracted_at.is_(None),
        FacilityHours.is_24_7.is_(True),
        FacilityHours.valid_from <= on,
        or_(FacilityHours.valid_to.is_(None), FacilityHours.valid_to > on),
    )
    still_open = or_(Facility.closed_on.is_(None), Facility.closed_on > on)
    return and_(Facility.opened_on <= on, still_open, exists().where(kept))
