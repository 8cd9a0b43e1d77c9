"""When a schedule falls due, by London's clock."""

from datetime import UTC, datetime, time

import pytest

from app.domain.jobs import Daily, occurrence_key


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-01-10T03:10:00", "2026-01-10T03:10:00"),
        ("2026-01-10T03:09:59", "2026-01-09T03:10:00"),
        ("2026-01-10T23:59:00", "2026-01-10T03:10:00"),
        ("2026-07-10T02:10:00", "2026-07-10T02:10:00"),  # an hour ahead of UTC in summer
        ("2026-07-10T02:09:00", "2026-07-09T02:10:00"),
        ("2026-07-09T23:30:00", "2026-07-09T02:10:00"),  # the tenth in London already
    ],
)
def test_falls_due_each_day_at_its_time_in_london(now: str, due: str) -> None:
    assert Daily(time(3, 10)).latest(at(now)) == at(due)


def test_falls_due_on_its_days_of_the_week_only() -> None:
    mondays = Daily(time(6, 0), frozenset({0}))
    assert mondays.latest(at("2026-11-29T12:00:00")) == at("2026-11-23T06:00:00")
    assert mondays.latest(at("2026-11-30T06:00:00")) == at("2026-11-30T06:00:00")


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_falls_due_once_in_the_nights_the_clocks_change(day: str) -> None:
    night = Daily(time(1, 30))
    keys = {
        occurrence_key("night", night.latest(at(f"{day}T{hour:02}:{minute:02}:00")))
        for hour in range(3, 24)
        for minute in (0, 30, 59)
    }
    assert keys == {f"night@{day}"}
    moments = {night.latest(at(f"{day}T{h:02}:{m:02}:00")) for h in range(24) for m in (0, 30, 59)}
    assert len([moment for moment in moments if moment.date().isoformat() == day]) == 1
