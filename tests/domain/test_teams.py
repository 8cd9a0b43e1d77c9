"""One officer is at most one officer, and an abstraction lies inside its posting."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.teams import (
    Days,
    PostingRole,
    Share,
    peak_fte,
    require_abstraction_fits,
    require_at_most_full_time,
    require_day,
    require_days,
    require_place,
)
from app.errors import (
    AbstractionOutsidePostingError,
    AbstractionOverlapError,
    FullTimeExceededError,
    InvalidRequestError,
)

DAY = date(2026, 3, 1)
SPREAD = 40


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def run(first: int, last: int | None) -> Days:
    return Days(day(first), None if last is None else day(last))


@st.composite
def runs(draw: st.DrawFn) -> Days:
    first = draw(st.integers(0, SPREAD - 1))
    return run(first, draw(st.none() | st.integers(first, SPREAD)))


def is_on(days: Days, on: date) -> bool:
    return days.starts_on <= on and (days.ends_on is None or on < days.ends_on)


ftes = st.integers(1, 100).map(lambda hundredths: Decimal(hundredths) / 100)
shares = st.builds(Share, runs(), ftes)


@given(st.lists(shares, max_size=8))
def test_the_sweep_finds_the_busiest_day_that_a_count_by_day_finds(
    given_shares: list[Share],
) -> None:
    by_day = (
        sum((s.fte for s in given_shares if is_on(s.days, day(n))), Decimal(0))
        for n in range(SPREAD + 1)
    )
    assert peak_fte(given_shares) == max(by_day)


@given(shares, st.lists(shares, max_size=6))
def test_refuses_exactly_when_a_day_of_the_new_posting_is_above_full_time(
    wanted: Share, others: list[Share]
) -> None:
    days = [day(n) for n in range(SPREAD + 1) if is_on(wanted.days, day(n))]
    busiest = max(
        (sum((s.fte for s in [wanted, *others] if is_on(s.days, on)), Decimal(0)) for on in days),
        default=Decimal(0),
    )
    alone = all(
        peak_fte(other for other in others if is_on(other.days, day(n))) <= 1
        for n in range(SPREAD + 1)
    )
    if not alone:
        return
    if busiest > 1:
        with pytest.raises(FullTimeExceededError):
            require_at_most_full_time(wanted, others)
    else:
        require_at_most_full_time(wanted, others)


@given(runs(), runs())
def test_overlap_and_containment_mean_what_they_mean_day_by_day(one: Days, other: Days) -> None:
    numbers = range(SPREAD + 2)
    mine = {n for n in numbers if is_on(one, day(n))}
    theirs = {n for n in numbers if is_on(other, day(n))}
    assert one.overlaps(other) == bool(mine & theirs)
    if theirs:
        assert one.contains(other) == (theirs <= mine)


def test_three_thirds_are_an_officer_and_a_hundredth_more_is_not() -> None:
    third = Share(run(0, None), Decimal("0.33"))
    require_at_most_full_time(Share(run(0, None), Decimal("0.34")), [third, third])
    with pytest.raises(FullTimeExceededError):
        require_at_most_full_time(Share(run(0, None), Decimal("0.35")), [third, third])


@pytest.mark.parametrize("days", [Days(date(1970, 1, 2)), Days(DAY, date(9999, 1, 1)), run(5, 4)])
def test_refuses_days_out_of_time_or_order(days: Days) -> None:
    with pytest.raises(InvalidRequestError):
        require_days(days)


@pytest.mark.parametrize("on", [date.min, date.max])
def test_refuses_a_day_that_arithmetic_would_fall_off(on: date) -> None:
    with pytest.raises(InvalidRequestError):
        require_day(on, "on")


@pytest.mark.parametrize(
    ("role", "on_ward"),
    [
        (PostingRole.DEDICATED_WARD_OFFICER, False),
        (PostingRole.PCSO, False),
        (PostingRole.BOROUGH_SUPERINTENDENT, True),
    ],
)
def test_refuses_a_role_on_the_wrong_kind_of_team(role: PostingRole, *, on_ward: bool) -> None:
    with pytest.raises(InvalidRequestError):
        require_place(role, on_ward=on_ward)
    require_place(role, on_ward=not on_ward)


@pytest.mark.parametrize("away", [run(5, 5), run(6, 5), run(5, None)])
def test_refuses_an_abstraction_without_a_day_or_an_end(away: Days) -> None:
    with pytest.raises(InvalidRequestError):
        require_abstraction_fits(away, run(0, None), [])


@pytest.mark.parametrize("away", [run(0, 3), run(8, 11), run(20, 22)])
def test_refuses_an_abstraction_outside_its_posting(away: Days) -> None:
    with pytest.raises(AbstractionOutsidePostingError):
        require_abstraction_fits(away, run(2, 10), [])


def test_refuses_overlapping_abstractions_and_allows_adjoining_ones() -> None:
    with pytest.raises(AbstractionOverlapError):
        require_abstraction_fits(run(4, 6), run(0, None), [run(5, 7)])
    require_abstraction_fits(run(3, 5), run(0, None), [run(5, 7), run(1, 3)])
