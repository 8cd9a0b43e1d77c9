"""Who sits on a board on a day, when its mix is whole, and what its meetings may say."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from app.domain.boards import (
    BoardFigures,
    BoardStanding,
    DecisionOutcome,
    MeetingFacts,
    MeetingStatus,
    MemberKind,
    Seat,
    require_decision,
    require_life,
    require_meeting,
    require_meeting_move,
    require_within_life,
    standing,
)
from app.domain.spans import DaySpan, span_of
from app.errors import (
    BoardClosedError,
    InvalidRequestError,
    MeetingMoveRefusedError,
    ReasonRequiredError,
    ServiceError,
)

BEGAN, TODAY = date(2024, 6, 1), date(2025, 3, 1)
PUBLIC, LEADER, POLICE = MemberKind.PUBLIC, MemberKind.COMMUNITY_LEADER, MemberKind.POLICE


def seat(kind: MemberKind, start: date = BEGAN, end: date | None = None) -> Seat:
    return Seat(kind, span_of(start, end))


def stands(*seats: Seat, on: date = TODAY, dissolved: date | None = None) -> BoardStanding:
    board = (UUID(int=1), "E09000101", "Board", BEGAN, dissolved)
    return standing(board, seats, BoardFigures(), on=on)


def test_counts_members_by_kind_on_a_day() -> None:
    left = seat(PUBLIC, end=date(2025, 3, 1))
    found = stands(seat(PUBLIC), left, seat(POLICE), on=date(2025, 2, 28))
    assert found.composition == {**dict.fromkeys(MemberKind, 0), PUBLIC: 2, POLICE: 1}
    assert stands(seat(PUBLIC), left).composition[PUBLIC] == 1


def test_is_mixed_only_while_every_promised_kind_sits_on_it() -> None:
    seats = [
        seat(POLICE),
        seat(LEADER, date(2024, 7, 1)),
        seat(PUBLIC, date(2024, 6, 10), date(2024, 9, 1)),
        seat(PUBLIC, date(2024, 9, 1), date(2025, 1, 1)),
    ]
    found = stands(*seats)
    assert found.mixed_spans == (DaySpan(date(2024, 7, 1), date(2025, 1, 1)),)
    assert (found.mixed, found.mixed_since) == (False, date(2025, 1, 1))
    then = stands(*seats, on=date(2024, 12, 31))
    assert (then.mixed, then.mixed_since) == (True, date(2024, 7, 1))
    for kind in (PUBLIC, LEADER, POLICE):
        without = [one for one in seats if one.kind is not kind]
        assert stands(*without).mixed_since is None


def test_ends_with_its_board() -> None:
    seats = [seat(kind) for kind in (PUBLIC, LEADER, POLICE)]
    found = stands(*seats, dissolved=date(2025, 1, 1))
    assert (found.active, found.mixed, found.mixed_since) == (False, False, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("end", "reason", "refusal"),
    [
        (date(2024, 5, 31), "Merged", InvalidRequestError),
        (date(2024, 7, 1), None, ReasonRequiredError),
        (None, "Merged", InvalidRequestError),
    ],
)
def test_refuses_a_life_that_cannot_be(
    end: date | None, reason: str | None, refusal: type[ServiceError]
) -> None:
    with pytest.raises(refusal):
        require_life(BEGAN, end, reason)
    require_life(BEGAN, date(2024, 7, 1), "Merged")


def test_refuses_a_seat_outside_the_boards_life() -> None:
    life = DaySpan(BEGAN, date(2025, 1, 1))
    for day in (date(2024, 5, 31), date(2025, 1, 1)):
        with pytest.raises(BoardClosedError):
            require_within_life(life, day, None, pointer="/starts_on")
    with pytest.raises(InvalidRequestError):
        require_within_life(life, date(2024, 7, 1), date(2024, 6, 30), pointer="/starts_on")
    require_within_life(life, date(2024, 12, 31), None, pointer="/starts_on")


HELD = MeetingFacts(
    meets_on=date(2025, 2, 1),
    status=MeetingStatus.HELD,
    status_reason=None,
    attendance={"public": 3},
    minutes_url="https://boards.example/1",
    minutes_published_on=date(2025, 2, 20),
)
PLANNED = replace(
    HELD, status=MeetingStatus.PLANNED, attendance={}, minutes_url=None, minutes_published_on=None
)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        (replace(HELD, meets_on=date(2025, 3, 2)), MeetingMoveRefusedError),
        (replace(PLANNED, status=MeetingStatus.CANCELLED), ReasonRequiredError),
        (replace(PLANNED, attendance={"public": 1}), InvalidRequestError),
        (replace(PLANNED, minutes_url="https://boards.example/1"), InvalidRequestError),
        (replace(HELD, minutes_url=None), InvalidRequestError),
        (replace(HELD, minutes_published_on=date(2025, 1, 31)), InvalidRequestError),
        (replace(HELD, minutes_published_on=date(2025, 3, 2)), InvalidRequestError),
    ],
)
def test_refuses_a_meeting_that_cannot_be(facts: MeetingFacts, refusal: type[ServiceError]) -> None:
    with pytest.raises(refusal):
        require_meeting(facts, today=TODAY)
    require_meeting(HELD, today=TODAY)
    require_meeting(PLANNED, today=TODAY)


def test_a_held_or_cancelled_meeting_stays_so() -> None:
    for former in (MeetingStatus.HELD, MeetingStatus.CANCELLED):
        for wanted in set(MeetingStatus) - {former}:
            with pytest.raises(MeetingMoveRefusedError):
                require_meeting_move(former, wanted)
        require_meeting_move(former, former)
    require_meeting_move(MeetingStatus.PLANNED, MeetingStatus.HELD)


def test_refuses_an_outcome_without_its_day_or_out_of_time() -> None:
    taken, done = date(2025, 2, 1), DecisionOutcome.DONE
    for outcome in (
        (done, None),
        (None, taken),
        (done, date(2025, 1, 31)),
        (done, date(2025, 4, 1)),
    ):
        with pytest.raises(InvalidRequestError):
            require_decision(taken, None, outcome, today=TODAY)
    with pytest.raises(InvalidRequestError):
        require_decision(taken, date(2025, 1, 31), (None, None), today=TODAY)
    require_decision(taken, taken, (done, TODAY), today=TODAY)
