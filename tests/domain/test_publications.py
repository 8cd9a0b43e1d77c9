"""Due dates from a cadence, and how late each was, with the days since when."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.publications import (
    DueStatus,
    Promise,
    Release,
    SeriesStatus,
    add_months,
    due_dates_until,
    measure_lateness,
    require_turn,
)
from app.errors import InvalidRequestError

HALF_YEARLY = Promise("update", "Update", ("C27",), 6, date(2023, 10, 31))
ONCE = Promise("maps", "Maps", ("C29",), None, date(2023, 12, 31))


def out(number: int, day: date, due_on: date | None = None) -> Release:
    return Release(UUID(int=number), day, due_on)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2023, 10, 31), 6, date(2024, 4, 30)),
        (date(2024, 4, 30), 6, date(2024, 10, 31)),
        (date(2023, 2, 28), 12, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 28), 12, date(2025, 2, 28)),
        (date(2024, 1, 30), 1, date(2024, 2, 29)),
        (date(2023, 12, 15), 1, date(2024, 1, 15)),
    ],
)
def test_adds_months_through_leap_days_and_month_ends(
    day: date, months: int, expected: date
) -> None:
    assert add_months(day, months) == expected


def test_due_dates_do_not_drift() -> None:
    assert due_dates_until(HALF_YEARLY, date(2025, 4, 30)) == [
        date(2023, 10, 31),
        date(2024, 4, 30),
        date(2024, 10, 31),
        date(2025, 4, 30),
        date(2025, 10, 31),
    ]
    assert due_dates_until(ONCE, date(2030, 1, 1)) == [date(2023, 12, 31)]


def test_is_on_time_on_the_due_day_and_late_the_day_after() -> None:
    for day, status, late in ((0, DueStatus.ON_TIME, 0), (1, DueStatus.LATE, 1)):
        release = out(1, ONCE.first_due_on + timedelta(days=day))
        found = measure_lateness(ONCE, [release], today=date(2024, 6, 1))
        assert (found.dues[0].status, found.dues[0].days_late) == (status, late)
        assert (found.status, found.since) == (SeriesStatus.UP_TO_DATE, release.published_on)
        assert found.next_due_on is None


def test_is_overdue_since_the_day_after_the_due_day() -> None:
    on_the_day = measure_lateness(ONCE, [], today=date(2023, 12, 31))
    assert (on_the_day.status, on_the_day.next_due_on) == (SeriesStatus.NOT_DUE, date(2023, 12, 31))
    over_a_leap_day = measure_lateness(ONCE, [], today=date(2024, 3, 1))
    assert over_a_leap_day.status is SeriesStatus.OVERDUE
    assert (over_a_leap_day.since, over_a_leap_day.overdue_days) == (date(2024, 1, 1), 61)


def test_a_release_without_a_due_date_answers_the_earliest_unanswered() -> None:
    late = out(1, date(2024, 3, 1))
    found = measure_lateness(HALF_YEARLY, [late], today=date(2024, 5, 10))
    assert [due.status for due in found.dues] == [
        DueStatus.LATE,
        DueStatus.OVERDUE,
        DueStatus.NOT_DUE,
    ]
    assert (found.dues[0].days_late, found.overdue_days) == (122, 10)
    assert (found.since, found.next_due_on) == (date(2024, 5, 1), date(2024, 10, 31))


def test_a_due_date_that_was_passed_over_stays_late_until_the_next_answer() -> None:
    given_for_april = out(1, date(2024, 4, 20), date(2024, 4, 30))
    found = measure_lateness(HALF_YEARLY, [given_for_april], today=date(2024, 6, 1))
    passed = found.dues[0]
    assert (passed.status, passed.days_late) == (DueStatus.PASSED_OVER, 172)
    assert passed.release_id is None
    assert (found.status, found.since) == (SeriesStatus.UP_TO_DATE, date(2024, 4, 20))


def test_extra_releases_answer_nothing_in_advance() -> None:
    many = [out(n, date(2023, 10, n)) for n in range(1, 20)]
    found = measure_lateness(HALF_YEARLY, many, today=date(2024, 6, 1))
    assert [due.status for due in found.dues[:2]] == [DueStatus.ON_TIME, DueStatus.OVERDUE]


def test_what_is_not_out_yet_answers_nothing() -> None:
    found = measure_lateness(ONCE, [out(1, date(2024, 2, 2))], today=date(2024, 2, 1))
    assert (found.status, found.last_published_on) == (SeriesStatus.OVERDUE, None)


@given(st.lists(st.dates(date(2023, 7, 1), date(2027, 1, 1)), max_size=12))
def test_every_due_date_is_answered_at_most_once_and_never_before_its_turn(
    days: list[date],
) -> None:
    releases = [out(n, day) for n, day in enumerate(days)]
    found = measure_lateness(HALF_YEARLY, releases, today=date(2027, 1, 1))
    answers = [due.release_id for due in found.dues if due.release_id is not None]
    assert len(answers) == len(set(answers))
    for before, due in zip(found.dues, found.dues[1:], strict=False):
        if due.published_on is not None:
            assert due.published_on > before.due_on
    assert (found.overdue_days > 0) == (found.status is SeriesStatus.OVERDUE)


@pytest.mark.parametrize(
    ("due_on", "published_on"),
    [
        (date(2024, 5, 1), date(2024, 5, 1)),
        (date(2024, 4, 30), date(2023, 10, 31)),
        (date(2023, 4, 30), date(2024, 1, 1)),
    ],
)
def test_refuses_a_due_date_that_is_none_or_whose_turn_has_not_come(
    due_on: date, published_on: date
) -> None:
    with pytest.raises(InvalidRequestError):
        require_turn(HALF_YEARLY, due_on, published_on)
    require_turn(HALF_YEARLY, date(2024, 4, 30), date(2023, 11, 1))
