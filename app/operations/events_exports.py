"""Community events in the shapes that people, maps, tables and calendars take."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from app.domain.events import EventStatus, QuotaLine, awaits_record
from app.domain.wards import PoliceForce
from app.geometry import coordinates_of, point
from app.icalendars import CalendarEntry
from app.models.events import CommunityEvent
from app.models.wards import Borough
from app.schemas.events import (
    CountedEventOut,
    EventOut,
    EventQuotaOut,
    EventRecordOut,
    PointOut,
    QuotaLineOut,
)
from app.schemas.wards import AreaOut

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
COPIED = [
    "id",
    "kind",
    "status",
    "status_reason",
    "title",
    "description",
    "starts_at",
    "ends_at",
    "place",
    "online_url",
    "accessibility",
    "open_to_all",
    "hosts",
    "published_at",
    "created_at",
    "updated_at",
]
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
MOST_EVIDENCE = 200
WHAT_COUNTS = (
    "Events of any kind that were open to all, held and recorded, by the London day on which they "
    "began, since the plan was published: it asks for events that anyone may come to, not for a "
    "format."
)


def describe_event(event: CommunityEvent, names: Mapping[str, str], *, now: datetime) -> EventOut:
    """Return an event, loaded with its wards and record, in the shape that crosses the wire.

    `names` are those of `events_queries.find_names`.
    """
    codes = [link.ward_code for link in event.wards]
    where = None if event.location is None else coordinates_of(event.location)
    return EventOut(
        **{name: getattr(event, name) for name in COPIED},
        awaiting_record=awaits_record(event.status, event.ends_at, now=now),
        borough=AreaOut(code=event.borough_code, name=names[event.borough_code]),
        wards=[AreaOut(code=code, name=names[code]) for code in codes],
        location=None if where is None else PointOut(lat=where[1], lng=where[0]),
        record=None if event.record is None else EventRecordOut.model_validate(event.record),
        sequence=event.ical_sequence,
    )


def describe_quota(borough: Borough, lines: Sequence[QuotaLine], *, today: date) -> EventQuotaOut:
    """Return a borough's standing against plan C06; under another force, why there is none."""
    measured = borough.police_force == PoliceForce.METROPOLITAN
    reason = f"The plan is the Metropolitan Police's; {borough.name} has a force of its own."
    return EventQuotaOut(
        borough=AreaOut(code=borough.code, name=borough.name),
        commitment="C06",
        as_of=today,
        measured=measured,
        reason=None if measured else reason,
        what_counts=WHAT_COUNTS,
        lines=[_quota_line(line) for line in lines if measured],
    )


def _quota_line(line: QuotaLine) -> QuotaLineOut:
    return QuotaLineOut(
        reading=line.reading,
        assumed=line.assumed,
        starts_on=line.starts_on,
        due_on=line.due_on,
        target=line.target,
        value=line.value,
        shortfall=line.shortfall,
        status=line.status,
        events=[CountedEventOut.model_validate(event) for event in line.events[:MOST_EVIDENCE]],
    )


def event_properties(event: EventOut) -> dict[str, Any]:
    """Return all of an event but its point, for the feature that stands for it on a map."""
    return event.model_dump(mode="json", exclude={"location"})


def event_shape(event: EventOut) -> BaseGeometry | None:
    """Return an event's point, or `None` where only the place's name is known."""
    return None if event.location is None else point(event.location.lng, event.location.lat)


def event_row(event: EventOut) -> list[Any]:
    """Return an event as one row under `CSV_HEADER`."""
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


def calendar_entry(event: EventOut, base_url: str) -> CalendarEntry:
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
