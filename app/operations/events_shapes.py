"""Community events and the borough quota in the shapes that cross the wire."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from app.domain.disputes import DisputeCounts
from app.domain.event_quotas import QuotaLine
from app.domain.events import awaits_record
from app.domain.wards import PoliceForce
from app.geometry import coordinates_of
from app.models.events import CommunityEvent, EventRecord
from app.models.wards import Borough
from app.schemas.events import (
    CoordinatesOut,
    CountedEventOut,
    EventOut,
    EventQuotaOut,
    EventRecordOut,
    QuotaLineOut,
)
from app.schemas.wards import AreaOut

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
MOST_EVIDENCE = 200
WHAT_COUNTS = (
    "Events of any kind that were open to all, held and recorded, by the London day on which they "
    "began, since the plan was published: it asks for events that anyone may come to, not for a "
    "format."
)


def describe_event(
    event: CommunityEvent,
    names: Mapping[str, str],
    disputes: Mapping[UUID, DisputeCounts],
    *,
    now: datetime,
) -> EventOut:
    """Return an event, loaded with its wards and record, in the shape that crosses the wire.

    `names` are those of `events_queries.find_names`, `disputes` those of
    `disputes_queries.counts_of_records`.
    """
    codes = [link.ward_code for link in event.wards]
    where = None if event.location is None else coordinates_of(event.location)
    return EventOut(
        **{name: getattr(event, name) for name in COPIED},
        awaiting_record=awaits_record(event.status, event.ends_at, now=now),
        borough=AreaOut(code=event.borough_code, name=names[event.borough_code]),
        wards=[AreaOut(code=code, name=names[code]) for code in codes],
        location=None if where is None else CoordinatesOut(lat=where[1], lng=where[0]),
        record=_describe_record(event.record, disputes),
        sequence=event.ical_sequence,
    )


def _describe_record(
    record: EventRecord | None, disputes: Mapping[UUID, DisputeCounts]
) -> EventRecordOut | None:
    if record is None:
        return None
    counted = {"disputes", "awaiting_correction"}
    told = {name: getattr(record, name) for name in EventRecordOut.model_fields.keys() - counted}
    counts = disputes.get(record.event_id, DisputeCounts())
    owed = counts.call_for_correction(record.recorded_at)
    return EventRecordOut.model_validate({**told, "disputes": counts, "awaiting_correction": owed})


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
