"""How the plan's quota of open events is read, and that card and quota say the same."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.commitment_facts import EventFact
from app.domain.commitments import Status
from app.domain.event_quotas import QuotaLine, QuotaReading, read_quota
from app.domain.events import HeldEvent, london_day
from tests.commitment_facts import event

FIRST, LAST = datetime(2023, 1, 1), datetime(2026, 12, 31)  # noqa: DTZ001 - hypothesis's bounds


def event_at(at: datetime) -> HeldEvent:
    """Return an event held at an instant."""
    return HeldEvent(UUID(int=1), "surgery", "Fictional", at, 3, announced_before=True)


def read_at(held: list[HeldEvent], *, today: date) -> list[QuotaLine]:
    """Return the quota of these held events, of which nothing else is known."""
    known = [event(london_day(one.starts_at).isoformat()) for one in held]
    return read_quota(held, known, today=today)


def this_year(*known: EventFact, today: date) -> Status:
    """Return how four events of 2027 stand."""
    last = read_quota([], known, today=today)[-1]
    assert (last.reading, last.due_on) == (QuotaReading.FOUR_EACH_YEAR, date(2027, 12, 31))
    return last.status


def test_counts_an_event_on_the_london_day_on_which_it_began() -> None:
    summer_evening = datetime(2023, 7, 17, 23, 0, tzinfo=UTC)  # 18 July has begun in London
    lines = read_at([event_at(summer_evening)], today=date(2023, 8, 1))
    assert [line.value for line in lines if line.due_on.year == 2023] == [1, 1]
    lines = read_at([event_at(summer_evening - timedelta(seconds=1))], today=date(2023, 8, 1))
    assert [line.value for line in lines] == [0, 0, 0, 0]


def test_holds_nobody_in_breach_before_the_due_day_is_over() -> None:
    due = date(2023, 12, 31)
    assert read_at([], today=due)[0].status is Status.NOT_DUE
    assert read_at([], today=due + timedelta(days=1))[0].status is Status.BREACHED


@given(st.lists(st.datetimes(FIRST, LAST), max_size=12))
def test_the_cumulative_reading_is_never_stricter_than_the_yearly_one(
    times: list[datetime],
) -> None:
    held = [event_at(at.replace(tzinfo=UTC)) for at in times]
    lines = read_at(held, today=date(2027, 1, 1))
    met = {(line.reading, line.due_on): line.status is Status.MET for line in lines}
    for (reading, due_on), reached in met.items():
        if reading is QuotaReading.IN_YEAR and reached:
            assert met[QuotaReading.CUMULATIVE, due_on]
    assert all(line.shortfall == max(0, line.target - line.value) for line in lines)
    assert sum(line.assumed for line in lines) == 3


@pytest.mark.parametrize(
    ("announced", "lost_on", "today", "status"),
    [
        (0, None, date(2027, 10, 1), Status.NOT_DUE),
        (0, None, date(2027, 10, 2), Status.AT_RISK),
        (0, None, date(2027, 10, 5), Status.AT_RISK),
        (4, None, date(2027, 10, 5), Status.ON_TRACK),
        (4, date(2027, 10, 5), date(2027, 10, 5), Status.AT_RISK),
        (0, None, date(2027, 12, 31), Status.AT_RISK),
    ],
)
def test_says_on_track_and_at_risk_as_the_card_does(
    announced: int, lost_on: date | None, today: date, status: Status
) -> None:
    coming = [event(f"2027-12-0{n}", held=False, announced_on=date(2027, 9, 1)) for n in (1, 2, 3)]
    last = event("2027-12-09", held=False, announced_on=date(2027, 9, 2), lost_on=lost_on)
    known = [*coming, last][:announced]
    assert this_year(*known, today=today) is status
