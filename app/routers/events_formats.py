"""Community events as maps, tables and calendars."""

import asyncio
from typing import Any

from fastapi import Response

from app.domain.events import EventStatus
from app.geometry import point
from app.icalendars import CalendarEntry, render_calendar
from app.representations import csv_response, feature, geojson_response
from app.schemas.events import EventOut

CALENDAR_STATUSES = {
    EventStatus.PUBLISHED: "CONFIRMED",
    EventStatus.HELD: "CONFIRMED",
    EventStatus.POSTPONED: "TENTATIVE",
    EventStatus.CANCELLED: "CANCELLED",
    EventStatus.NOT_HELD: "CANCELLED",
}
CALENDAR_NOTES = {
    EventStatus.POSTPONED: "Postponed, with a new date to come",
    EventStatus.CANCELLED: "Cancelled",
    EventStatus.NOT_HELD: "Not held",
}
CSV_HEADER = [
    "id",
    "kind",
    "status",
    "status_reason",
    "title",
    "description",
    "borough_code",
    "borough_name",
    "ward_codes",
    "starts_at",
    "ends_at",
    "place",
    "lat",
    "lng",
    "online_url",
    "accessibility",
    "open_to_all",
    "hosts",
    "attendance",
    "updated_at",
]
LIST_MARK = "; "


def as_geojson(found: list[EventOut]) -> Response:
    """Return events as a map layer; one without a point has a null geometry."""
    features = [_feature(event) for event in found]
    return geojson_response({"type": "FeatureCollection", "features": features})


def as_csv(found: list[EventOut], area_code: str) -> Response:
    """Return events as a table, named after their area."""
    return csv_response(f"events-{area_code}", CSV_HEADER, [_row(event) for event in found])


async def as_calendar(found: list[EventOut], area_code: str, name: str, base_url: str) -> Response:
    """Return events as a calendar, written in a thread because a large one takes a while."""
    entries = [_entry(event, base_url) for event in found]
    body = await asyncio.to_thread(render_calendar, name, entries)
    headers = {"Content-Disposition": f'inline; filename="events-{area_code}.ics"'}
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


def _feature(event: EventOut) -> dict[str, Any]:
    where = event.location
    shape = None if where is None else point(where.lng, where.lat)
    return feature(shape, event.model_dump(mode="json", exclude={"location"}), str(event.id))


def _row(event: EventOut) -> list[Any]:
    plain = event.model_dump(mode="json")
    computed = {
        "borough_code": event.borough.code,
        "borough_name": event.borough.name,
        "ward_codes": LIST_MARK.join(ward.code for ward in event.wards),
        "lat": None if event.location is None else event.location.lat,
        "lng": None if event.location is None else event.location.lng,
        "accessibility": LIST_MARK.join(event.accessibility),
        "open_to_all": str(event.open_to_all).lower(),
        "hosts": LIST_MARK.join(event.hosts),
        "attendance": None if event.record is None else event.record.attendance,
    }
    return [computed.get(name, plain.get(name)) for name in CSV_HEADER]


def _entry(event: EventOut, base_url: str) -> CalendarEntry:
    """Return an event for calendars; one that will not be stays, cancelled, and phones hear it."""
    status = EventStatus(event.status)
    where = event.location
    return CalendarEntry(
        uid=str(event.id),
        sequence=event.sequence,
        status=CALENDAR_STATUSES[status],
        summary=event.title,
        description="\n\n".join(_paragraphs(event, status)),
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        location=event.place,
        point=None if where is None else (where.lat, where.lng),
        url=f"{base_url}/v1/events/{event.id}",
        category=event.kind.replace("_", " ").capitalize(),
        created_at=event.created_at,
        updated_at=event.updated_at,
    )


def _paragraphs(event: EventOut, status: EventStatus) -> list[str]:
    paragraphs = [event.description]
    if status in CALENDAR_NOTES:
        paragraphs.insert(0, f"{CALENDAR_NOTES[status]}: {event.status_reason}")
    if event.online_url is not None:
        paragraphs.append(f"Join online: {event.online_url}")
    paragraphs.append("Open to all." if event.open_to_all else "By invitation.")
    return paragraphs
