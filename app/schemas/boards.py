"""Boards, their seats, meetings and decisions as they cross the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from app.domain.boards import DecisionOutcome, MeetingStatus, MemberKind
from app.schemas.base import In, Instant, Out, Text
from app.schemas.events import BoroughRef, HttpsUrl, Line

Name = Annotated[Line, Field(max_length=120, examples=["Lewisham policing and partnership board"])]
Terms = Annotated[Text, Field(max_length=4000, description="Terms of reference in full.")]
Because = Annotated[Text, Field(max_length=500, examples=["Replaced by a new board."])]
Label = Annotated[
    Line,
    Field(
        max_length=80,
        description="What the seat is called; name no member of the public.",
        examples=["Chair of the residents' forum"],
    ),
]
FirstDay = Annotated[date, Field(description="First day.", examples=["2024-06-03"])]
EndDay = Annotated[date, Field(description="The day after the last one.", examples=["2026-06-03"])]
Attendance = Annotated[
    dict[MemberKind, Annotated[int, Field(ge=0, le=1000)]],
    Field(description="How many came, by kind of member.", examples=[{"public": 4, "police": 3}]),
]
DecisionText = Annotated[
    Text, Field(max_length=1000, examples=["Publish the patrol plan of the station square."])
]
Owner = Annotated[
    Line,
    Field(
        max_length=120,
        description="Who does it, as a role or body.",
        examples=["Neighbourhood inspector"],
    ),
]


class BoardIn(In):
    """A board of a borough."""

    borough: BoroughRef
    name: Name
    terms: Terms | None = None
    terms_url: HttpsUrl | None = None
    established_on: FirstDay


class BoardPatchIn(In):
    """What may change about a board; an end needs a reason."""

    name: Name | MISSING = MISSING
    terms: Terms | MISSING | None = MISSING
    terms_url: HttpsUrl | MISSING | None = MISSING
    established_on: FirstDay | MISSING = MISSING
    dissolved_on: EndDay | MISSING | None = MISSING
    dissolve_reason: Because | MISSING | None = MISSING


class MemberIn(In):
    """A seat on a board, from a day on. It names no person."""

    model_config = ConfigDict(use_enum_values=True)

    kind: MemberKind
    label: Label | None = None
    starts_on: FirstDay
    ends_on: EndDay | None = None


class MemberPatchIn(In):
    """What may change about a seat; what is left out stays."""

    label: Label | MISSING | None = MISSING
    starts_on: FirstDay | MISSING = MISSING
    ends_on: EndDay | MISSING | None = MISSING


class MeetingIn(In):
    """A meeting of a board that is planned, or that was held before it was entered."""

    model_config = ConfigDict(use_enum_values=True)

    meets_on: date = Field(description="London day.", examples=["2024-09-12"])
    status: Literal["planned", "held"] = "planned"
    open_to_public: bool
    attendance: Attendance = {}
    minutes_url: HttpsUrl | None = Field(default=None, examples=[None])
    minutes_published_on: date | None = None


class MeetingPatchIn(In):
    """What may change about a meeting; a planned one becomes held or cancelled."""

    model_config = ConfigDict(use_enum_values=True)

    meets_on: date | MISSING = MISSING
    status: MeetingStatus | MISSING = MISSING
    status_reason: Because | MISSING | None = MISSING
    open_to_public: bool | MISSING = MISSING
    attendance: Attendance | MISSING = MISSING
    minutes_url: HttpsUrl | MISSING | None = MISSING
    minutes_published_on: date | MISSING | None = MISSING


class DecisionIn(In):
    """What a meeting decided, who does it, and by when."""

    text: DecisionText
    owner: Owner
    due_on: date | None = Field(default=None, examples=["2024-12-01"])


class DecisionPatchIn(In):
    """What may change about a decision; an outcome goes with its day."""

    model_config = ConfigDict(use_enum_values=True)

    text: DecisionText | MISSING = MISSING
    owner: Owner | MISSING = MISSING
    due_on: date | MISSING | None = MISSING
    outcome: DecisionOutcome | MISSING | None = MISSING
    outcome_on: date | MISSING | None = MISSING
    outcome_note: Annotated[Text, Field(max_length=1000)] | MISSING | None = MISSING


class EditedOut(Out):
    """What every editable row says of itself."""

    id: UUID
    created_at: Instant
    updated_at: Instant


class MemberOut(EditedOut):
    """A seat on a board."""

    kind: str
    label: str = Field(description="The seat's own label, or what such a seat is called.")
    starts_on: date
    ends_on: date | None


class DecisionOut(EditedOut):
    """What a board decided and what came of it."""

    meeting_id: UUID
    text: str
    decided_on: date
    owner: str
    due_on: date | None
    outcome: str | None = Field(description="Null while it is open.")
    outcome_on: date | None
    outcome_note: str | None


class MeetingOut(EditedOut):
    """A meeting of a board, with what it decided."""

    meets_on: date
    status: str = Field(description="`planned`, `held` or `cancelled`.")
    status_reason: str | None
    open_to_public: bool
    attendance: dict[str, int] = Field(description="How many came, by kind of member.")
    minutes_url: str | None
    minutes_published_on: date | None
    decisions: list[DecisionOut]


class BoardFiguresOut(Out):
    """How often a board met up to the day asked for, and what became of its decisions."""

    meetings_held: int
    meetings_cancelled: int
    minutes_published: int
    last_held_on: date | None
    next_planned_on: date | None
    decisions: int
    decisions_open: int
    decisions_overdue: int


class BoardOut(EditedOut):
    """A board, and how it stands on a day."""

    borough_code: str
    name: str
    terms: str | None
    terms_url: str | None
    established_on: date
    dissolved_on: date | None
    dissolve_reason: str | None
    on: date = Field(description="The day this answers for.")
    active: bool = Field(description="Whether it is at work that day.")
    composition: dict[str, int] = Field(description="Members by kind, that day.")
    mixed: bool = Field(
        description="Whether the public, community leaders and the police all sit on it that day."
    )
    mixed_since: date | None = Field(description="Since when that answer holds; null for ever.")
    figures: BoardFiguresOut


class BoardDetailOut(BoardOut):
    """A board with its latest meetings and the decisions they took."""

    meetings: list[MeetingOut] = Field(description="The latest 20, newest first.")
