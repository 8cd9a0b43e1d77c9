"""How facilities change: they open and close, and their hours change without losing the old."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import WriteSession
from app.domain.events import london_day
from app.domain.facilities import require_hours
from app.domain.identity import Caller
from app.domain.spans import span_of
from app.domain.teams import require_day
from app.domain.wards import PoliceForce
from app.errors import (
    FacilityClosedError,
    FacilityOutsideBoroughError,
    InvalidRequestError,
    NotFoundError,
    NotPolicedByMetError,
    ReasonRequiredError,
)
from app.geometry import coordinates_of, point, stored
from app.models.base import new_id, require_version
from app.models.facilities import Facility, FacilityHours
from app.operations import audit
from app.operations.atlas import EditionIndex
from app.operations.wards import get_borough
from app.schemas.events import CoordinatesIn
from app.schemas.facilities import FacilityIn, FacilityPatchIn, HoursIn

COORDINATE_DIGITS = 6


async def create_facility(
    session: WriteSession,
    caller: Caller,
    *,
    given: FacilityIn,
    now: datetime,
    atlas_index: EditionIndex,
) -> Facility:
    """Enter a facility of a borough that the Met polices; its hours follow on their own."""
    borough = await get_borough(session, given.borough)
    caller.require_territory(borough_code=borough.code)
    if borough.police_force != PoliceForce.METROPOLITAN:
        raise NotPolicedByMetError(f"{borough.name} has a police of its own.", pointer="/borough")
    require_day(given.opened_on, "/opened_on")
    facility = Facility(
        id=new_id(),
        borough_code=borough.code,
        location=_located(atlas_index, borough.code, given.location),
        closed_on=None,
        close_reason=None,
        created_at=now,
        updated_at=now,
        version=1,
        hours=[],
        **given.model_dump(exclude={"borough", "location"}),
    )
    session.add(facility)
    detail = {"after": given.model_dump(mode="json")}
    _note(session, caller, "create_facility", facility, detail=detail)
    await session.flush()
    return facility


async def edit_facility(
    session: WriteSession,
    caller: Caller,
    facility_id: UUID,
    *,
    patch: FacilityPatchIn,
    expected: int | None,
    now: datetime,
    atlas_index: EditionIndex,
) -> Facility:
    """Change what a facility is called or where it is, or close it with a reason."""
    facility = await _lock_facility(session, caller, facility_id)
    require_version(facility, expected)
    fields = patch.model_dump()
    before = {name: _plain(getattr(facility, name)) for name in fields}
    if "location" in fields:
        place = None if fields["location"] is None else CoordinatesIn(**fields["location"])
        facility.location = _located(atlas_index, facility.borough_code, place)
    for name, value in fields.items():
        if name != "location":
            setattr(facility, name, value)
    _require_closing(facility, fields)
    facility.version, facility.updated_at = facility.version + 1, now
    detail = {"before": before, "after": patch.model_dump(mode="json")}
    reason = facility.close_reason
    _note(session, caller, "edit_facility", facility, detail=detail, reason=reason)
    await session.flush()
    return facility


async def set_hours(
    session: WriteSession,
    caller: Caller,
    facility_id: UUID,
    *,
    given: HoursIn,
    expected: int | None,
    now: datetime,
) -> Facility:
    """Say which hours a facility keeps from a day on; what it kept before stays to be read.

    The row that ran on that day is closed the day before. Rows that begin on that day or later are
    retracted, which needs a reason: they said something else of the same days.
    """
    facility = await _lock_facility(session, caller, facility_id)
    require_version(facility, expected)
    _require_sensible(facility, given, today=london_day(now))
    standing = [row for row in facility.hours if row.retracted_at is None]
    corrected = [row for row in standing if row.valid_from >= given.valid_from]
    if corrected and not given.reason:
        raise ReasonRequiredError(
            f"Hours are entered from {corrected[0].valid_from} on: say why they are corrected.",
            pointer="/reason",
        )
    before = [_row_as_json(row) for row in standing]
    for row in corrected:
        row.retracted_at, row.retracted_reason = now, given.reason
    for row in standing:
        if row not in corrected and span_of(row.valid_from, row.valid_to).contains(
            given.valid_from
        ):
            row.valid_to = given.valid_from
    await session.flush()  # the old rows make room before the new one comes
    facility.hours.append(_new_row(facility, caller, given, now))
    facility.version, facility.updated_at = facility.version + 1, now
    detail = {"before": {"hours": before}, "after": given.model_dump(mode="json")}
    action = "correct_facility_hours" if corrected else "set_facility_hours"
    _note(session, caller, action, facility, detail=detail, reason=given.reason)
    await session.flush()
    return facility


def _new_row(facility: Facility, caller: Caller, given: HoursIn, now: datetime) -> FacilityHours:
    return FacilityHours(
        id=new_id(),
        facility_id=facility.id,
        valid_to=None,
        recorded_at=now,
        recorded_by=caller.subject,
        retracted_at=None,
        retracted_reason=None,
        **given.model_dump(exclude={"reason"}),
    )


def _require_sensible(facility: Facility, given: HoursIn, *, today: date) -> None:
    require_day(given.valid_from, "/valid_from")
    require_day(given.verified_on, "/verified_on")
    if given.verified_on > today:
        raise InvalidRequestError(
            "Nobody made sure of it on a day to come.", pointer="/verified_on"
        )
    if not span_of(facility.opened_on, facility.closed_on).contains(given.valid_from):
        until = facility.closed_on or "further notice"
        raise FacilityClosedError(
            f"The facility is in service from {facility.opened_on} until {until}.",
            pointer="/valid_from",
        )
    require_hours(is_24_7=given.is_24_7, weekly=given.model_dump()["weekly"])


def _require_closing(facility: Facility, fields: Mapping[str, Any]) -> None:
    """Raise unless a facility closes after it opened, and with a reason."""
    if facility.closed_on is None:
        if fields.get("close_reason"):
            raise InvalidRequestError("A reason to close needs a day.", pointer="/closed_on")
        facility.close_reason = None
        return
    require_day(facility.closed_on, "/closed_on")
    if facility.closed_on < facility.opened_on:
        raise InvalidRequestError("It closes after it opened.", pointer="/closed_on")
    if not facility.close_reason:
        raise ReasonRequiredError("Say why the facility closes.", pointer="/close_reason")


async def _lock_facility(session: WriteSession, caller: Caller, facility_id: UUID) -> Facility:
    statement = (
        select(Facility)
        .where(Facility.id == facility_id)
        .options(selectinload(Facility.hours))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    facility = (await session.scalars(statement)).first()
    if facility is None:
        raise NotFoundError("facility", facility_id)
    caller.require_territory(borough_code=facility.borough_code)
    return facility


def _located(index: EditionIndex, borough_code: str, place: CoordinatesIn | None) -> Any:
    if place is None:
        return None
    entry = index.ward_at(place.lng, place.lat)
    if entry is None or entry.borough_code != borough_code:
        where = "outside London" if entry is None else f"in {entry.borough_name}"
        raise FacilityOutsideBoroughError(
            f"That point lies {where}, not in {borough_code}.", pointer="/location"
        )
    return stored(point(round(place.lng, COORDINATE_DIGITS), round(place.lat, COORDINATE_DIGITS)))


def _row_as_json(row: FacilityHours) -> dict[str, Any]:
    names = ("id", "valid_from", "valid_to", "is_24_7", "weekly", "verified_on", "source")
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    """Return a value as the audit trail keeps it."""
    if value is None or isinstance(value, bool | str | dict):
        return value
    if isinstance(value, date | UUID):
        return str(value)
    longitude, latitude = coordinates_of(value)
    return {"lat": latitude, "lng": longitude}


def _note(
    session: WriteSession,
    caller: Caller,
    action: str,
    facility: Facility,
    *,
    detail: dict[str, Any],
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        caller,
        action,
        ("facility", facility.id),
        now=facility.updated_at,
        borough_code=facility.borough_code,
        reason=reason,
        detail=detail,
    )
