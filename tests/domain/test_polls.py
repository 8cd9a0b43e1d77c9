"""The state machine of a poll, and the form in which its manifest is hashed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.approvals import TwoPersonAct
from app.domain.polls import (
    FROM,
    PollStatus,
    canonical,
    effective_status,
    find_two_person_act,
    require_move,
)
from app.errors import PollMoveRefusedError, ReasonRequiredError

OPENS = datetime(2026, 3, 1, 9, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=14)
MOMENT = timedelta(microseconds=1)
INSTANTS = st.integers(-100, 100).map(lambda hours: OPENS + timedelta(hours=hours * 7))


def at(stored: str, instant: datetime) -> PollStatus:
    return effective_status(stored, opens_at=OPENS, closes_at=CLOSES, at=instant)


def test_the_clock_closes_a_poll_at_the_very_instant() -> None:
    assert at("open", CLOSES - MOMENT) is PollStatus.OPEN
    assert at("open", CLOSES) is PollStatus.CLOSED


def test_the_clock_begins_what_two_people_opened_at_the_very_instant() -> None:
    assert at("open", OPENS - MOMENT) is PollStatus.SCHEDULED
    assert at("open", OPENS) is PollStatus.OPEN


UNMOVED = ["draft", "scheduled", "closed", "counted", "published", "cancelled"]


@given(INSTANTS, st.sampled_from(UNMOVED))
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
    require_move("open", PollStatus.CLOSED, PollStatus.CLOSED, reason=None)


def test_refuses_to_open_what_is_open_and_waits_for_its_hour() -> None:
    with pytest.raises(PollMoveRefusedError):
        require_move("open", PollStatus.SCHEDULED, PollStatus.OPEN, reason=None)


def test_takes_two_people_for_what_ends_a_poll_before_its_time() -> None:
    two = {
        (effective, to): find_two_person_act(effective, to)
        for effective in PollStatus
        for to in PollStatus
        if effective in FROM[to] and find_two_person_act(effective, to) is not None
    }
    cancelled = (PollStatus.SCHEDULED, PollStatus.OPEN, PollStatus.CLOSED)
    assert two == {
        (PollStatus.OPEN, PollStatus.CLOSED): TwoPersonAct.CLOSE_POLL_EARLY,
        **{(status, PollStatus.CANCELLED): TwoPersonAct.CANCEL_POLL for status in cancelled},
    }


def test_writes_a_manifest_the_same_whatever_the_order_of_its_fields() -> None:
    assert (
        canonical({"b": "é", "a": [1]})
        == canonical({"a": [1], "b": "é"})
        == '{"a":[1],"b":"é"}'.encode()
    )
