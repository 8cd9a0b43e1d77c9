"""Rates, ratios and their intervals, beside what an independent library makes of the same."""

import math
from fractions import Fraction

import pytest
from scipy import optimize, stats

from app.domain.crime_rates import (
    Denominator,
    byar_interval,
    find_fence,
    is_clear,
    percent_of,
    rate_of,
    ratio_of,
    wilson_interval,
)

Z = stats.norm.ppf(0.975)


@pytest.mark.parametrize("count", [10, 11, 25, 100, 1_234, 50_000])
def test_a_rate_interval_is_within_1_percent_of_the_exact_one(count: int) -> None:
    low, high = byar_interval(count)
    assert low == pytest.approx(stats.chi2.ppf(0.025, 2 * count) / 2, rel=0.01)
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2, rel=0.01)


def test_none_counted_still_has_an_upper_limit() -> None:
    low, high = byar_interval(0)
    assert low == 0
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2) / 2, rel=0.02)


@pytest.mark.parametrize(("part", "whole"), [(3, 20), (50, 100), (0, 30), (30, 30), (999, 2_000)])
def test_the_wilson_interval_is_where_the_score_test_turns(part: int, whole: int) -> None:
    def score(share: float) -> float:
        return abs(part / whole - share) / math.sqrt(share * (1 - share) / whole) - Z

    low, high = wilson_interval(part, whole)
    tiny = 1e-12
    if part:
        assert low == pytest.approx(optimize.brentq(score, tiny, part / whole - tiny), abs=1e-9)
    if part < whole:
        edge = 1 - tiny
        assert high == pytest.approx(optimize.brentq(score, part / whole + tiny, edge), abs=1e-9)


def test_a_ratio_is_worked_out_from_the_share_of_both_counts() -> None:
    ratio = ratio_of(150, 100)
    assert ratio is not None
    low, high = wilson_interval(150, 250)
    assert ratio.value == 1.5
    assert ratio.low == pytest.approx(low / (1 - low))
    assert ratio.high == pytest.approx(high / (1 - high))
    assert is_clear(ratio)
    change = percent_of(ratio)
    assert change.value == pytest.approx(50)
    assert change.low == pytest.approx((ratio.low - 1) * 100)


def test_a_ratio_of_rates_divides_by_the_share_of_residents() -> None:
    ratio = ratio_of(30, 200, Fraction(1, 10))
    assert ratio is not None
    assert ratio.value == pytest.approx((30 / 1_000) / (200 / 10_000))


def test_the_ratio_covers_the_truth_in_about_95_of_100_trials() -> None:
    dice = stats.poisson(40), stats.poisson(60)
    pairs = zip(dice[0].rvs(4_000, random_state=1), dice[1].rvs(4_000, random_state=2), strict=True)
    found = [ratio_of(int(a), int(b)) for a, b in pairs]
    covered = [r is not None and r.low <= 40 / 60 <= (r.high or math.inf) for r in found]
    assert 0.935 < sum(covered) / len(covered) < 0.965


def test_a_fall_to_nothing_has_a_lower_limit_of_nothing() -> None:
    ratio = ratio_of(0, 40)
    assert ratio is not None
    assert ratio.value == ratio.low == 0
    assert ratio.high is not None
    assert 0 < ratio.high < 1


def test_a_small_base_is_not_compared() -> None:
    assert ratio_of(90, 9) is None
    assert ratio_of(90, 10) is not None
    assert ratio_of(90, 1_000, Fraction(9, 1_000)) is None
    assert ratio_of(90, 1_000, Fraction(0)) is None


def test_few_offences_or_no_residents_give_no_rate() -> None:
    assert rate_of(9, 10_000) is None
    assert rate_of(10, 0) is None
    rate = rate_of(10, 5_000)
    assert rate is not None
    assert rate.value == 2


def test_the_fence_is_tukeys_outer_one_on_the_logarithm() -> None:
    counts = {f"W{n}": 50 + 7 * n for n in range(40)}
    residents = dict.fromkeys(counts, 10_000)
    logs = [math.log(count / 10_000) for count in counts.values()]
    first, third = stats.mstats.mquantiles(logs, [0.25, 0.75], alphap=1, betap=1)
    fence = find_fence(counts, residents)
    assert fence == pytest.approx(math.exp(third + 3 * (third - first)))
    assert Denominator(fence * 1.01, fence).is_wrong
    assert not Denominator(fence, fence).is_wrong


def test_a_handful_of_wards_makes_no_fence() -> None:
    counts = {f"W{n}": 100 for n in range(19)}
    assert find_fence(counts, dict.fromkeys(counts, 1_000)) is None
    assert find_fence({**counts, "W19": 100}, {}) is None
