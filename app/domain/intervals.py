"""Intervals and distances that several concepts state: Wilson, Newcombe, Beta, total variation."""

import math
from collections.abc import Callable, Iterable, Sequence

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

Interval = tuple[float, float]


def wilson(share: float, base: float) -> Interval:
    """Return the 95 % score interval of a share among `base` people (Wilson 1927)."""
    square = Z_95**2
    centre = (share + square / (2 * base)) / (1 + square / base)
    spread = share * (1 - share) / base + square / (4 * base**2)
    reach = Z_95 / (1 + square / base) * math.sqrt(spread)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def newcombe(first: float, first_base: float, second: float, second_base: float) -> Interval:
    """Return the 95 % interval of first minus second, both shares (Newcombe 1998, method 10).

    It takes the two groups for independent: where one is part of the other it is a little wide.
    """
    low_1, high_1 = wilson(first, first_base)
    low_2, high_2 = wilson(second, second_base)
    gap = first - second
    below = math.hypot(first - low_1, high_2 - second)
    above = math.hypot(high_1 - first, second - low_2)
    return gap - below, gap + above


def total_variation_similarity(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return 1 less half the summed differences of two distributions: 1 where they are alike."""
    return 1 - sum(abs(a - b) for a, b in zip(ours, theirs, strict=True)) / 2


def kish_size(weights: Iterable[tuple[float, int]]) -> float:
    """Return how many equally weighted people tell as much: (Σw)² / Σw² (Kish 1965).

    Weights come with how many people have each.
    """
    held = list(weights)
    squares = sum(weight**2 * people for weight, people in held)
    whole: float = sum(weight * people for weight, people in held)
    return whole**2 / squares if squares else 0.0


def beta_interval(a: float, b: float) -> Interval:
    """Return the central 95 % interval of a Beta(a, b) distribution."""
    tail = 0.025
    return _bisect(lambda x: beta_cdf(x, a, b), tail), _bisect(
        lambda x: beta_cdf(x, a, b), 1 - tail
    )


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), by its continued fraction."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front += a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of I_x(a, b) by Lentz's method (DLMF 8.17.22)."""
    tiny, close = 1e-300, 1e-14
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, 1_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            value *= c * d
        if abs(c * d - 1) < close:
            break
    return value


def _bisect(rises: Callable[[float], float], to: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) < to else (low, middle)
    return (low + high) / 2
