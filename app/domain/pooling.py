"""Partial pooling of wards towards their borough: an empirical Bayes beta-binomial.

How much wards differ is estimated from the wards themselves, as the intra-class correlation r by
the analysis-of-variance estimator (Ridout, Demétrio and Firth 1999). A ward's own figure then
counts with weight n / (n + M), the borough's mean with the rest; M = (1 - r) / r is how many
answers the mean is worth.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.intervals import Interval, beta_interval

FEWEST_WARDS = 3
LEAST_CORRELATION = 1e-4
"""Below this wards count as equal: the borough's mean is worth at most 9,999 answers."""
MOST_CORRELATION = 0.99


@dataclass(frozen=True, slots=True)
class Pooled:
    """An estimate between a ward's own share and its borough's; `weight` is the ward's own part."""

    share: float
    interval: Interval
    weight: float


@dataclass(frozen=True, slots=True)
class Prior:
    """What a borough's wards say together: their mean share, and how many answers it is worth."""

    mean: float
    worth: float


def estimate_prior(wards: Mapping[str, tuple[float, int]]) -> Prior | None:
    """Return the prior from wards' shares and bases; `None` with fewer than 3 of them."""
    if len(wards) < FEWEST_WARDS:
        return None
    people, k = sum(base for _, base in wards.values()), len(wards)
    mean = sum(share * base for share, base in wards.values()) / people
    between = sum(base * (share - mean) ** 2 for share, base in wards.values()) / (k - 1)
    within = sum(base * share * (1 - share) for share, base in wards.values()) / (people - k)
    size = (people - sum(base**2 for _, base in wards.values()) / people) / (k - 1)
    whole = between + (size - 1) * within
    correlation = (between - within) / whole if whole else 0.0
    correlation = min(max(correlation, LEAST_CORRELATION), MOST_CORRELATION)
    return Prior(mean, (1 - correlation) / correlation)


def pool(share: float, base: int, prior: Prior) -> Pooled:
    """Return a ward's estimate under a prior, with its central 95 % posterior interval."""
    weight = base / (base + prior.worth)
    a = prior.mean * prior.worth + share * base
    b = (1 - prior.mean) * prior.worth + (1 - share) * base
    interval = beta_interval(a, b) if a > 0 and b > 0 else (prior.mean, prior.mean)
    return Pooled(weight * share + (1 - weight) * prior.mean, interval, weight)
