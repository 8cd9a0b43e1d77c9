"""Coverage in runs of days says what counting day by day says."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.coverage import (
    Absence,
    Figures,
    Requirement,
    Span,
    Stint,
    choose_period,
    coverage_spans,
    sum_coverage,
)
from app.errors import InvalidRequestError

DAY = date(2026, 3, 1)
SPREAD = 30
START, END = DAY + timedelta(days=5), DAY + timedelta(days=25)
ROLES = ("dedicated_ward_officer", "pcso", "sergeant")
FTES = [Decimal("0.01"), Decimal("0.50"), Decimal("0.67"), Decimal("1.00")]


def day(number: int) -> date:
    return DAY + timedelta(days=number)


@st.composite
def ends(draw: st.DrawFn, first: int) -> date | None:
    last = draw(st.none() | st.integers(first, SPREAD))
    return None if last is None else day(last)


@st.composite
def stints(draw: st.DrawFn) -> Stint:
    cuts = sorted(draw(st.sets(st.integers(0, SPREAD), max_size=6)))
    absences = tuple(
        Absence(day(gone), day(back), draw(st.booleans()))
        for gone, back in zip(cuts[::2], cuts[1::2], strict=False)
    )
    first = draw(st.integers(0, SPREAD - 1))
    role, fte = draw(st.sampled_from(ROLES)), draw(st.sampled_from(FTES))
    return Stint(role, fte, day(first), draw(ends(first)), absences)


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    first = draw(st.integers(0, SPREAD - 1))
    role = draw(st.sampled_from(ROLES))
    return Requirement(role, draw(st.integers(0, 3)), day(first), draw(ends(first)))


def is_on(first: date, last: date | None, on: date) -> bool:
    return first <= on and (last is None or on < last)


def away(stint: Stint, on: date) -> Absence | None:
    return next((a for a in stint.absences if is_on(a.starts_on, a.ends_on, on)), None)


def counted(
    given_stints: list[Stint], standard: list[Requirement], on: date
) -> dict[str, tuple[int, Decimal, Decimal]]:
    found = {}
    here = [s for s in given_stints if is_on(s.starts_on, s.ends_on, on)]
    for role in ROLES:
        required = max(
            (r.minimum for r in standard if r.role == role and is_on(r.valid_from, r.valid_to, on)),
            default=0,
        )
        posted = sum((s.fte for s in here if s.role == role), Decimal(0))
        there = sum((s.fte for s in here if s.role == role and not away(s, on)), Decimal(0))
        found[role] = (required, posted, there)
    return found


def told(span: Span) -> dict[str, tuple[int, Decimal, Decimal]]:
    nothing = dict.fromkeys(ROLES, (0, Decimal(0), Decimal(0)))
    return nothing | {c.role: (c.required, c.posted, c.available) for c in span.roles}


@given(st.lists(stints(), max_size=6), st.lists(requirements(), max_size=5))
def test_spans_tile_the_period_and_agree_with_every_day(
    given_stints: list[Stint], standard: list[Requirement]
) -> None:
    spans = coverage_spans(given_stints, standard, start=START, end=END)
    assert [s.starts_on for s in spans] == [START, *(s.ends_on for s in spans[:-1])]
    assert spans[-1].ends_on == END
    assert all(one.roles != following.roles for one, following in pairwise(spans))
    for span in spans:
        for number in range(span.days):
            on = span.starts_on + timedelta(days=number)
            assert told(span) == counted(given_stints, standard, on)


@given(st.lists(stints(), max_size=6), st.lists(requirements(), max_size=5))
def test_figures_agree_with_a_count_by_day(
    given_stints: list[Stint], standard: list[Requirement]
) -> None:
    spans = coverage_spans(given_stints, standard, start=START, end=END)
    figures = sum_coverage(spans, given_stints, start=START, end=END)
    days = [START + timedelta(days=n) for n in range((END - START).days)]
    by_day = [list(counted(given_stints, standard, on).values()) for on in days]
    ruled = [roles for roles in by_day if any(required for required, _, _ in roles)]
    gone = [
        (s.fte, absence.exceptional)
        for on in days
        for s in given_stints
        if is_on(s.starts_on, s.ends_on, on) and (absence := away(s, on))
    ]
    assert figures == Figures(
        days=len(days),
        days_with_standard=len(ruled),
        compliant_days_posted=sum(all(p >= r for r, p, _ in roles) for roles in ruled),
        compliant_days_available=sum(all(a >= r for r, _, a in roles) for roles in ruled),
        vacancy_days=sum(any(p < r for r, p, _ in roles) for roles in by_day),
        vacant_officer_days=sum(max(r - p, Decimal(0)) for roles in by_day for r, p, _ in roles),
        posted_officer_days=sum(p for roles in by_day for _, p, _ in roles),
        abstracted_officer_days=sum((fte for fte, _ in gone), Decimal(0)),
        exceptional_officer_days=sum((fte for fte, rare in gone if rare), Decimal(0)),
    )


def test_two_officers_mean_two_full_time_equivalents() -> None:
    standard = [Requirement("dedicated_ward_officer", 2, DAY)]
    part_time = [Stint("dedicated_ward_officer", Decimal("0.67"), DAY) for _ in range(3)]
    (span,) = coverage_spans(part_time, standard, start=START, end=END)
    assert span.compliant_posted
    (span,) = coverage_spans(part_time[:2], standard, start=START, end=END)
    assert not span.compliant_posted


def test_a_ward_complies_with_nothing_before_there_is_a_standard() -> None:
    (span,) = coverage_spans([], [], start=START, end=END)
    assert (span.compliant_posted, span.roles) == (False, ())
    assert sum_coverage([span], [], start=START, end=END) == Figures(days=20)
    assert Figures().abstraction_share is None


def test_the_period_is_by_default_the_28_days_that_end_with_today() -> None:
    today = date(2026, 3, 28)
    assert choose_period(None, None, today) == (date(2026, 3, 1), date(2026, 3, 29))
    assert choose_period(None, date(2026, 1, 29), today) == (date(2026, 1, 1), date(2026, 1, 29))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 2, 1), date(2026, 2, 1)),
        (date(2026, 2, 2), date(2026, 2, 1)),
        (date(2025, 1, 1), date(2026, 1, 3)),
        (date.min, None),
        (None, date.max),
        (None, date.min),
    ],
)
def test_refuses_a_period_that_is_empty_too_long_or_out_of_time(
    start: date | None, end: date | None
) -> None:
    with pytest.raises(InvalidRequestError):
        choose_period(start, end, date(2026, 3, 28))
