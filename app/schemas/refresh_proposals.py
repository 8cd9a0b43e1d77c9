"""The explained proposal as it crosses the wire: why this and not that, from the answer alone."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.domain.evidence import EvidenceKind
from app.domain.refreshes import Source
from app.schemas.base import Instant, Out
from app.schemas.wards import AreaOut


class RecordRefOut(Out):
    """A record behind what a source says, by kind and identifier."""

    kind: Literal["poll", "event", "evidence", "priority"]
    id: UUID


class CandidateInputOut(Out):
    """What one source says of one concern, or that it says nothing."""

    source: Source
    found: bool
    says: str
    points: str | None = Field(description="Exact, as a fraction of 1.", examples=["1/2"])
    figures: dict[str, int | None] = Field(
        description="The figures behind the sentence; `null` where a small number is not shown."
    )
    records: list[RecordRefOut] = Field(description="The records that name the concern.")


class ContestOut(Out):
    """The step of the count that gave a place to one concern and not to the other."""

    place: int
    taken_by: str
    lost_by: str
    measure: str = Field(description="What the amounts are; see the poll's `account`.")
    taken_at: str = Field(description="Exact, as a fraction.", examples=["3/20"])
    lost_at: str | None
    ballots: int | None = Field(
        description="The fewest ballots that, approving the other alone instead, would have "
        "brought both level in this step; 0 when the frozen tie-break decided."
    )


class PollStandingOut(Out):
    """How a concern stood in the poll, as far as the size of the poll lets it be told."""

    rank: int | None = Field(description="Null where the poll did not rank it, or is too small.")
    of: int
    chosen: bool
    votes: int | None = Field(description="Null for nearly all of a small poll's voters.")
    turnout: int
    is_exact: bool = Field(description="Whether the figures are exact; else to the nearest 5.")
    beside: str | None = Field(
        description="The last concern chosen; for a chosen one, the first that was not."
    )
    beside_votes: int | None
    margin_votes: int | None = Field(description="Votes less `beside_votes`, where exact.")
    contest: ContestOut | None


class SupportOut(Out):
    """The votes of a concern in one poll beside n/(k+1), above which a demand begins."""

    poll_id: UUID
    votes: int | None
    turnout: int
    places: int
    threshold: str = Field(
        description="n/(k+1), exact, n being the voters who ticked something; of a rounded poll "
        "the highest it can have been.",
        examples=["45/4"],
    )
    is_above: bool = Field(description="Of a rounded poll: surely above.")
    is_exact: bool
    chosen: bool


class StandingDemandOut(Out):
    """A concern's support in the last two polls; it must be answered if its demand stands twice."""

    latest: SupportOut | None
    before: SupportOut | None
    stands_in_two_polls: bool
    why_not: str | None = Field(description="Why a demand in the latest poll does not stand twice.")


class CrimeTrendOut(Out):
    """Recorded crime that bears on a concern: three months beside their baseline."""

    first_month: str
    last_month: str
    recent: int
    before: int | None = Field(description="In the three months before; null where not covered.")
    year_before: int | None
    baseline: int | None = Field(description="A year before where known, else the quarter before.")
    rise: int
    is_strong_rise: bool = Field(description="At least 10 and by half, so it must be answered.")
    source: str | None
    evidence_id: UUID | None


class OutgoingPriorityOut(Out):
    """What became of the concern as a priority of the outgoing set."""

    priority_id: UUID
    rank: int
    title: str
    status: str
    outcome: str | None
    age_days: int
    actions: int
    last_action_on: date | None


class CandidateOut(Out):
    """One concern with every input, and why it is in or out."""

    concern: str
    label: str
    lead: str
    verdict: Literal["in", "out"]
    rank: int | None
    poll_only_rank: int | None = Field(description="Its place if only the poll counted.")
    other_inputs_only_rank: int | None = Field(description="Its place if the poll did not count.")
    score: str = Field(description="Its points from all sources but the poll.", examples=["5/2"])
    why: str
    paragraph: str | None = Field(
        description="The whole account in plain words; null in proposals of method 1."
    )
    rival: str | None = Field(
        description="Of a concern left out, the one that took the last place; of one proposed, "
        "the first left out."
    )
    must_be_answered: bool
    must_be_answered_because: str | None
    poll: PollStandingOut | None
    standing_demand: StandingDemandOut | None
    crime: CrimeTrendOut | None
    outgoing: OutgoingPriorityOut | None
    inputs: list[CandidateInputOut]


class DifferenceOut(Out):
    """A concern that stands elsewhere by the poll alone than by the other inputs or by all."""

    concern: str
    label: str
    poll_only_rank: int | None
    other_inputs_only_rank: int | None
    all_inputs_rank: int | None
    says: str


class ComparisonOut(Out):
    """What the poll alone, the other inputs alone, and all inputs together would propose."""

    poll_only: list[str]
    other_inputs_only: list[str]
    all_inputs: list[str]
    poll_differs_from_all: bool
    poll_differs_from_others: bool
    says: str
    differences: list[DifferenceOut]


class PollInputOut(Out):
    """The counted poll that a proposal follows."""

    poll_id: UUID
    counted_at: Instant
    seats: int
    turnout: int | None = Field(description="Null below 10 ballots, to the nearest 5 below 30.")
    is_exact: bool
    chosen: list[str]
    ranking: list[str]


class EarlierPollOut(PollInputOut):
    """The poll that was counted before, to tell whether a demand stands in two polls."""

    ward: AreaOut
    is_same_ward: bool = Field(
        description="False where boundaries changed so that it was another ward's: not compared."
    )


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
    summary: str | None = Field(
        description="The whole proposal in one paragraph, as it stood when it was made; null in "
        "proposals of method 1."
    )
    comparison: ComparisonOut | None
    review: str | None = Field(description="When the review was due, and how late it is.")
    missing: list[str] = Field(
        description="What could not be weighed, or was not, a sentence each."
    )
    trace: list[str] = Field(description="How the ranking came about, step by step.")
    poll: PollInputOut | None
    earlier_poll: EarlierPollOut | None
    events: list[EventInputOut]
    evidence: list[EvidenceInputOut]
    outgoing: OutgoingInputOut | None
    candidates: list[CandidateOut]
