"""A poll's result as it crosses the wire; exact numbers are "numerator/denominator" texts."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.domain.disclosure import Disclosure
from app.domain.polls import PollStatus
from app.schemas.base import Instant, Out
from app.schemas.polls import OptionOut

Ratio = Annotated[str, Field(pattern=r"^-?\d+/\d+$", examples=["40/3"])]


class ResultTurnoutOut(Out):
    """How many ballots were counted, as well as may be told."""

    ballots: int | None = Field(description="Null when there were fewer than `fewer_than`.")
    rounded_to: int | None = Field(description="5 where counts are rounded; null where exact.")
    fewer_than: int | None


class RankedOptionOut(OptionOut):
    """An option with its place and the ballots that approve it."""

    rank: int | None = Field(description="Null where nobody approved it, or the order is not told.")
    chosen: bool
    approvals: int | None = Field(description="Null where nearly all ballots approve it.")
    nearly_all: bool


class LevelGroupOut(Out):
    """Ballots by how well the voter's ward was proven; groups under 10 are merged."""

    levels: list[int]
    ballots: int


class RivalOut(Out):
    """What a step did not take, and how far it was from winning."""

    options: list[UUID]
    amount: Ratio | None
    ballots_to_swap: int | None


class StepOut(Out):
    """One decision of the count, in words and exact numbers."""

    position: int
    stage: str
    options: list[UUID]
    supporters: Ratio
    amount: Ratio
    tied: list[list[UUID]]
    rivals: list[RivalOut]
    sentence: str


class ClaimOut(Out):
    """The strongest claim of an unchosen option."""

    option: UUID
    level: int
    group: Ratio
    threshold: Ratio
    shortfall: Ratio
    violated: bool
    sentence: str


class CertificateOut(Out):
    """Whether every group large enough for a place has one, with the claims that show it."""

    satisfied: bool
    claims: list[ClaimOut]


class CertificatesOut(Out):
    """The fairness checks: EJR+ and, where there are few enough options, PJR+."""

    ejr_plus: CertificateOut
    pjr_plus: CertificateOut | None


class ComparisonOut(Out):
    """What plain approval would have chosen."""

    approval: list[UUID]
    only_here: list[UUID]
    only_by_approval: list[UUID]
    unrepresented_by_approval: Ratio
    sentence: str


class UnrepresentedOut(Out):
    """The share of voters none of whose ticks was chosen."""

    share: Ratio
    sentence: str


class NearTieOut(Out):
    """A choice that few ballots would have turned."""

    position: int
    options: list[UUID]
    rivals: list[UUID]
    ballots: int
    changes_chosen: bool
    sentence: str


class NearTiesOut(Out):
    """The near-ties, and how few ballots count as near."""

    limit: int
    items: list[NearTieOut]


class DemandOut(Out):
    """An unchosen option with enough support to ask for an answer."""

    option: UUID
    supporters: Ratio
    threshold: Ratio
    sentence: str


class TimesChosenOut(Out):
    """In how many resamples an option was chosen."""

    option: UUID
    times: int


class StabilityOut(Out):
    """How much of the result is chance: the poll counted again on redrawn voters."""

    resamples: int
    chosen_in: list[TimesChosenOut]


class DrawnOptionOut(Out):
    """An option's place in the tie-break."""

    option: UUID
    sha256: str


class TieBreakOut(Out):
    """The seed and the order of the options, for anybody to draw again."""

    seed: str
    order: list[DrawnOptionOut]


class AccountOut(Out):
    """How the result came about, step by step, and how far to trust it."""

    method: str = Field(description="Names the counting rules exactly.")
    voters: Ratio = Field(description="Ballots with at least one approval.")
    abstentions: Ratio = Field(description="Ballots without any.")
    reserves: list[UUID] = Field(description="What would come next, in order.")
    unsupported: list[UUID]
    trace: list[StepOut]
    certificates: CertificatesOut
    comparison: ComparisonOut
    unrepresented: UnrepresentedOut
    near_ties: NearTiesOut
    standing_demand: list[DemandOut]
    stability: StabilityOut
    tie_break: TieBreakOut
    closing_commitment: str = Field(
        description="The root of the poll's public log at the close, in hex."
    )


class PollResultOut(Out):
    """What a ward poll advises, told as fully as its turnout allows."""

    poll: UUID
    ward: str
    status: PollStatus
    rule: str
    seats: int
    disclosure: Disclosure = Field(
        description="`withheld` under 10 ballots, `rounded` to 5 under 30, else `exact`."
    )
    note: str
    turnout: ResultTurnoutOut
    superseded: int | None = Field(description="Ballots replaced, here or in a new ward's poll.")
    chosen: list[UUID] | None = Field(description="Option ids, first choice first.")
    options: list[RankedOptionOut] | None
    by_level: list[LevelGroupOut] | None
    account: AccountOut | None = Field(description="Only where counts are exact.")
    accounted_for: bool | None = Field(
        description="Whether at the count the logs and the envelopes of the whole round agreed on "
        "how many ballots were cast, and no leaf of this poll's log was falsely marked as a cover; "
        "null where that could not be compared."
    )
    manifest_sha256: str
    counted_at: Instant
    published_at: Instant | None
