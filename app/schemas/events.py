"""Community events, their records and the borough quota as they cross the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    MISSING,
    AfterValidator,
    AnyUrl,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    UrlConstraints,
)

from app.domain.events import Accessibility, AttendanceMethod, EventKind
from app.schemas.base import In, Instant, InstantIn, Out, Text
from app.schemas.dispute_counts import DisputeCountsOut
from app.schemas.wards import AreaOut, Latitude, Longitude

URL_LENGTH = 500
_HTTPS = TypeAdapter(
    Annotated[AnyUrl, UrlConstraints(allowed_schemes=["https"], host_required=True)]
)


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("each value may stand here once")
    return values


def _https_address(text: str) -> str:
    """Return an https address as browsers write it; a name before an @ misleads and is refused."""
    url = _HTTPS.validate_python(text)
    if url.username is not None or url.password is not None:
        raise ValueError("an address must not carry a user name or password")
    if len(str(url)) > URL_LENGTH:
        raise ValueError(f"the address is longer than {URL_LENGTH} characters when written out")
    return str(url)


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""Plain text on one line; narrow it with `max_length` where it is used."""

Title = Annotated[Line, Field(max_length=120, examples=["Meet your ward team at the library"])]
Description = Annotated[
    Text, Field(max_length=2000, examples=["Tell us what should change. Tea and biscuits."])
]
Place = Annotated[Line, Field(max_length=200, examples=["Example Library, 1 Example Road"])]
Reason = Annotated[Text, Field(max_length=500, examples=["The hall is flooded."])]
HttpsUrl = Annotated[
    str,
    Field(
        max_length=URL_LENGTH,
        examples=["https://meet.example/ward"],
        json_schema_extra={"format": "uri", "pattern": "^https://"},
    ),
    AfterValidator(_https_address),
]
BoroughRef = Annotated[str, Field(pattern=r"^E09\d{6}$", examples=["E09000023"])]
WardRefs = Annotated[
    list[Annotated[str, Field(pattern=r"^E05\d{6}$")]],
    AfterValidator(_distinct),
    Field(
        max_length=40,
        json_schema_extra={"uniqueItems": True},
        examples=[["E05013714"]],
        description="Wards of the borough that the event serves; none means the whole borough.",
    ),
]
AccessibilityList = Annotated[
    list[Accessibility],
    AfterValidator(_distinct),
    Field(max_length=7, json_schema_extra={"uniqueItems": True}, examples=[["step_free", "bsl"]]),
]
Hosts = Annotated[
    list[Annotated[Line, Field(max_length=80)]],
    Field(max_length=10, examples=[["Ward team", "Residents' association"]]),
]
StartsAt = Annotated[InstantIn, Field(examples=["2027-03-11T18:30:00+00:00"])]
EndsAt = Annotated[InstantIn, Field(examples=["2027-03-11T20:00:00+00:00"])]


class CoordinatesIn(In):
    """A point on the ground, in WGS 84 degrees."""

    lat: Annotated[Latitude, Field(allow_inf_nan=False, examples=[51.4613])]
    lng: Annotated[Longitude, Field(allow_inf_nan=False, examples=[-0.0106])]


class EventIn(In):
    """An event to be prepared; it begins as a draft that only its team sees."""

    model_config = ConfigDict(use_enum_values=True)

    kind: EventKind
    title: Title
    description: Description
    borough: BoroughRef
    wards: WardRefs = []
    starts_at: StartsAt
    ends_at: EndsAt
    place: Place
    location: CoordinatesIn | None = None
    online_url: HttpsUrl | None = None
    accessibility: AccessibilityList = []
    open_to_all: bool = Field(description="Whether anyone may come, without invitation.")
    hosts: Hosts = []


class EventPatchIn(In):
    """Changes to an event; what is absent stays as it is. A `status` moves it, with a `reason`."""

    model_config = ConfigDict(use_enum_values=True)

    kind: EventKind | MISSING = MISSING
    title: Title | MISSING = MISSING
    description: Description | MISSING = MISSING
    wards: WardRefs | MISSING = MISSING
    starts_at: StartsAt | MISSING = MISSING
    ends_at: EndsAt | MISSING = MISSING
    place: Place | MISSING = MISSING
    location: CoordinatesIn | MISSING | None = MISSING
    online_url: HttpsUrl | MISSING | None = MISSING
    accessibility: AccessibilityList | MISSING = MISSING
    open_to_all: bool | MISSING = MISSING
    hosts: Hosts | MISSING = MISSING
    status: Literal["published", "postponed", "cancelled", "not_held"] | MISSING = MISSING
    reason: Reason | MISSING = MISSING


class EventRecordIn(In):
    """What happened at an event. It is published: name no person in the notes."""

    model_config = ConfigDict(use_enum_values=True)

    attendance: int = Field(ge=0, le=100_000, examples=[42])
    attendance_method: AttendanceMethod
    notes: Text = Field(max_length=4000, examples=["Most spoke of phone theft at the station."])
    concerns_raised: dict[
        Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")], Annotated[int, Field(ge=1, le=100_000)]
    ] = Field(
        default={},
        max_length=40,
        description="How many people raised each concern, by its slug.",
        examples=[{"robbery": 12, "road-safety": 3}],
    )


class CoordinatesOut(Out):
    """A point on the ground, in WGS 84 degrees."""

    lat: float
    lng: float


class EventRecordOut(Out):
    """What happened at an event."""

    attendance: int
    attendance_method: str = Field(description="`counted`, `estimated` or `registered`.")
    notes: str
    concerns_raised: dict[str, int]
    recorded_at: Instant
    disputes: DisputeCountsOut = Field(description="Of what is recorded here.")
    awaiting_correction: bool = Field(
        description="Whether a dispute of this record was upheld: a corrected one is owed."
    )


class EventOut(Out):
    """One community event."""

    id: UUID
    kind: str = Field(examples=["open_community"])
    status: str = Field(examples=["published"])
    status_reason: str | None = Field(description="Why it is postponed, cancelled or not held.")
    awaiting_record: bool = Field(
        description="Whether its end has passed and nobody has said yet what became of it."
    )
    title: str
    description: str
    borough: AreaOut
    wards: list[AreaOut] = Field(description="The wards it serves; none means the whole borough.")
    starts_at: Instant
    ends_at: Instant
    place: str
    location: CoordinatesOut | None
    online_url: str | None
    accessibility: list[str]
    open_to_all: bool
    hosts: list[str]
    record: EventRecordOut | None
    sequence: int = Field(description="Rises with every public change, as in the calendar.")
    published_at: Instant | None
    created_at: Instant
    updated_at: Instant


class CountedEventOut(Out):
    """An event that counts towards the quota."""

    id: UUID
    kind: str
    title: str
    starts_at: Instant
    attendance: int
    announced_before: bool = Field(description="Whether it was published before it began.")


class QuotaLineOut(Out):
    """One target under one reading of the plan, and the events that count towards it."""

    reading: str = Field(description="`cumulative`, `in_year` or `four_each_year`.")
    assumed: bool = Field(description="Whether the target is our assumption, not the plan's word.")
    starts_on: date
    due_on: date
    target: int
    value: int
    shortfall: int
    status: str = Field(
        description="`met`, `on_track`, `at_risk`, `not_due` or `breached`, as on the borough's "
        "card of promises."
    )
    events: list[CountedEventOut] = Field(description="Soonest first; at most 200 are listed.")


class EventQuotaOut(Out):
    """Whether a borough has held the open events that the plan promises (C06)."""

    borough: AreaOut
    commitment: str = Field(examples=["C06"])
    as_of: date
    measured: bool
    reason: str | None = Field(description="Why it is not measured here.")
    what_counts: str
    lines: list[QuotaLineOut]
