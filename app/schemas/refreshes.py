"""Refreshes as they cross the wire: the explained proposal, the decision, and the account of it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.domain.evidence import EvidenceKind
from app.domain.priorities import MAX_PRIORITIES, DecidedBy
from app.domain.refresh_decisions import Change
from app.domain.refreshes import ConsultedParty, RefreshStatus, RefreshTrigger, Source
from app.schemas.base import In, Instant, Out, Text
from app.schemas.evidence import ConcernIn
from app.schemas.priorities import ObjectiveIn, Partners, Place, Title
from app.schemas.wards import AreaOut

Reason = Annotated[Text, Field(max_length=1000)]
Rank = Annotated[int, Field(ge=1, le=MAX_PRIORITIES)]


class RefreshIn(In):
    """Why a ward's priorities are looked at again, and how many places there are."""

    trigger: RefreshTrigger = Field(examples=["poll"])
    seats: Annotated[int, Field(ge=1, le=MAX_PRIORITIES)] = Field(
        default=3, description="How many priorities to propose.", examples=[3]
    )


class DecidedPriorityIn(In):
    """One priority of the new set, with the reason for it."""

    concern: ConcernIn
    rank: Rank = Field(examples=[1])
    title: Title
    objective: ObjectiveIn
    place: Place | None = None
    partners: Partners = []
    reason: Reason = Field(examples=["First in the poll, and break-ins rose by a third."])
    departure_reason: Reason | None = Field(
        default=None,
        description="Needed where the decision departs from the poll that led the proposal.",
        examples=[None],
    )


class DroppedIn(In):
    """A concern that was a priority, was chosen or must be answered, and is not in the new set."""

    concern: ConcernIn
    reason: Reason = Field(examples=["Delivered: no report for two months."])
    departure_reason: Reason | None = Field(
        default=None, description="Needed where the poll chose the concern.", examples=[None]
    )


class ConsultationIn(In):
    """Somebody who was asked before the decision; groups and offices, no private persons."""

    party: ConsultedParty = Field(examples=["public"])
    who: Annotated[Text, Field(max_length=200)] = Field(examples=["Alder 1 ward panel"])
    how: Annotated[Text, Field(max_length=200)] = Field(examples=["meeting"])
    consulted_on: date = Field(examples=["2026-11-03"])
    people: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(default=None, examples=[12])


class PublicationIn(In):
    """The decision that a refresh publishes: the next set, and a reason for every item."""

    based_on: Annotated[int, Field(ge=1, le=1_000_000_000)] = Field(
        description="The `version` of the refresh that was read before deciding.", examples=[1]
    )
    decided_by: DecidedBy = Field(default=DecidedBy.PANEL, examples=["panel"])
    priorities: list[DecidedPriorityIn] = Field(min_length=1, max_length=MAX_PRIORITIES)
    dropped: list[DroppedIn] = Field(
        default=[],
        max_length=40,
        description="Each concern of the old set, of the poll's choice or that must be answered, "
        "and that is not in the new set.",
    )
    consulted: list[ConsultationIn] = Field(default=[], max_length=20)
    review_due_on: date | None = Field(
        default=None, description="30 to 120 days ahead; 90 when left out.", examples=[None]
    )


class AbandonmentIn(In):
    """Why a refresh is given up."""

    reason: Annotated[Text, Field(max_length=500)] = Field(
        examples=["Opened before the poll was counted."]
    )


class CandidateInputOut(Out):
    """What one source says of one concern, or that it says nothing."""

    source: Source
    found: bool
    says: str
    points: str | None = Field(description="Exact, as a fraction of 1.", examples=["1/2"])
    figures: dict[str, int | None] = Field(
        description="The figures behind the sentence; `null` where a small number is not shown."
    )


class CandidateOut(Out):
    """One concern with every input, and why it is in or out."""

    concern: str
    label: str
    lead: str
    verdict: Literal["in", "out"]
    rank: int | None
    poll_only_rank: int | None = Field(description="Its place if only the poll counted.")
    score: str = Field(description="Its points from all sources but the poll.", examples=["5/2"])
    why: str
    must_be_answered: bool
    must_be_answered_because: str | None
    inputs: list[CandidateInputOut]


class PollInputOut(Out):
    """The counted poll that a proposal follows."""

    poll_id: UUID
    counted_at: Instant
    seats: int
    turnout: int | None = Field(description="Null below 10 ballots, to the nearest 5 below 30.")
    is_exact: bool
    chosen: list[str]
    ranking: list[str]


class EventInputOut(Out):
    """A held event whose record was weighed."""

    event_id: UUID
    title: str
    kind: str
    starts_at: Instant
    area: Literal["ward", "borough"]
    attendance: int
    raised: dict[str, int]


class EvidenceInputOut(Out):
    """A piece of evidence that was weighed."""

    evidence_id: UUID
    kind: EvidenceKind
    area: Literal["ward", "borough"]
    period_from: date
    period_to: date
    source_name: str
    mentions: dict[str, int]


class OutgoingInputOut(Out):
    """The set that the refresh is to replace."""

    set_id: UUID
    set_on: date
    review_due_on: date
    overdue_days: int


class ProposalOut(Out):
    """The computed proposal: which concerns should be the priorities, and how that came about."""

    method: str
    seats: int
    inputs_since: Instant = Field(description="Inputs recorded after this moment were weighed.")
    led_by: Literal["poll", "other_inputs", "nothing"]
    proposed: list[str] = Field(description="Concerns in order, by all inputs.")
    poll_only: list[str] = Field(description="Concerns in order, by the poll alone.")
    trace: list[str] = Field(description="How the ranking came about, step by step.")
    poll: PollInputOut | None
    events: list[EventInputOut]
    evidence: list[EvidenceInputOut]
    outgoing: OutgoingInputOut | None
    candidates: list[CandidateOut]


class RefreshItemOut(Out):
    """What was decided about one concern, and why."""

    concern: str
    change: Change
    old_rank: int | None
    new_rank: int | None
    reason: str
    departs_from_poll: str | None = Field(description="How it departs from the poll, if it does.")
    departure_reason: str | None


class ConsultationOut(Out):
    """Somebody who was asked before the decision."""

    party: ConsultedParty
    who: str
    how: str
    consulted_on: date
    people: int | None


class CoDevelopmentOut(Out):
    """Whether both sides had a say, by inputs or consultation (plan C08)."""

    public: bool
    partners: bool


class RefreshSummaryOut(Out):
    """A refresh in a list."""

    id: UUID
    ward: AreaOut
    status: RefreshStatus
    trigger: RefreshTrigger
    opened_at: Instant
    published_at: Instant | None
    overdue_days: int
    from_set_id: UUID | None
    to_set_id: UUID | None
    abandoned_reason: str | None


class RefreshOut(RefreshSummaryOut):
    """A refresh with its proposal, and once published its decision and account."""

    version: int
    proposal: ProposalOut
    items: list[RefreshItemOut]
    consulted: list[ConsultationOut]
    had_a_say: CoDevelopmentOut
    explanation: str | None
