"""Facilities in the shapes that cross the wire: JSON, maps and tables."""

from datetime import date, datetime
from typing import Any

from fastapi import Response

from app.dependencies import tagged
from app.domain.events import london_day
from app.domain.facilities import CounterSpans, is_open_at
from app.domain.spans import span_of
from app.geometry import coordinates_of, point
from app.models.facilities import Facility, FacilityHours
from app.models.wards import Borough
from app.operations.atlas import EditionIndex
from app.operations.facilities_queries import standing_hours
from app.representations import csv_response, feature, geojson_response
from app.schemas.events import CoordinatesOut
from app.schemas.facilities import (
    CounterGapOut,
    CounterSpansOut,
    DaySpanOut,
    FacilityDetailOut,
    FacilityOut,
    HoursOut,
)
from app.schemas.wards import AreaOut

COPIED = ("id", "kind", "name", "address", "opened_on", "closed_on", "close_reason")
CSV_HEADER = (
    "id",
    "borough_code",
    "borough_name",
    "kind",
    "name",
    "address",
    "lat",
    "lng",
    "opened_on",
    "closed_on",
    "close_reason",
    "on",
    "in_service",
    "open_24_7",
    "weekly",
    "valid_from",
    "verified_on",
    "source",
)


def facility_out(facility: Facility, index: EditionIndex, on: date) -> FacilityOut:
    """Return a facility, loaded with its hours, as it stands on a day."""
    return FacilityOut(**_told(facility, index, on))


def detail_out(
    facility: Facility, index: EditionIndex, now: datetime, response: Response
) -> FacilityDetailOut:
    """Return a facility with its history, and whether it is open now; tags the answer."""
    tagged(response, facility.version)
    life = span_of(facility.opened_on, facility.closed_on)
    rows = sorted(facility.hours, key=lambda row: (row.valid_from, row.id))
    return FacilityDetailOut(
        **_told(facility, index, london_day(now)),
        open_now=is_open_at(standing_hours(facility), life, now),
        history=[HoursOut.model_validate(row) for row in rows],
    )


def counters_out(
    borough: Borough, found: CounterSpans | None, period: tuple[date, date]
) -> CounterSpansOut:
    """Return on which days a borough had a 24/7 counter; `None` where the Met has none to keep."""
    reason = f"The plan is the Metropolitan Police's; {borough.name} has a force of its own."
    return CounterSpansOut(
        borough=AreaOut(code=borough.code, name=borough.name),
        commitment="C19",
        from_=period[0],
        to=period[1],
        measured=found is not None,
        reason=reason if found is None else None,
        recorded=found is not None and found.recorded,
        holds=found is not None and found.holds,
        since=None if found is None else found.since,
        days_with=0 if found is None else found.days_with,
        days_without=0 if found is None else found.days_without,
        verified_on=None if found is None else found.verified_on,
        facility_ids=[] if found is None else list(found.facility_ids),
        spans=[] if found is None else [DaySpanOut.model_validate(s) for s in found.spans],
        gaps=[] if found is None else [_gap(gap) for gap in found.gaps],
    )


def as_geojson(found: list[FacilityOut]) -> Response:
    """Return facilities as a map layer; one without a point has a null geometry."""
    features = [
        feature(
            None if one.location is None else point(one.location.lng, one.location.lat),
            one.model_dump(mode="json", exclude={"location"}),
            str(one.id),
        )
        for one in found
    ]
    return geojson_response({"type": "FeatureCollection", "features": features})


def as_csv(found: list[FacilityOut]) -> Response:
    """Return facilities as a table."""
    return csv_response("facilities", CSV_HEADER, [_row(one) for one in found])


def _told(facility: Facility, index: EditionIndex, on: date) -> dict[str, Any]:
    kept = _hours_on(facility, on)
    in_service = span_of(facility.opened_on, facility.closed_on).contains(on)
    names = {entry.borough_code: entry.borough_name for entry in index.entries}
    where = None if facility.location is None else coordinates_of(facility.location)
    return {
        **{name: getattr(facility, name) for name in COPIED},
        "borough": AreaOut(code=facility.borough_code, name=names.get(facility.borough_code, "")),
        "location": None if where is None else CoordinatesOut(lat=where[1], lng=where[0]),
        "on": on,
        "in_service": in_service,
        "open_24_7": in_service and kept is not None and kept.is_24_7,
        "hours": None if kept is None or not in_service else HoursOut.model_validate(kept),
        "created_at": facility.created_at,
        "updated_at": facility.updated_at,
    }


def _hours_on(facility: Facility, on: date) -> FacilityHours | None:
    standing = (row for row in facility.hours if row.retracted_at is None)
    return next((r for r in standing if span_of(r.valid_from, r.valid_to).contains(on)), None)


def _gap(gap: Any) -> CounterGapOut:
    return CounterGapOut(
        starts_on=gap.days.starts_on,
        ends_on=gap.days.ends_on,
        days=gap.days.days,
        cause=gap.cause,
        facility_id=gap.facility_id,
        facility_name=gap.facility_name,
        reason=gap.reason,
    )


def _row(one: FacilityOut) -> list[Any]:
    hours, where = one.hours, one.location
    computed = {
        "borough_code": one.borough.code,
        "borough_name": one.borough.name,
        "lat": None if where is None else where.lat,
        "lng": None if where is None else where.lng,
        "in_service": str(one.in_service).lower(),
        "open_24_7": str(one.open_24_7).lower(),
        "weekly": None if hours is None else _in_words(hours.weekly),
        "valid_from": None if hours is None else hours.valid_from,
        "verified_on": None if hours is None else hours.verified_on,
        "source": None if hours is None else hours.source,
    }
    plain = one.model_dump(mode="json")
    return [computed[name] if name in computed else plain[name] for name in CSV_HEADER]


def _in_words(weekly: dict[str, Any]) -> str:
    """Return weekly hours in one cell: `monday 09:00-17:00; saturday 10:00-14:00`."""
    return "; ".join(
        f"{day} {', '.join('-'.join(times) for times in ranges)}" for day, ranges in weekly.items()
    )
