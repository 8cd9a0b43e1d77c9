"""Refreshes as they cross the wire: opened, decided with reasons, published with the account."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.domain.priorities import MAX_PRIORITIES, DecidedBy
from app.domain.refresh_decisions import Change
from app.domain.refreshes import ConsultedParty, RefreshStatus, RefreshTrigger
from app.schemas.base import In, Instant, Out, Text
from app.schemas.evidence import ConcernIn
from app.schemas.priorities import ObjectiveIn, Partners, Place, Title
from app.schemas.refresh_proposals import ProposalOut
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
    """A concern that was a priority, was chosen, proposed or must be answered, and is left out."""

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
        description="Each concern of the old set, of the poll's choice, of the proposal or that "
        "must be answered, and that is not in the new set.",
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


class RefreshItemOut(Out):
    """What was decided about one concern, and why."""

    concern: str
    change: Change
    old_rank: int | None
    new_rank: int | None
    reason: str
    departs_from_poll: str | None = Field(description="How it departs from the poll, if it does.")
    departure_reason: str | None
    differs_from_proposal: str | None = Field(
        description="How the decision differs from what was proposed, if it does."
    )
    had_to_be_answered: str | None = Field(
        description="Why it could not be passed over in silence; the reason is the answer."
    )


class ConsultationOut(Out):
    """Somebody who was asked before the decision."""

    party: ConsultedParty
    who: str
    how: str
    consulted_on: date
    people: int | None


class VoiceOut(Out):
    """One way in which a side had a say, by inputs or by consultation."""

    party: ConsultedParty
    by: str = Field(description="A source of the proposal, or `consultation`.")
    records: int
    people: int | None = Field(description="How many took part, where that is known and told.")
    says: str


class CoDevelopmentOut(Out):
    """Whether both sides had a say, by inputs or consultation (plan C08), and who had."""

    public: bool
    partners: bool
    both: bool
    says: str = Field(description="Who had a say, and whose say is missing, in plain words.")
    voices: list[VoiceOut]


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
    explanation: str | None = Field(
        description="The decision in plain words: each item, why, and where it leaves the proposal "
        "or the poll."
    )
