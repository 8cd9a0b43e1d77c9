"""What may become of an event, and on which day it counts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.events import (
    LONGEST,
    EventStatus,
    awaits_record,
    check_move,
    check_recordable,
    check_times,
    london_day,
    london_midnight,
)
from app.errors import (
    EventMoveRefusedError,
    EventNotStartedError,
    InvalidRequestError,
    ServiceError,
)

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
FIRST, LAST = datetime(2023, 1, 1), datetime(2026, 12, 31)  # noqa: DTZ001 - hypothesis's bounds
ALLOWED = {
    ("draft", "published"),
    ("published", "postponed"),
    ("published", "cancelled"),
    ("published", "not_held"),
    ("postponed", "published"),
    ("postponed", "cancelled"),
}


@pytest.mark.parametrize("status", EventStatus)
@pytest.mark.parametrize("wanted", EventStatus)
def test_lets_an_event_make_exactly_the_moves_of_the_design(
    status: EventStatus, wanted: EventStatus
) -> None:
    ended = wanted is EventStatus.NOT_HELD
    allowed = (status.value, wanted.value) in ALLOWED
    try:
        check_move(status, wanted, ended=ended, rescheduled=True, reason="A reason.")
    except EventMoveRefusedError:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize(
    "status", sorted(set(EventStatus) - {EventStatus.PUBLISHED, EventStatus.HELD})
)
def test_refuses_to_record_what_was_never_announced_or_was_called_off(status: EventStatus) -> None:
    with pytest.raises(EventMoveRefusedError):
        check_recordable(status, NOON, now=NOON)


def test_records_an_event_from_the_instant_it_begins() -> None:
    with pytest.raises(EventNotStartedError):
        check_recordable(EventStatus.PUBLISHED, NOON, now=NOON - timedelta(microseconds=1))
    check_recordable(EventStatus.PUBLISHED, NOON, now=NOON)


def test_awaits_a_record_from_the_instant_it_ends() -> None:
    assert awaits_record("published", NOON, now=NOON)
    assert not awaits_record("published", NOON, now=NOON - timedelta(microseconds=1))
    assert not awaits_record("held", NOON, now=NOON)


def test_takes_fourteen_days_and_not_a_second_more() -> None:
    check_times(NOON, NOON + timedelta(days=14))
    with pytest.raises(InvalidRequestError):
        check_times(NOON, NOON + timedelta(days=14, seconds=1))


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
def test_refuses_any_pair_of_times_with_a_sentence_or_takes_it(a: datetime, b: datetime) -> None:
    try:
        check_times(a, b)
    except ServiceError:
        assert b - a > LONGEST or a >= b or not {a.year, b.year} <= set(range(2000, 2100))
    else:
        assert a.astimezone(UTC) < b.astimezone(UTC)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_begins_a_day_in_london_where_the_one_before_ends(day: date) -> None:
    midnight = london_midnight(day)
    assert london_day(midnight) == day
    assert london_day(midnight - timedelta(microseconds=1)) == day - timedelta(days=1)
