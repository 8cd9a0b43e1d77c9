"""Rank correlation between two figures of the same areas."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.959963984540054
MIN_PAIRS = 4
CAUTION = (
    "The interval (Fisher's z, with the variance of Bonett and Wright 2000) holds for independent "
    "areas; neighbouring wards resemble each other, so it is too narrow. It says how far the two "
    "orders agree, not that one causes the other."
)


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Spearman's coefficient over `n` pairs with its 95 % interval; `None` where undefined."""

    n: int
    coefficient: float | None
    low: float | None
    high: float | None
    caution: str = CAUTION


def rank_correlation(xs: Sequence[float], ys: Sequence[float]) -> RankCorrelation:
    """Return how far two figures put the same areas in the same order, level ones sharing ranks.

    Undefined below 4 pairs, or where one of the figures is the same everywhere. A perfect
    agreement has no interval beyond itself.
    """
    n = len(xs)
    if n != len(ys):
        raise ValueError("both figures are needed of every area")
    coefficient = _pearson(ranks_of(xs), ranks_of(ys)) if n >= MIN_PAIRS else None
    if coefficient is None:
        return RankCorrelation(n, None, None, None)
    if abs(coefficient) >= 1:
        return RankCorrelation(n, coefficient, coefficient, coefficient)
    middle = math.atanh(coefficient)
    reach = Z * math.sqrt((1 + coefficient**2 / 2) / (n - 3))
    return RankCorrelation(n, coefficient, math.tanh(middle - reach), math.tanh(middle + reach))


def ranks_of(values: Sequence[float]) -> list[float]:
    """Return each value's rank from 1; level values share the middle of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        start = end
    return ranks


def _pearson(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    across = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True))
    spread = math.sqrt(sum((x - middle_x) ** 2 for x in xs) * sum((y - middle_y) ** 2 for y in ys))
    return None if spread == 0 else max(-1.0, min(1.0, across / spread))
