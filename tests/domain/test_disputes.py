"""The clock on answers, the steps of a dispute, and what counts as leaving words out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.disputes import (
    MOST_A_DAY,
    MOST_OF_ONE,
    MOST_OPEN,
    DisputeCounts,
    DisputeState,
    due_at,
    is_overdue,
    require_move,
    require_redaction,
    require_room,
)
from app.errors import DisputeMoveRefusedError, RedactionRefusedError, TooManyDisputesError

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        ("2026-06-10T09:00+01:00", "2026-06-13T09:00+01:00"),
        ("2026-03-27T09:00+00:00", "2026-03-30T10:00+01:00"),  # clocks go forward on the 29th
        ("2026-10-23T09:00+01:00", "2026-10-26T08:00+00:00"),  # and back on the 25th
    ],
)
def test_gives_72_hours_as_they_pass_whatever_clocks_do(filed: str, due: str) -> None:
    found = due_at(datetime.fromisoformat(filed).astimezone(UTC))
    assert found == datetime.fromisoformat(due)
    assert found.astimezone(LONDON).isoformat(timespec="minutes") == due


def test_is_overdue_only_while_open_and_only_after_the_hour() -> None:
    due = datetime(2026, 6, 13, 8, tzinfo=UTC)
    late = due + timedelta(microseconds=1)
    assert not is_overdue("open", due, now=due)
    assert is_overdue("open", due, now=late)
    assert not any(is_overdue(state, due, now=late) for state in set(DisputeState) - {"open"})


def test_allows_these_steps_and_no_others() -> None:
    allowed = set()
    for state in DisputeState:
        for to in DisputeState:
            if to is DisputeState.OPEN:
                continue
            try:
                require_move(state, to)
            except DisputeMoveRefusedError:
                continue
            allowed.add((state.value, to.value))
    assert allowed == {
        ("open", "answered"),
        ("answered", "upheld"),
        ("answered", "rejected"),
        ("open", "withdrawn"),
        ("answered", "withdrawn"),
    }


ORIGINAL = "Sam at 7 said so; Sam at 9 too."


@pytest.mark.parametrize(
    "told",
    [
        "[redacted]",
        "[redacted] said so; Sam at 9 too.",
        "Sam at 7 said so; [redacted]",
        "[redacted] said so; [redacted] too.",
        "Sam at 7[redacted]Sam at 9 too.",
    ],
)
def test_lets_words_be_left_out(told: str) -> None:
    require_redaction(ORIGINAL, told)


@pytest.mark.parametrize(
    "told",
    [
        ORIGINAL,
        "Sam said so.",
        "[redacted] denied it; Sam at 9 too.",
        "[redacted] Sam at 9 too. [redacted] said so; [redacted]",
        "Sam at 7 said so; [redacted] never.",
        "Sam at 7 said so; Sam at 9 too.[redacted]too.",
    ],
)
def test_refuses_other_words_than_were_written(told: str) -> None:
    with pytest.raises(RedactionRefusedError):
        require_redaction(ORIGINAL, told)


@pytest.mark.parametrize(
    ("unanswered", "today", "same", "fits"),
    [
        (MOST_OPEN - 1, MOST_A_DAY - 1, MOST_OF_ONE - 1, True),
        (MOST_OPEN, 0, 0, False),
        (0, MOST_A_DAY, 0, False),
        (0, 0, MOST_OF_ONE, False),
    ],
)
def test_one_person_has_only_so_many_disputes(
    unanswered: int, today: int, same: int, *, fits: bool
) -> None:
    counted = {"unanswered": unanswered, "within_a_day": today, "of_the_same": same}
    if fits:
        require_room(**counted)
    else:
        with pytest.raises(TooManyDisputesError):
            require_room(**counted)


def test_an_upheld_dispute_calls_for_a_claim_that_is_later_than_it() -> None:
    upheld = DisputeCounts(upheld=1, last_upheld_at=datetime(2026, 6, 8, tzinfo=UTC))
    assert upheld.call_for_correction(datetime(2026, 6, 1, tzinfo=UTC))
    assert not upheld.call_for_correction(datetime(2026, 6, 9, tzinfo=UTC))
    assert not upheld.call_for_correction(None)
    assert not DisputeCounts(rejected=1).call_for_correction(datetime(2026, 6, 1, tzinfo=UTC))
