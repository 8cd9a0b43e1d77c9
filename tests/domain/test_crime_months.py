"""Which months stand out: a real peak does, chance almost never; small series are not judged."""

import math

import numpy as np
import pytest

from app.domain.crime_months import Unusual, find_unusual

QUIET: list[int | None] = [20, 22, 19, 21, 18, 23, 20, 17, 22, 21, 19, 20] * 2


def test_marks_a_peak_and_a_trough() -> None:
    series = list(QUIET)
    series[5], series[17] = 60, 1
    marks = find_unusual(series)
    assert marks is not None
    assert marks[5] is Unusual.HIGH
    assert marks[17] is Unusual.LOW
    assert [mark for place, mark in enumerate(marks) if place not in {5, 17}] == [None] * 22


def test_the_limit_is_where_the_method_says() -> None:
    middle = 2 * math.sqrt(20 + 3 / 8)
    limit = math.floor(((middle + 3.5) / 2) ** 2 - 3 / 8)
    for count, expected in ((limit, None), (limit + 1, Unusual.HIGH)):
        marks = find_unusual([*[20] * 23, count])
        assert marks is not None
        assert marks[-1] is expected


def test_a_restless_series_needs_more_to_stand_out() -> None:
    restless: list[int | None] = [10, 40] * 12
    marks = find_unusual([*restless[:-1], 60])
    assert marks is not None
    assert set(marks) == {None}


def test_a_missing_month_is_not_judged_and_not_taken_for_0() -> None:
    series = list(QUIET)
    series[3] = None
    marks = find_unusual(series)
    assert marks == [None] * 24
    series[3] = 0
    assert (find_unusual(series) or [])[3] is Unusual.LOW


def test_short_and_small_series_are_not_judged() -> None:
    assert find_unusual(QUIET[:11]) is None
    assert find_unusual([*QUIET[:11], None]) is None
    assert find_unusual([3] * 23 + [40]) is None
    assert find_unusual(QUIET[:12]) is not None


@pytest.mark.parametrize(
    ("dispersion", "most"), [(1.0, 0.001), (2.0, 0.006)], ids=["poisson", "twice as spread"]
)
def test_false_alarms_are_as_rare_as_stated(dispersion: float, most: float) -> None:
    dice = np.random.default_rng(7)
    alarms = months = 0
    for _ in range(3_000):
        if dispersion == 1:
            drawn = dice.poisson(20, 24)
        else:
            share = 1 / dispersion
            drawn = dice.negative_binomial(20 * share / (1 - share), share, 24)
        marks = find_unusual([int(count) for count in drawn]) or []
        months += len(marks)
        alarms += sum(mark is not None for mark in marks)
    assert months > 70_000
    assert alarms / months < most
