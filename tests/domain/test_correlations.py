"""Rank correlation, beside an independent library's."""

import math

import numpy as np
import pytest
from scipy import stats

from app.domain.correlations import rank_correlation, ranks_of


def test_agrees_with_an_independent_library_ties_included() -> None:
    dice = np.random.default_rng(3)
    for _ in range(20):
        xs = [float(x) for x in dice.integers(0, 8, 40)]
        ys = [x + float(y) for x, y in zip(xs, dice.integers(0, 10, 40), strict=True)]
        found = rank_correlation(xs, ys)
        assert found.coefficient == pytest.approx(stats.spearmanr(xs, ys).statistic)
        assert ranks_of(xs) == list(stats.rankdata(xs))


def test_the_interval_is_fishers_with_the_wider_variance() -> None:
    xs = list(range(30))
    ys = [(7 * x) % 30 for x in xs]
    found = rank_correlation(xs, ys)
    assert found.coefficient is not None
    reach = stats.norm.ppf(0.975) * math.sqrt((1 + found.coefficient**2 / 2) / 27)
    assert found.low == pytest.approx(math.tanh(math.atanh(found.coefficient) - reach))
    assert found.high == pytest.approx(math.tanh(math.atanh(found.coefficient) + reach))
    assert "neighbouring wards" in found.caution


def test_says_nothing_where_nothing_can_be_said() -> None:
    assert rank_correlation([1, 2, 3], [1, 2, 3]).coefficient is None
    assert rank_correlation([5, 5, 5, 5], [1, 2, 3, 4]).coefficient is None
    perfect = rank_correlation([1, 2, 3, 4], [9, 7, 5, 3])
    assert (perfect.coefficient, perfect.low, perfect.high) == (-1, -1, -1)
    with pytest.raises(ValueError, match="every area"):
        rank_correlation([1, 2], [1])
