"""The rules of priorities: reviews, order, moves, action days and the difference of two sets."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.priorities import (
    ENDED,
    GRACE_DAYS,
    PriorityStatus,
    ReviewState,
    compare_sets,
    overdue_days,
    require_action_dates,
    require_in_progress,
    require_may_end,
    require_move,
    require_order,
    review_date,
    review_state,
)
from app.errors import (
    IllegalPriorityMoveError,
    InvalidRequestError,
    OutcomeRequiredError,
    PriorityEndedError,
)

DAY = date(2026, 3, 1)
SLUGS = ("burglary", "robbery", "fraud", "violence", "drug-dealing", "hate-crime")


@dataclass(frozen=True)
class Told:
    concern: str
    rank: int
    title: str = "Title"
    objective: dict[str, object] = field(default_factory=dict)
    place: str | None = None


@pytest.mark.parametrize("days", [-1, 0, 29, 121, 4000])
def test_refuses_a_review_too_soon_or_too_late(days: int) -> None:
    with pytest.raises(InvalidRequestError):
        review_date(DAY, DAY + timedelta(days=days))


def test_reviews_after_ninety_days_unless_asked_otherwise() -> None:
    assert review_date(DAY, None) == DAY + timedelta(days=90)
    assert review_date(DAY, DAY + timedelta(days=30)) == DAY + timedelta(days=30)
    assert review_date(DAY, DAY + timedelta(days=120)) == DAY + timedelta(days=120)


def test_counts_overdue_days_only_after_the_grace() -> None:
    after = {days: overdue_days(DAY, DAY + timedelta(days=days)) for days in (-5, 0, 14, 15, 44)}
    assert after == {-5: 0, 0: 0, 14: 0, 15: 1, 44: 30}


@given(st.integers(-200, 400))
def test_says_overdue_exactly_when_days_are_counted(days: int) -> None:
    today = DAY + timedelta(days=days)
    state = review_state(DAY, today)
    assert (state is ReviewState.OVERDUE) == (overdue_days(DAY, today) > 0) == (days > GRACE_DAYS)
    assert (state is ReviewState.NOT_DUE) == (days < 0)


@pytest.mark.parametrize(
    "ranks", [[], [0], [2], [1, 1], [1, 3], [1, 2, 3, 4, 5, 6], [-1, 1], [1, 2, 2]]
)
def test_refuses_ranks_that_do_not_run_from_one(ranks: list[int]) -> None:
    with pytest.raises(InvalidRequestError):
        require_order(ranks, SLUGS[: len(ranks)])


def test_names_the_place_of_a_repeated_concern() -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        require_order([1, 2, 3], ["burglary", "fraud", "burglary"])
    assert refusal.value.pointer == "/priorities/2/concern"


@given(st.permutations([1, 2, 3, 4, 5]))
def test_takes_ranks_in_any_order(ranks: list[int]) -> None:
    require_order(ranks, SLUGS[:5])


@pytest.mark.parametrize("before", PriorityStatus)
@pytest.mark.parametrize("after", PriorityStatus)
def test_moves_by_edit_only_back_to_work(before: PriorityStatus, after: PriorityStatus) -> None:
    if before == after or (before in ENDED and after is PriorityStatus.IN_PROGRESS):
        require_move(before, after)
    elif after in ENDED:
        with pytest.raises(OutcomeRequiredError):
            require_move(before, after)
    else:
        with pytest.raises(IllegalPriorityMoveError):
            require_move(before, after)


def test_ends_anything_but_what_was_carried_forward() -> None:
    for status in PriorityStatus:
        if status is PriorityStatus.CARRIED_FORWARD:
            with pytest.raises(IllegalPriorityMoveError):
                require_may_end(status)
        else:
            require_may_end(status)


def test_works_only_on_what_is_in_progress() -> None:
    require_in_progress("in_progress")
    for status in PriorityStatus:
        if status is not PriorityStatus.IN_PROGRESS:
            with pytest.raises(PriorityEndedError):
                require_in_progress(status)


@pytest.mark.parametrize(
    ("planned", "done", "pointer"),
    [
        (None, None, "/planned_on"),
        (None, 1, "/done_on"),
        (None, -367, "/done_on"),
        (367, None, "/planned_on"),
    ],
)
def test_refuses_action_days_that_cannot_be(
    planned: int | None, done: int | None, pointer: str
) -> None:
    days = [None if d is None else DAY + timedelta(days=d) for d in (planned, done)]
    with pytest.raises(InvalidRequestError) as refusal:
        require_action_dates(*days, today=DAY)
    assert refusal.value.pointer == pointer


def test_tells_every_kind_of_change_between_two_sets() -> None:
    before = [Told("burglary", 1), Told("robbery", 2), Told("fraud", 3), Told("violence", 4)]
    after = [
        Told("burglary", 1),
        Told("fraud", 2),
        Told("hate-crime", 3),
        Told("violence", 4, place="The Green"),
    ]
    changes = compare_sets(before, after)
    assert (changes.added, changes.dropped) == (("hate-crime",), ("robbery",))
    assert (changes.kept, changes.reworded) == (("burglary",), ("violence",))
    assert [(c.concern, c.from_rank, c.to_rank) for c in changes.reranked] == [("fraud", 3, 2)]


def test_tells_a_concern_both_reranked_and_reworded() -> None:
    changes = compare_sets([Told("fraud", 1)], [Told("fraud", 2, title="Scams")])
    assert changes.reworded == ("fraud",)
    assert [c.concern for c in changes.reranked] == ["fraud"]
    assert changes.kept == ()


sets_of_priorities = st.lists(st.sampled_from(SLUGS), unique=True, max_size=5).map(
    lambda concerns: [Told(concern, rank) for rank, concern in enumerate(concerns, 1)]
)


@given(sets_of_priorities, sets_of_priorities)
def test_accounts_for_every_concern_of_both_sets(before: list[Told], after: list[Told]) -> None:
    changes = compare_sets(before, after)
    moved = {change.concern for change in changes.reranked}
    stayed = set(changes.kept) | moved | set(changes.reworded)
    assert stayed | set(changes.added) == {p.concern for p in after}
    assert stayed | set(changes.dropped) == {p.concern for p in before}
    assert not stayed & (set(changes.added) | set(changes.dropped))
    assert not set(changes.kept) & (moved | set(changes.reworded))


@given(sets_of_priorities)
def test_finds_no_change_between_a_set_and_itself(told: list[Told]) -> None:
    changes = compare_sets(told, [replace(priority) for priority in reversed(told)])
    assert changes.kept == tuple(priority.concern for priority in told)
    assert changes.added + changes.dropped + changes.reworded == ()
    assert changes.reranked == ()
