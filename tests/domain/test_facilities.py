"""Opening hours through the clock changes, and a borough's days with a 24/7 counter."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.facilities import (
    Counter,
    GapCause,
    Hours,
    count_spans,
    is_open_at,
    require_hours,
)
from app.domain.spans import DaySpan, span_of
from app.errors import InvalidRequestError

ALWAYS = DaySpan(date(2023, 1, 1), date.max)
SUNDAYS = {"sunday": [["01:00", "02:00"]]}
"""The hour that is skipped in March and comes twice in October."""


def kept(start: date, end: date | None, *, always: bool = True, **facts: Any) -> Hours:
    plain = {"weekly": {}, "verified_on": start, **facts}
    return Hours(span_of(start, end), is_24_7=always, **plain)


def counter(number: int, *hours: Hours, closed: date | None = None) -> Counter:
    life = span_of(date(2023, 1, 1), closed)
    reason = None if closed is None else "Sold"
    return Counter(UUID(int=number), f"Counter {number}", "E09000101", life, reason, hours)


def opened(hours: Hours, *, at: str) -> bool | None:
    return is_open_at([hours], ALWAYS, datetime.fromisoformat(at))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-10-27T00:30:00+00:00", True),  # 01:30 in summer time
        ("2024-10-27T01:30:00+00:00", True),  # 01:30 again, in winter time
        ("2024-10-27T02:30:00+00:00", False),
        ("2024-10-26T23:59:00+00:00", False),  # 00:59 in summer time
        ("2024-03-31T00:59:00+00:00", False),  # 00:59, and then the clock says 02:00
        ("2024-03-31T01:00:00+00:00", False),
        ("2024-03-24T01:00:00+00:00", True),
    ],
)
def test_keeps_hours_by_the_clock_when_it_changes(at: str, *, expected: bool) -> None:
    hours = kept(date(2024, 1, 1), None, always=False, weekly=SUNDAYS)
    assert opened(hours, at=at) is expected


def test_the_hour_open_on_a_sunday_is_two_in_october_and_none_in_march() -> None:
    hours = kept(date(2024, 1, 1), None, always=False, weekly=SUNDAYS)
    minutes = {}
    for day in (date(2024, 3, 31), date(2024, 6, 2), date(2024, 10, 27)):
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=2)
        times = (start + timedelta(minutes=n) for n in range(26 * 60))
        minutes[day.month] = sum(bool(is_open_at([hours], ALWAYS, at)) for at in times)
    assert minutes == {3: 0, 6: 60, 10: 120}


def test_a_day_begins_at_midnight_in_london() -> None:
    hours = kept(date(2024, 6, 1), None)
    assert opened(hours, at="2024-05-31T22:59:00+00:00") is None
    assert opened(hours, at="2024-05-31T23:00:00+00:00") is True


def test_closes_on_the_minute_and_is_open_until_midnight() -> None:
    weekly = {"monday": [["09:00", "17:00"], ["20:00", "24:00"]]}
    hours = kept(date(2024, 1, 1), None, always=False, weekly=weekly)
    times = {"08:59": False, "09:00": True, "16:59": True, "17:00": False, "23:59": True}
    for clock, expected in times.items():
        assert opened(hours, at=f"2024-01-08T{clock}:00+00:00") is expected
    assert opened(hours, at="2024-01-09T00:00:00+00:00") is False


def test_is_closed_when_closed_for_good_and_unknown_without_hours() -> None:
    at = datetime(2024, 6, 1, 12, tzinfo=UTC)
    life = DaySpan(date(2023, 1, 1), date(2024, 6, 1))
    assert is_open_at([kept(date(2023, 1, 1), None)], life, at) is False
    assert is_open_at([], ALWAYS, at) is None


@pytest.mark.parametrize(
    ("weekly", "pointer"),
    [
        ({"someday": [["09:00", "17:00"]]}, "/weekly/someday"),
        ({"monday": [["17:00", "09:00"]]}, "/weekly/monday/0"),
        ({"monday": [["09:00", "09:00"]]}, "/weekly/monday/0"),
        ({"monday": [["9:00", "17:00"]]}, "/weekly/monday/0"),
        ({"monday": [["24:00", "24:00"]]}, "/weekly/monday/0"),
        ({"monday": [["09:00", "13:00"], ["12:00", "17:00"]]}, "/weekly/monday/1"),
    ],
)
def test_refuses_hours_nobody_can_keep(weekly: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        require_hours(is_24_7=False, weekly=weekly)
    assert refused.value.mistakes[0].pointer == pointer


def test_refuses_hours_that_say_two_things() -> None:
    whole = [["00:00", "12:00"], ["12:00", "24:00"]]
    week = dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), whole
    )
    with pytest.raises(InvalidRequestError, match="say is_24_7"):
        require_hours(is_24_7=False, weekly=week)
    with pytest.raises(InvalidRequestError, match="never closes"):
        require_hours(is_24_7=True, weekly=week)
    require_hours(is_24_7=False, weekly={**week, "sunday": [["00:00", "23:59"]]})
    require_hours(is_24_7=True, weekly={})


def test_counts_the_days_with_a_counter_that_never_closes_and_says_what_ended_them() -> None:
    cut = kept(date(2024, 3, 1), None, always=False)
    first = counter(1, kept(date(2023, 1, 1), date(2024, 3, 1)), cut)
    second = counter(2, kept(date(2024, 3, 5), None), closed=date(2024, 6, 1))
    found = count_spans("E09000101", [first, second], start=date(2024, 2, 1), end=date(2024, 7, 1))
    assert found.spans == (
        DaySpan(date(2024, 2, 1), date(2024, 3, 1)),
        DaySpan(date(2024, 3, 5), date(2024, 6, 1)),
    )
    assert (found.days_with, found.days_without) == (29 + 88, 4 + 30)
    assert [(g.cause, g.facility_id, g.reason) for g in found.gaps] == [
        (GapCause.HOURS_CHANGED, UUID(int=1), None),
        (GapCause.COUNTER_CLOSED, UUID(int=2), "Sold"),
    ]
    assert (found.holds, found.since) == (False, date(2024, 6, 1))
    assert found.facility_ids == ()


def test_says_since_when_it_holds_even_before_the_period() -> None:
    rows = (kept(date(2023, 5, 1), date(2024, 1, 1)), kept(date(2024, 1, 1), None))
    found = count_spans(
        "E09000101", [counter(1, *rows)], start=date(2025, 1, 1), end=date(2025, 2, 1)
    )
    assert (found.holds, found.since, found.days_without) == (True, date(2023, 5, 1), 0)
    assert (found.verified_on, found.facility_ids) == (date(2024, 1, 1), (UUID(int=1),))


def test_tells_no_counter_entered_from_none_that_never_closes() -> None:
    period = {"start": date(2024, 1, 1), "end": date(2024, 1, 3)}
    nothing = count_spans("E09000101", [], **period)
    limited = count_spans(
        "E09000101", [counter(1, kept(date(2023, 1, 1), None, always=False))], **period
    )
    assert (nothing.recorded, limited.recorded) == (False, True)
    for found in (nothing, limited):
        assert (found.holds, found.since, found.days_without) == (False, None, 2)
        assert found.gaps[0].cause is GapCause.NEVER_HAD_ONE
