"""Runs of days against a model that counts day by day."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain.spans import DaySpan, cut_all, gaps_between, join, share, span_of, state_since

ORIGIN = date(2024, 2, 20)
"""Nine days before a leap day."""


def span(start: int, end: int) -> DaySpan:
    return DaySpan(ORIGIN + timedelta(days=start), ORIGIN + timedelta(days=end))


SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 12)).map(lambda p: span(p[0], p[0] + p[1])),
    max_size=6,
)


def days_of(spans: list[DaySpan] | tuple[DaySpan, ...]) -> set[date]:
    return {s.starts_on + timedelta(days=n) for s in spans for n in range(s.days)}


def apart(spans: tuple[DaySpan, ...]) -> bool:
    """Whether spans stand in order with at least a day between them."""
    return all(a.ends_on < b.starts_on for a, b in pairwise(spans))


@given(SPANS)
def test_joins_to_the_same_days_in_separate_spans(spans: list[DaySpan]) -> None:
    joined = join(spans)
    assert days_of(joined) == days_of(spans)
    assert apart(joined)
    assert all(one.days > 0 for one in joined)


@given(SPANS, SPANS)
def test_shares_the_days_of_both(first: list[DaySpan], second: list[DaySpan]) -> None:
    assert days_of(share(first, second)) == days_of(first) & days_of(second)


@given(SPANS, st.integers(0, 20), st.integers(1, 25))
def test_gaps_and_spans_make_up_the_period(spans: list[DaySpan], start: int, days: int) -> None:
    period = span(start, start + days)
    gaps, kept = gaps_between(spans, period), cut_all(join(spans), period)
    assert days_of(gaps) | days_of(kept) == days_of([period])
    assert not days_of(gaps) & days_of(kept)


def test_a_gap_over_a_leap_day_counts_it() -> None:
    whole = DaySpan(date(2024, 1, 1), date(2025, 1, 1))
    assert sum(gap.days for gap in gaps_between([], whole)) == 366
    around = [DaySpan(date(2024, 1, 1), date(2024, 2, 28)), span_of(date(2024, 3, 1), None)]
    assert gaps_between(around, whole) == (DaySpan(date(2024, 2, 28), date(2024, 3, 1)),)
    assert gaps_between(around, whole)[0].days == 2


def test_says_since_when_a_state_holds() -> None:
    spans = join([span(0, 5), span(10, 12)])
    assert state_since(spans, spans[1].starts_on) == (True, spans[1].starts_on)
    assert state_since(spans, spans[0].ends_on) == (False, spans[0].ends_on)
    assert state_since(spans, ORIGIN - timedelta(days=1)) == (False, None)
    assert state_since([], ORIGIN) == (False, None)
