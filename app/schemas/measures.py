"""Measures as they cross the wire: definitions, values with intervals, gaps, estimates of wards."""

from datetime import date
from typing import Literal

from pydantic import Field

from app.schemas.base import Instant, Out

POOLED_LABEL = (
    "Estimate, not a count: an empirical Bayes beta-binomial that moves each ward towards its "
    "borough's mean, the more the fewer answered there."
)
HIDDEN = "null where hidden: fewer than 30 answered, or the figure would tell such a one."


class MeasureOut(Out):
    """One thing that is measured."""

    code: str
    label: str
    pillar: str
    commitments: list[str]
    direction: Literal["up", "down"] = Field(description="Which way is better.")
    unit: Literal["proportion", "count"]
    definition: str
    source: str = Field(description="Who says that this is to be measured.")
    held_as: Literal["survey", "recorded_crime", "not_held"] = Field(
        description="`survey`: values are here; `recorded_crime`: see a ward's crime; `not_held`: "
        "no data that this service imports holds it."
    )


class ValueSourceOut(Out):
    """Where a value comes from."""

    name: str
    url: str
    licence: str
    retrieved_at: Instant
    sha256: str


class MeasureValueOut(Out):
    """A proportion in one area, period and group."""

    measure: str
    area: str
    period_on: date = Field(description="First day of the period.")
    group: str = Field(description="`all` is everybody.")
    proportion: float | None = Field(description=HIDDEN)
    base: int | None = Field(description="How many answered.")
    low: float | None = Field(description="95 % interval (Wilson), as of a simple random sample.")
    high: float | None
    hidden: bool
    source: ValueSourceOut


class GapOut(Out):
    """How far a group lies from another in one period, in share points."""

    period_on: date
    group: str
    proportion: float | None = Field(description=HIDDEN)
    base: int | None
    against_proportion: float | None
    against_base: int | None
    gap: float | None = Field(description="proportion - against_proportion.")
    low: float | None = Field(
        description="95 % interval (Newcombe's method 10); takes the two for independent, so it is "
        "a little wide where the group is part of the other."
    )
    high: float | None
    hidden: bool


class GapsOut(Out):
    """The gaps of an area's groups over time, earliest first."""

    measure: str
    area: str
    against: str
    minimum_base: int
    items: list[GapOut]


class WardEstimateOut(Out):
    """A ward's own figure and its estimate."""

    ward: str
    name: str
    proportion: float | None = Field(description=HIDDEN)
    base: int | None
    low: float | None = Field(description="95 % interval (Wilson) of `proportion`.")
    high: float | None
    reason: str | None = Field(description="Why the ward has no figure of its own.")
    estimate: float | None
    estimate_low: float | None = Field(description="Central 95 % interval of the posterior.")
    estimate_high: float | None
    own_weight: float | None = Field(
        description="How much of the estimate is the ward's own: n / (n + worth); the rest is the "
        "borough's mean."
    )


class WardEstimatesOut(Out):
    """A borough's wards in its latest period, each pooled towards the borough."""

    measure: str
    borough: str
    group: str
    period_on: date | None = Field(description="First day of the period; null without figures.")
    minimum_base: int
    label: str = POOLED_LABEL
    mean: float | None = Field(description="Mean of the wards that are told, by answers.")
    worth: float | None = Field(
        description="How many answers the mean counts as: (1 - r) / r, where r says how much wards "
        "differ. At most 9,999, which stands for wards that differ no more than chance allows "
        "(r of 0.0001 or less, also below 0)."
    )
    reason: str | None = Field(description="Why there is no estimate.")
    wards: list[WardEstimateOut]
