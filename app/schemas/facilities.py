"""Facilities, their hours and a borough's 24/7 counters as they cross the wire."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from app.domain.facilities import FacilityKind
from app.schemas.base import In, Instant, Out, Text
from app.schemas.events import BoroughRef, CoordinatesIn, CoordinatesOut, Line
from app.schemas.wards import AreaOut

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
OpeningTimes = Annotated[
    list[Annotated[list[Clock], Field(min_length=2, max_length=2)]], Field(max_length=6)
]
WeeklyHours = Annotated[
    dict[Weekday, OpeningTimes],
    Field(
        description="London opening times by weekday; a day that is not named is closed. Hours "
        "past midnight go on in the next day: until `24:00`, then from `00:00`.",
        examples=[{"monday": [["09:00", "17:00"]], "saturday": [["10:00", "14:00"]]}],
    ),
]
Because = Annotated[Text, Field(max_length=500, examples=["The lease ended."])]
Name = Annotated[Line, Field(max_length=120, examples=["Lewisham front counter"])]
Address = Annotated[Line, Field(max_length=300, examples=["1 Example Road, London"])]


class HoursIn(In):
    """The hours a facility keeps from a day on, until they change again."""

    valid_from: date = Field(description="First day.", examples=["2024-04-01"])
    is_24_7: bool = Field(examples=[False])
    weekly: WeeklyHours = {}
    verified_on: date = Field(
        description="The day somebody made sure of it.", examples=["2024-04-02"]
    )
    source: Annotated[Line, Field(max_length=300)] = Field(
        description="How it is known.", examples=["Notice at the door"]
    )
    reason: Because | None = Field(
        default=None,
        description="Needed where this corrects hours already entered for that day or later ones.",
    )


class FacilityIn(In):
    """A police building that residents can walk into."""

    model_config = ConfigDict(use_enum_values=True)

    borough: BoroughRef
    kind: FacilityKind
    name: Name
    address: Address
    location: CoordinatesIn | None = None
    opened_on: date = Field(description="First day.", examples=["2023-10-02"])


class FacilityPatchIn(In):
    """What may change about a facility; closing it needs a reason."""

    name: Name | MISSING = MISSING
    address: Address | MISSING = MISSING
    location: CoordinatesIn | MISSING | None = MISSING
    closed_on: date | MISSING | None = Field(
        default=MISSING, description="The first day on which it is closed for good."
    )
    close_reason: Because | MISSING | None = MISSING


class HoursOut(Out):
    """Hours that were kept, or were wrongly entered and then retracted."""

    id: UUID
    valid_from: date
    valid_to: date | None = Field(description="The day after the last one.")
    is_24_7: bool
    weekly: dict[str, Any] = Field(description="London opening times by weekday.")
    verified_on: date
    source: str
    recorded_at: Instant
    retracted_at: Instant | None = Field(description="When it turned out wrong.")
    retracted_reason: str | None


class FacilityOut(Out):
    """A facility, and the hours it keeps on the day asked for."""

    id: UUID
    borough: AreaOut
    kind: str
    name: str
    address: str
    location: CoordinatesOut | None
    opened_on: date
    closed_on: date | None
    close_reason: str | None
    on: date = Field(description="The day this answers for.")
    in_service: bool = Field(description="Whether it is not closed for good that day.")
    open_24_7: bool = Field(description="Whether it never closes that day.")
    hours: HoursOut | None = Field(description="The hours of that day; null where unknown.")
    created_at: Instant
    updated_at: Instant


class FacilityDetailOut(FacilityOut):
    """A facility with the whole history of its hours."""

    open_now: bool | None = Field(description="Whether it is open now; null where unknown.")
    history: list[HoursOut] = Field(description="By first day; retracted rows stay.")


class DaySpanOut(Out):
    """The days `[starts_on, ends_on)`."""

    starts_on: date
    ends_on: date
    days: int


class CounterGapOut(DaySpanOut):
    """Days without a 24/7 front counter, and what ended the last one."""

    cause: str = Field(description="`never_had_one`, `counter_closed` or `hours_changed`.")
    facility_id: UUID | None
    facility_name: str | None
    reason: str | None


class CounterSpansOut(Out):
    """Whether a borough has at least one front counter that never closes (C19)."""

    borough: AreaOut
    commitment: str = Field(examples=["C19"])
    from_: date = Field(serialization_alias="from")
    to: date = Field(description="Not included.")
    measured: bool
    reason: str | None = Field(description="Why it is not measured here.")
    recorded: bool = Field(description="Whether any front counter was ever entered.")
    holds: bool = Field(description="Whether there is one on the last day.")
    since: date | None = Field(description="Since when that is so; null: there never was one.")
    days_with: int
    days_without: int
    verified_on: date | None = Field(description="When the hours were last made sure of.")
    facility_ids: list[UUID] = Field(description="The 24/7 counters of the last day.")
    spans: list[DaySpanOut]
    gaps: list[CounterGapOut]
