"""Which months of a series stand out, by a rule whose false alarms are known."""

import math
from collections.abc import Sequence
from enum import StrEnum
from statistics import median

METHOD = "anscombe-mad/1"
MIN_MONTHS = 12
MIN_MEDIAN = 4
"""Below this median the transform no longer evens out the spread of counts."""

LIMIT = 3.5
"""How many spreads from the middle a month must lie."""

TO_SIGMA = 1.482602218505602
"""Makes the median absolute deviation of normal values their standard deviation."""


class Unusual(StrEnum):
    """Which way a month stands out."""

    HIGH = "high"
    LOW = "low"


def evened(count: int) -> float:
    """Return a count on a scale where Poisson counts spread by 1 (Anscombe 1948)."""
    return 2 * math.sqrt(count + 3 / 8)


def find_unusual(series: Sequence[int | None]) -> list[Unusual | None] | None:
    """Return each month's mark; `None` for a series too short or too small to judge.

    The middle is the median of the evened counts, the spread their median absolute deviation but
    at least 1, the spread of pure chance. A month is marked beyond 3.5 spreads. Missing months
    are neither judged nor counted.
    """
    known = [count for count in series if count is not None]
    if len(known) < MIN_MONTHS or median(known) < MIN_MEDIAN:
        return None
    values = [evened(count) for count in known]
    middle = median(values)
    spread = max(1.0, TO_SIGMA * median(abs(value - middle) for value in values))
    return [None if count is None else _mark((evened(count) - middle) / spread) for count in series]


def _mark(distance: float) -> Unusual | None:
    if abs(distance) <= LIMIT:
        return None
    return Unusual.HIGH if distance > 0 else Unusual.LOW
