"""Datasets of community events, their wards and records, and of evidence."""

from sqlalchemy import func, select

from app.domain.events import PUBLIC_STATUSES
from app.domain.open_data import Reference
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.evidence import Evidence
from app.operations.open_data import (
    BOROUGH,
    WARD,
    borough_reference,
    column,
    dataset,
    origin,
    ward_reference,
)

_public = CommunityEvent.status.in_(sorted(PUBLIC_STATUSES))
_event = Reference(("event_id",), "events", ("id",))

EVENTS = dataset(
    "events",
    "Community events",
    "Occasions on which residents can meet their team; drafts are not told.",
    (
        column("id", "string", CommunityEvent.id, "Identifier of the event.", unique=True),
        column("kind", "string", CommunityEvent.kind, "Kind of event."),
        column(
            "status",
            "string",
            CommunityEvent.status,
            "How it stands.",
            enum=sorted(PUBLIC_STATUSES),
        ),
        column(
            "status_reason",
            "string",
            CommunityEvent.status_reason,
            "Why it is postponed, cancelled or not held.",
            optional=True,
        ),
        column("title", "string", CommunityEvent.title, "What it is called."),
        column("description", "string", CommunityEvent.description, "What it is about."),
        column("borough_code", "string", CommunityEvent.borough_code, "The borough.", **BOROUGH),
        column("starts_at", "datetime", CommunityEvent.starts_at, "When it begins."),
        column("ends_at", "datetime", CommunityEvent.ends_at, "When it ends."),
        column("place", "string", CommunityEvent.place, "Where, in words."),
        column(
            "longitude",
            "number",
            func.ST_X(CommunityEvent.location),
            "Degrees east, WGS 84.",
            optional=True,
            minimum=-180,
            maximum=180,
        ),
        column(
            "latitude",
            "number",
            func.ST_Y(CommunityEvent.location),
            "Degrees north, WGS 84.",
            optional=True,
            minimum=-90,
            maximum=90,
        ),
        column(
            "online_url",
            "string",
            CommunityEvent.online_url,
            "Where to join online.",
            optional=True,
        ),
        column(
            "accessibility",
            "array",
            CommunityEvent.accessibility,
            "What makes it reachable for more people.",
        ),
        column("open_to_all", "boolean", CommunityEvent.open_to_all, "Whether anyone may come."),
        column("hosts", "array", CommunityEvent.hosts, "Who holds it."),
        column(
            "published_at",
            "datetime",
            CommunityEvent.published_at,
            "When it was published.",
            optional=True,
        ),
        column("updated_at", "datetime", CommunityEvent.updated_at, "When it last changed."),
    ),
    origin(
        CommunityEvent, keys=(CommunityEvent.id,), where=_public, geometry=CommunityEvent.location
    ),
    key=("id",),
    references=(borough_reference(),),
    geometry="The point where it is held, where one is given.",
)

EVENT_WARDS = dataset(
    "event-wards",
    "Wards that events serve",
    "An event without any serves its whole borough.",
    (
        column("event_id", "string", EventWard.event_id, "The event."),
        column("ward_code", "string", EventWard.ward_code, "The ward.", **WARD),
    ),
    origin(
        EventWard,
        joined=select()
        .select_from(EventWard)
        .join(CommunityEvent, CommunityEvent.id == EventWard.event_id),
        keys=(EventWard.event_id, EventWard.ward_code),
        where=_public,
    ),
    key=("event_id", "ward_code"),
    references=(_event, ward_reference()),
)

EVENT_RECORDS = dataset(
    "event-records",
    "Records of events",
    "What happened at an event that was held.",
    (
        column("event_id", "string", EventRecord.event_id, "The event.", unique=True),
        column("attendance", "integer", EventRecord.attendance, "People who came.", minimum=0),
        column(
            "attendance_method",
            "string",
            EventRecord.attendance_method,
            "How they were counted.",
            enum=["counted", "estimated", "registered"],
        ),
        column("notes", "string", EventRecord.notes, "What was said and agreed."),
        column(
            "concerns_raised",
            "object",
            EventRecord.concerns_raised,
            "How many people raised which concern.",
        ),
        column("recorded_at", "datetime", EventRecord.recorded_at, "When it was recorded."),
    ),
    origin(
        EventRecord,
        joined=select()
        .select_from(EventRecord)
        .join(CommunityEvent, CommunityEvent.id == EventRecord.event_id),
        keys=(EventRecord.event_id,),
        where=_public,
    ),
    key=("event_id",),
    references=(_event,),
)

EVIDENCE = dataset(
    "evidence",
    "Evidence",
    "Dated findings about an area; licence and source are those of each row.",
    (
        column("id", "string", Evidence.id, "Identifier of the finding.", unique=True),
        column("kind", "string", Evidence.kind, "Kind of finding."),
        column("borough_code", "string", Evidence.borough_code, "The borough.", **BOROUGH),
        column(
            "ward_code",
            "string",
            Evidence.ward_code,
            "The ward; empty for the whole borough.",
            optional=True,
            **WARD,
        ),
        column("period_from", "date", Evidence.period_from, "First day it is about."),
        column("period_to", "date", Evidence.period_to, "Last day it is about."),
        column("summary", "string", Evidence.summary, "What was found."),
        column("mentions", "object", Evidence.mentions, "How often which concern is mentioned."),
        column("series", "array", Evidence.series, "Monthly counts, where given.", optional=True),
        column("source_name", "string", Evidence.source_name, "Who published it."),
        column("source_url", "string", Evidence.source_url, "Where.", optional=True),
        column("licence", "string", Evidence.licence, "Under which terms."),
        column("retrieved_at", "datetime", Evidence.retrieved_at, "When it was retrieved."),
        column("recorded_at", "datetime", Evidence.recorded_at, "When it was recorded."),
    ),
    origin(Evidence, keys=(Evidence.id,)),
    key=("id",),
    references=(ward_reference(), borough_reference()),
    sources=("The source that each row names",),
)

MEETINGS = (EVENTS, EVENT_WARDS, EVENT_RECORDS, EVIDENCE)
