"""How recorded crime moved: three whole months, beside the quarter and the year before."""

import pytest

from app.domain.evidence import CrimeTrend, MonthlyCount, find_trends, month_number, month_text


def monthly(concern: str, first: str, *numbers: int) -> list[MonthlyCount]:
    start = month_number(first)
    return [
        MonthlyCount(month_text(start + place), concern, count)
        for place, count in enumerate(numbers)
    ]


@pytest.mark.parametrize("month", ["2026-01", "2026-12", "1999-06"])
def test_numbers_months_without_loss(month: str) -> None:
    assert month_text(month_number(month)) == month


def test_says_nothing_of_less_than_three_months() -> None:
    assert find_trends(monthly("burglary", "2026-08", 4, 5)) == {}
    assert find_trends([]) == {}


def test_compares_with_the_quarter_and_the_year_before() -> None:
    trends = find_trends(monthly("burglary", "2025-07", *range(15)))
    assert trends["burglary"] == CrimeTrend(
        "2026-07", "2026-09", recent=12 + 13 + 14, before=9 + 10 + 11, year_before=0 + 1 + 2
    )
    assert trends["burglary"].rise == 36


def test_takes_a_covered_month_without_a_row_as_none() -> None:
    sparse = [MonthlyCount("2026-09", "fraud", 3)]
    trends = find_trends([*monthly("burglary", "2026-04", 1, 1, 1, 1, 1, 1), *sparse])
    assert (trends["fraud"].recent, trends["fraud"].before) == (3, 0)
    assert trends["fraud"].year_before is None


def test_has_no_rise_without_anything_to_compare() -> None:
    trend = find_trends(monthly("burglary", "2026-07", 4, 5, 6))["burglary"]
    assert (trend.recent, trend.baseline, trend.rise) == (15, None, 0)
