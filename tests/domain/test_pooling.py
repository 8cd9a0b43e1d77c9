"""Pooling of wards against a computation person by person."""

import numpy as np
import pytest
from scipy.stats import beta

from app.domain.pooling import estimate_prior, pool

WARDS = {"a": (0.5, 40), "b": (0.62, 100), "c": (0.44, 75), "d": (0.8, 30), "e": (0.55, 220)}


def correlation(wards: dict) -> float:
    """Return the intra-class correlation from one row a person (one-way analysis of variance)."""
    groups = [
        np.concatenate([np.ones(round(share * n)), np.zeros(n - round(share * n))])
        for share, n in wards.values()
    ]
    everybody = np.concatenate(groups)
    k, people = len(groups), len(everybody)
    between = sum(len(g) * (g.mean() - everybody.mean()) ** 2 for g in groups) / (k - 1)
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (people - k)
    size = (people - sum(len(g) ** 2 for g in groups) / people) / (k - 1)
    return (between - within) / (between + (size - 1) * within)


def test_estimates_how_much_wards_differ_as_an_analysis_of_variance_does():
    whole = {ward: (round(share * n) / n, n) for ward, (share, n) in WARDS.items()}
    prior = estimate_prior(whole)
    r = correlation(whole)
    assert prior.worth == pytest.approx((1 - r) / r)
    hits = sum(round(share * n) for share, n in whole.values())
    assert prior.mean == pytest.approx(hits / sum(n for _, n in whole.values()))


def test_moves_small_wards_further_and_gives_the_posterior_interval():
    prior = estimate_prior(WARDS)
    small, large = pool(*WARDS["d"], prior), pool(*WARDS["e"], prior)
    assert small.weight < large.weight < 1
    assert small.weight == pytest.approx(30 / (30 + prior.worth))
    a = prior.mean * prior.worth + 24
    theirs = beta.interval(0.95, a, prior.worth + 30 - a)
    assert small.interval == pytest.approx(theirs, abs=1e-8)
    assert small.share == pytest.approx(a / (prior.worth + 30))


def test_gives_a_ward_without_a_figure_the_mean_and_no_weight():
    prior = estimate_prior(WARDS)
    nothing = pool(0.0, 0, prior)
    assert (nothing.share, nothing.weight) == (pytest.approx(prior.mean), 0)


def test_refuses_to_estimate_from_two_wards():
    assert estimate_prior({"a": (0.5, 40), "b": (0.6, 50)}) is None


def test_takes_wards_for_equal_that_differ_no_more_than_chance():
    assert estimate_prior(dict.fromkeys("abcd", (0.5, 100))).worth == pytest.approx(9_999)
