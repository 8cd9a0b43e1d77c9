"""Who took part by group, as it crosses the wire: rounded counts, shares, ratios, an estimate."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.domain.weighted_disclosure import POINTS, Moved
from app.schemas.base import Instant, Out
from app.schemas.participation import HIDDEN, ProofOut

METHOD = (
    "Estimate, not the result: ballots weighted by raking to Census 2021 shares, weights trimmed "
    "to 0.3 to 3. The official result counts every ballot once and does not change."
)


class GroupOut(Out):
    """One group among those who answered, beside residents; all from the rounded counts."""

    group: str
    respondents: int | None = Field(description=HIDDEN)
    share: float | None = Field(description="Of those who answered this dimension.")
    share_low: float | None = Field(description="95 % interval of the share (Wilson).")
    share_high: float | None
    reference_share: float | None = Field(
        description="Of the residents of these wards whom the census counts in these groups."
    )
    ratio: float | None = Field(description="share / reference_share: 1 is as among residents.")
    ratio_low: float | None = Field(description="95 % interval; the census is taken as exact.")
    ratio_high: float | None


class DimensionOut(Out):
    """One dimension, alone: no two are crossed."""

    dimension: str
    answered: int | None = Field(description=HIDDEN)
    reason: str | None = Field(description="Why there are no shares or ratios, in a sentence.")
    similarity: float | None = Field(
        description="1 - total variation distance from the census; null if a group is hidden."
    )
    groups: list[GroupOut]


class AreaRepresentationOut(Out):
    """The poll's ward, the wards it is told together with, or its borough's wards in the round."""

    kind: Literal["ward", "other_wards", "borough"]
    borough: str
    wards: list[str]
    dimensions: list[DimensionOut]


class WeightedOptionOut(Out):
    """An option's approvals in percent of ballots, and which way weighting moves them."""

    option: UUID
    text: str
    official: int
    chosen: bool = Field(description="Whether the official count chose it.")
    weighted: Moved | None = Field(
        description="Whether the weighted share is less or more than the official one by over "
        "`moved_by` percent of all ballots. Null where one of these would tell what a group "
        "approved; that follows from approvals, weights and sizes of groups, never from ballots."
    )


class EstimateOut(Out):
    """What approvals would be if those who took part were like those who live there."""

    label: str = METHOD
    reason: str | None = Field(description="Why there is no estimate; null where there is one.")
    explanation: str | None
    dimensions: list[str] = Field(description="What the weights are made of.")
    left_out: dict[str, str] = Field(
        description="Dimensions that are not used: `hidden_groups`, `too_few_answers` (under 100, "
        "or under half of the ballots) or `no_reference`."
    )
    options: list[WeightedOptionOut]
    moved_by: int = Field(default=POINTS, description="More than so many percent is less or more.")
    effective_ballots: int | None = Field(
        description="Kish's effective sample size, (Σw)²/Σw², rounded down to 10."
    )
    converged: bool | None = Field(description="Whether margins met the census before trimming.")
    trimmed: int | None = Field(description="Ballots whose weight was trimmed, rounded to 5.")


class RepresentationOut(Out):
    """Who took part in a poll beside who lives there; told once, and never changed."""

    poll: UUID
    round: UUID
    ward: str
    rounded_to: int
    fewer_than: int = Field(description="Smaller counts, zero included, are always hidden.")
    areas: list[AreaRepresentationOut]
    estimate: EstimateOut
    census_on: date | None
    proof: ProofOut
    published_at: Instant
