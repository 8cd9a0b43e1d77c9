"""What a priority may become, when its review is due, and how one set differs from the next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from app.errors import (
    IllegalPriorityMoveError,
    InvalidRequestError,
    OutcomeRequiredError,
    PriorityEndedError,
)


class PrioritySetStatus(StrEnum):
    """Where a set stands: in force, followed by another, or taken back."""

    ACTIVE = "active"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class PriorityStatus(StrEnum):
    """Where a priority stands: worked on, ended in one of five ways, or kept by the next set."""

    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    PARTLY_DELIVERED = "partly_delivered"
    NOT_DELIVERED = "not_delivered"
    HANDED_OVER = "handed_over"
    DROPPED = "dropped"
    CARRIED_FORWARD = "carried_forward"


class OutcomeKind(StrEnum):
    """How a priority ended."""

    DELIVERED = "delivered"
    PARTLY_DELIVERED = "partly_delivered"
    NOT_DELIVERED = "not_delivered"
    HANDED_OVER = "handed_over"
    DROPPED = "dropped"


class ClaimedBy(StrEnum):
    """Who says how a priority ended."""

    TEAM = "team"
    PANEL = "panel"
    RESIDENTS = "residents"


class DecidedBy(StrEnum):
    """Who decided a priority set."""

    PANEL = "panel"
    TEAM = "team"
    BOARD = "board"


class ActionKind(StrEnum):
    """What sort of thing was done, or is planned, about a priority."""

    PATROL = "patrol"
    OPERATION = "operation"
    PARTNER = "partner"
    PREVENTION = "prevention"
    ENFORCEMENT = "enforcement"
    ENGAGEMENT = "engagement"
    OTHER = "other"


class ReviewState(StrEnum):
    """Whether a review lies ahead, is due now, or is overdue."""

    NOT_DUE = "not_due"
    DUE = "due"
    OVERDUE = "overdue"


ENDED = frozenset(PriorityStatus(kind.value) for kind in OutcomeKind)
"""The ways in which a priority ends; each needs a typed outcome."""

MAX_PRIORITIES = 5
"""At most this many priorities in a set; three are usual (mission.md §5)."""

REVIEW_DAYS = 90
"""Days until a set is reviewed when nobody says otherwise: the quarterly rhythm of ward panels."""

SHORTEST_REVIEW_DAYS, LONGEST_REVIEW_DAYS = 30, 120

GRACE_DAYS = 14
"""Days after the due date during which a review counts as due, not as overdue."""

RECENT_ACTIONS = 5
"""How many of a priority's actions are told with it; the rest are listed apart."""

FARTHEST_ACTION_DAYS = 366
"""An action is done or planned within a year of the day it is told."""


def review_date(set_on: date, asked: date | None, *, pointer: str = "/review_due_on") -> date:
    """Return the day a review is due; raises `InvalidRequestError` outside 30 to 120 days."""
    due = asked or set_on + timedelta(days=REVIEW_DAYS)
    if not SHORTEST_REVIEW_DAYS <= (due - set_on).days <= LONGEST_REVIEW_DAYS:
        raise InvalidRequestError(
            f"A review is due {SHORTEST_REVIEW_DAYS} to {LONGEST_REVIEW_DAYS} days after "
            f"{set_on.isoformat()}, when the priorities were set.",
            pointer=pointer,
        )
    return due


def overdue_days(review_due_on: date, today: date) -> int:
    """Return by how many days a review has outrun its due date and the grace; 0 before that."""
    return max(0, (today - review_due_on).days - GRACE_DAYS)


def review_state(review_due_on: date, today: date) -> ReviewState:
    """Return whether a review lies ahead, is due, or is overdue on a day."""
    if overdue_days(review_due_on, today):
        return ReviewState.OVERDUE
    return ReviewState.DUE if today >= review_due_on else ReviewState.NOT_DUE


def require_order(ranks: Sequence[int], concerns: Sequence[str]) -> None:
    """Raise `InvalidRequestError` unless 1 to 5 priorities rank 1..n and none repeats a concern."""
    if not 1 <= len(ranks) <= MAX_PRIORITIES:
        raise InvalidRequestError(
            f"A set has 1 to {MAX_PRIORITIES} priorities.", pointer="/priorities"
        )
    if sorted(ranks) != list(range(1, len(ranks) + 1)):
        raise InvalidRequestError(
            f"Rank the priorities 1 to {len(ranks)}, each rank once.", pointer="/priorities"
        )
    for index, concern in enumerate(concerns):
        if concern in concerns[:index]:
            raise InvalidRequestError(
                f"The concern {concern!r} stands twice in the set.",
                pointer=f"/priorities/{index}/concern",
            )


def require_in_progress(status: str) -> None:
    """Raise `PriorityEndedError` unless the priority is still being worked on."""
    if status != PriorityStatus.IN_PROGRESS:
        raise PriorityEndedError(
            f"This priority is {status}; what was published of it stays as it is."
        )


def require_move(before: str, after: str) -> None:
    """Raise unless an edit may move a priority so: only back to work, after a mistaken outcome.

    Ending takes an outcome (`OutcomeRequiredError`); carrying forward is done by the next set
    (`IllegalPriorityMoveError`).
    """
    if before == after:
        return
    if after in ENDED:
        raise OutcomeRequiredError(
            "A priority ends by recording an outcome: POST it to the priority's outcomes.",
            pointer="/status",
        )
    if before not in ENDED or after != PriorityStatus.IN_PROGRESS:
        raise IllegalPriorityMoveError(
            f"A priority cannot be moved from {before} to {after}.", pointer="/status"
        )


def require_may_end(status: str) -> None:
    """Raise `IllegalPriorityMoveError` when an outcome would end what the next set carries on."""
    if status == PriorityStatus.CARRIED_FORWARD:
        raise IllegalPriorityMoveError(
            "The next set carries this priority on; record the outcome there."
        )


def require_action_dates(planned_on: date | None, done_on: date | None, *, today: date) -> None:
    """Raise `InvalidRequestError` unless an action has a day near enough, done ones no later."""
    if planned_on is None and done_on is None:
        raise InvalidRequestError(
            "Say when the action is planned or was done.", pointer="/planned_on"
        )
    for day, pointer in ((planned_on, "/planned_on"), (done_on, "/done_on")):
        if day is not None and abs((day - today).days) > FARTHEST_ACTION_DAYS:
            raise InvalidRequestError("That day is more than a year away.", pointer=pointer)
    if done_on is not None and done_on > today:
        raise InvalidRequestError("What lies ahead is planned, not done.", pointer="/done_on")


class Worded(Protocol):
    """What two sets are compared by."""

    @property
    def concern(self) -> str:
        """The concern the priority is about."""

    @property
    def rank(self) -> int:
        """Its place in the set."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def objective(self) -> Mapping[str, object]:
        """What it promises."""

    @property
    def place(self) -> str | None:
        """Where in the ward it applies."""


@dataclass(frozen=True, slots=True)
class RankChange:
    """A concern that stayed and moved."""

    concern: str
    from_rank: int
    to_rank: int


@dataclass(frozen=True, slots=True)
class SetChanges:
    """How a set differs from the one before; a concern may be both reranked and reworded."""

    added: tuple[str, ...]
    dropped: tuple[str, ...]
    kept: tuple[str, ...]
    reranked: tuple[RankChange, ...]
    reworded: tuple[str, ...]


def compare_sets(before: Iterable[Worded], after: Iterable[Worded]) -> SetChanges:
    """Return how a set differs from the one before it, each list in order of rank."""
    old = {priority.concern: priority for priority in sorted(before, key=lambda p: p.rank)}
    new = {priority.concern: priority for priority in sorted(after, key=lambda p: p.rank)}
    both = [concern for concern in new if concern in old]
    reranked = [
        RankChange(concern, old[concern].rank, new[concern].rank)
        for concern in both
        if old[concern].rank != new[concern].rank
    ]
    reworded = [concern for concern in both if _words(old[concern]) != _words(new[concern])]
    changed = {change.concern for change in reranked} | set(reworded)
    return SetChanges(
        added=tuple(concern for concern in new if concern not in old),
        dropped=tuple(concern for concern in old if concern not in new),
        kept=tuple(concern for concern in both if concern not in changed),
        reranked=tuple(reranked),
        reworded=tuple(reworded),
    )


def _words(priority: Worded) -> tuple[str, dict[str, object], str | None]:
    return priority.title, dict(priority.objective), priority.place
