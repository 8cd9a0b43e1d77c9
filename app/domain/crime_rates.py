"""Rates, ratios of counts and their intervals; which wards residents are the wrong measure of.

Every interval is for 95 %. All of them treat offences as falling independently (Poisson); one
incident with several offences, or a series by one offender, makes them too narrow.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import quantiles

from app.domain.crime import MINIMUM_BASE

Z = 1.959963984540054
"""The standard normal quantile that leaves 2.5 % above."""

PER = 1_000
"""Rates are per this many residents."""

FENCE = 3
"""Interquartile ranges above the third quartile from which Tukey calls a value far out."""

MIN_WARDS = 20
"""Over fewer wards than this the quartiles say too little to judge one by."""

CHANGE_METHOD = "poisson-ratio-wilson/1"
RATE_METHOD = "poisson-byar/1"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; `high` is `None` where there is no upper bound."""

    value: float
    low: float
    high: float | None


def byar_interval(count: int) -> tuple[float, float]:
    """Return the 95 % interval of a Poisson mean from one count.

    Byar's approximation to the exact limits (Breslow and Day 1987, Statistical Methods in Cancer
    Research II, p. 69); within 1 % of them from a count of 10.
    """
    above = count + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * math.sqrt(above))) ** 3
    if count == 0:
        return 0.0, high
    return count * (1 - 1 / (9 * count) - Z / (3 * math.sqrt(count))) ** 3, high


def rate_of(count: int, residents: int) -> Estimate | None:
    """Return offences per 1,000 residents; `None` below the minimum or without residents."""
    if count < MINIMUM_BASE or residents <= 0:
        return None
    low, high = byar_interval(count)
    scale = PER / residents
    return Estimate(count * scale, low * scale, high * scale)


def wilson_interval(part: int, whole: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927, JASA 22, pp. 209-212)."""
    share, z2 = part / whole, Z * Z
    middle = share + z2 / (2 * whole)
    reach = Z * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole))
    scale = 1 + z2 / whole
    low = 0.0 if part == 0 else (middle - reach) / scale
    high = 1.0 if part == whole else (middle + reach) / scale
    return low, high


def ratio_of(count: int, base: int, exposure: Fraction = Fraction(1)) -> Estimate | None:
    """Return how many times the base rate a count is; `None` where the base is too small.

    `exposure` is the count's share of time or people per the base's. Given both counts' sum, the
    first is binomial with share `r·e / (1 + r·e)` (Przyborowski and Wilenski 1940); the Wilson
    interval of that share, turned back into a ratio, is the interval.
    """
    if exposure <= 0 or base * exposure < MINIMUM_BASE:
        return None
    low, high = wilson_interval(count, count + base)
    scale = float(exposure)
    return Estimate(
        count / base / scale,
        low / (1 - low) / scale,
        None if high >= 1 else high / (1 - high) / scale,
    )


def percent_of(ratio: Estimate) -> Estimate:
    """Return a ratio as a change in per cent."""
    high = None if ratio.high is None else (ratio.high - 1) * 100
    return Estimate((ratio.value - 1) * 100, (ratio.low - 1) * 100, high)


def is_clear(ratio: Estimate) -> bool:
    """Whether the interval of a ratio leaves out 1: more, or fewer, than chance explains."""
    return ratio.low > 1 or (ratio.high is not None and ratio.high < 1)


@dataclass(frozen=True, slots=True)
class Denominator:
    """How far residents measure who is there, judged by a ward's place among all wards."""

    per_resident: float
    fence: float

    @property
    def is_wrong(self) -> bool:
        """Whether the ward lies beyond the fence."""
        return self.per_resident > self.fence


def find_fence(counts: Mapping[str, int], residents: Mapping[str, int]) -> float | None:
    """Return the offences per resident above which residents are no measure of who is there.

    Tukey's outer fence (1977, Exploratory Data Analysis, ch. 2) on the logarithm, because rates
    of wards are skewed: exp(Q3 + 3 (Q3 - Q1)) over every ward with offences and residents.
    """
    logs = [
        math.log(count / residents[ward])
        for ward, count in counts.items()
        if count > 0 and residents.get(ward, 0) > 0
    ]
    if len(logs) < MIN_WARDS:
        return None
    first, _, third = quantiles(logs, n=4, method="inclusive")
    return math.exp(third + FENCE * (third - first))
