"""Intervals and distances against scipy and numpy, which count them another way."""

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from app.domain.intervals import (
    beta_cdf,
    beta_interval,
    kish_size,
    newcombe,
    total_variation_similarity,
    wilson,
)


@pytest.mark.parametrize(("hits", "base"), [(0, 30), (1, 10), (7, 31), (50, 100), (399, 400)])
def test_gives_the_wilson_interval_that_scipy_gives(hits: int, base: int):
    theirs = binomtest(hits, base).proportion_ci(method="wilson")
    assert wilson(hits / base, base) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_gives_the_difference_that_newcombe_printed():
    # Newcombe 1998, table II, method 10: 56/70 against 48/80, and 9/10 against 3/10.
    assert newcombe(56 / 70, 70, 48 / 80, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe(0.9, 10, 0.3, 10) == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_counts_similarity_as_the_shared_part_of_two_distributions():
    ours, theirs = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    shared = float(np.minimum(ours, theirs).sum())
    assert total_variation_similarity(list(ours), list(theirs)) == pytest.approx(shared)
    assert total_variation_similarity([1, 0], [0, 1]) == 0


def test_gives_kish_size_of_weights_written_out():
    weights = np.repeat([0.5, 1.0, 3.0], [40, 30, 10])
    theirs = weights.sum() ** 2 / (weights**2).sum()
    assert kish_size([(0.5, 40), (1.0, 30), (3.0, 10)]) == pytest.approx(theirs)
    assert kish_size([(1.0, 80)]) == pytest.approx(80)


@pytest.mark.parametrize(("a", "b"), [(0.4, 0.6), (1, 1), (3, 80), (250.5, 120), (5_000, 4_000)])
def test_gives_the_beta_distribution_that_scipy_gives(a: float, b: float):
    for x in (0.001, 0.1, 0.37, 0.5, 0.9, 0.999):
        assert beta_cdf(x, a, b) == pytest.approx(beta.cdf(x, a, b), abs=1e-10)
    assert beta_interval(a, b) == pytest.approx(beta.ppf([0.025, 0.975], a, b), abs=1e-8)
