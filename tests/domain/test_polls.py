"""The state machine of a poll, and the form in which its manifest is hashed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.polls import FROM, PollStatus, canonical, effective_status, require_move
from app.errors import PollMoveRefusedError, ReasonRequiredError

OPENS = datetime(2026, 3, 1, 9, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=14)
MOMENT = timedelta(microseconds=1)
INSTANTS = st.integers(-100, 100).map(lambda hours: OPENS + timedelta(hours=hours * 7))


def at(stored: str, instant: datetime) -> PollStatus:
    return effective_status(stored, opens_at=OPENS, closes_at=CLOSES, at=instant)


@pytest.mark.parametrize("stored", ["scheduled", "open"])
def test_the_clock_closes_a_poll_at_the_very_instant(stored: str) -> None:
    assert at(stored, CLOSES - MOMENT) is PollStatus.OPEN
    assert at(stored, CLOSES) is PollStatus.CLOSED


def test_the_clock_opens_a_scheduled_poll_at_the_very_instant() -> None:
    assert at("scheduled", OPENS - MOMENT) is PollStatus.SCHEDULED
    assert at("scheduled", OPENS) is PollStatus.OPEN


@given(INSTANTS, st.sampled_from(["draft", "closed", "counted", "published", "cancelled"]))
def test_no_clock_moves_any_other_status(instant: datetime, stored: str) -> None:
    assert at(stored, instant) == stored


@given(INSTANTS, st.sampled_from(PollStatus), st.sampled_from(PollStatus))
def test_no_move_leads_back_or_past_the_count(
    instant: datetime, stored: PollStatus, to: PollStatus
) -> None:
    effective = at(stored, instant)
    order = list(PollStatus)
    try:
        require_move(stored, effective, to, reason="Said why")
    except PollMoveRefusedError:
        return
    assert to is not stored
    assert effective in FROM[to]
    assert order.index(to) >= order.index(effective)
    assert stored not in {PollStatus.PUBLISHED, PollStatus.CANCELLED}
    if to is PollStatus.CANCELLED:
        assert effective not in {PollStatus.COUNTED, PollStatus.PUBLISHED}


def test_refuses_an_early_close_and_a_cancellation_without_a_reason() -> None:
    with pytest.raises(ReasonRequiredError):
        require_move("open", PollStatus.OPEN, PollStatus.CLOSED, reason=None)
    with pytest.raises(ReasonRequiredError):
        require_move("draft", PollStatus.DRAFT, PollStatus.CANCELLED, reason=None)


def test_records_a_close_that_the_clock_made_without_asking_why() -> None:
    require_move("scheduled", PollStatus.CLOSED, PollStatus.CLOSED, reason=None)


def test_refuses_to_open_before_the_clock_does() -> None:
    with pytest.raises(PollMoveRefusedError):
        require_move("scheduled", PollStatus.SCHEDULED, PollStatus.OPEN, reason=None)


def test_writes_a_manifest_the_same_whatever_the_order_of_its_fields() -> None:
    assert (
        canonical({"b": "é", "a": [1]})
        == canonical({"a": [1], "b": "é"})
        == '{"a":[1],"b":"é"}'.encode()
    )
