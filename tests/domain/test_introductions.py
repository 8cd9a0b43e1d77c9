"""Who was introduced, by when, and since when somebody was not."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.events import HeldEvent
from app.domain.introductions import (
    Introduction,
    IntroductionStatus,
    Tenure,
    due_day,
    read_introductions,
)

TODAY = date(2025, 6, 1)


def tenure(number: int, start: date, end: date | None = None, officer: int = 0) -> Tenure:
    return Tenure(UUID(int=number), UUID(int=officer or number), "E09000101", start, end)


def event(day: date, hour: int = 18) -> HeldEvent:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    kind = "superintendent_introduction"
    return HeldEvent(UUID(int=day.toordinal()), kind, "Meet", at, 30, announced_before=True)


def read(
    *tenures: Tenure, held: tuple[HeldEvent, ...] = (), on: date = TODAY
) -> list[Introduction]:
    return read_introductions(tenures, held, today=on)


@pytest.mark.parametrize(
    ("starts_on", "due_on", "assumed"),
    [
        (date(2022, 1, 1), date(2024, 1, 31), False),
        (date(2023, 11, 2), date(2024, 1, 31), False),
        (date(2023, 11, 3), date(2024, 2, 1), True),
        (date(2024, 2, 1), date(2024, 5, 1), True),  # over a leap day
        (date(2025, 2, 1), date(2025, 5, 2), True),
    ],
)
def test_is_due_by_the_plans_day_or_ninety_days_after_the_first(
    starts_on: date, due_on: date, *, assumed: bool
) -> None:
    assert due_day(starts_on) == (due_on, assumed)


def test_is_met_on_the_due_day_and_late_after_it() -> None:
    leads = tenure(1, date(2023, 9, 1))
    for day, status, late in (
        (date(2024, 1, 31), IntroductionStatus.MET, 0),
        (date(2024, 2, 1), IntroductionStatus.MET_LATE, 1),
    ):
        (found,) = read(leads, held=(event(day),))
        assert (found.status, found.days_late, found.held_on) == (status, late, day)


def test_is_missing_since_the_day_after_the_due_day() -> None:
    leads = tenure(1, date(2025, 2, 1))
    (waiting,) = read(leads, on=date(2025, 5, 2))
    assert (waiting.status, waiting.missing_since) == (IntroductionStatus.NOT_DUE, None)
    (missing,) = read(leads, on=date(2025, 5, 12))
    assert missing.status is IntroductionStatus.BREACHED
    assert (missing.missing_since, missing.days_late) == (date(2025, 5, 3), 10)


def test_an_event_introduces_only_whoever_leads_on_its_london_day() -> None:
    former = tenure(1, date(2023, 8, 1), date(2024, 6, 1))
    present = tenure(2, date(2024, 6, 1))
    eve = event(date(2024, 5, 31), hour=23)  # in London the day after
    first, second = read(former, present, held=(eve,))
    assert (first.status, first.current) == (IntroductionStatus.BREACHED, False)
    assert first.days_late == (date(2024, 6, 1) - date(2024, 1, 31)).days
    assert (second.status, second.held_on) == (IntroductionStatus.MET, date(2024, 6, 1))
    before_anyone = read(present, held=(event(date(2024, 5, 30)),))
    assert before_anyone[0].event is None


def test_one_event_is_one_introduction() -> None:
    both = (tenure(1, date(2023, 8, 1)), tenure(2, date(2023, 9, 1)))
    once = read(*both, held=(event(date(2023, 10, 1)),))
    assert [one.held_on for one in once] == [None, date(2023, 10, 1)]
    twice = read(*both, held=(event(date(2023, 10, 1)), event(date(2023, 10, 9))))
    assert [one.held_on for one in twice] == [date(2023, 10, 9), date(2023, 10, 1)]


def test_adjoining_postings_of_one_officer_are_one_tenure() -> None:
    parts = (
        tenure(1, date(2023, 8, 1), date(2024, 3, 1), officer=9),
        tenure(2, date(2024, 3, 1), officer=9),
    )
    (found,) = read(*parts, held=(event(date(2023, 9, 9)),))
    assert (found.posting_id, found.ends_on, found.status) == (
        UUID(int=1),
        None,
        IntroductionStatus.MET,
    )
    back_again = (parts[0], tenure(2, date(2024, 3, 2), officer=9))
    assert len(read(*back_again)) == 2


def test_leaves_out_those_who_left_before_the_plan_or_have_not_come() -> None:
    gone = tenure(1, date(2022, 1, 1), date(2023, 7, 18))
    coming = tenure(2, TODAY + timedelta(days=1))
    never = tenure(3, date(2024, 1, 1), date(2024, 1, 1))
    assert read(gone, coming, never) == []
    on_the_day = tenure(4, date(2022, 1, 1), date(2023, 7, 19))
    assert [one.status for one in read(on_the_day)] == [IntroductionStatus.LEFT_BEFORE_DUE]
