"""A decision about a ward's next priorities: what changes, where it leaves the poll, what it owes.

Every concern of the new set, every concern of the outgoing set that is not in the new one, every
concern that the poll chose or the inputs proposed, and every one the proposal says must be answered
needs an item with a reason (DESIGN §2 rule 3). Where the decision departs from the poll the item
needs one reason more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.english import ordinal
from app.domain.priorities import Worded, compare_sets
from app.errors import (
    DepartureReasonRequiredError,
    InvalidRequestError,
    Mistake,
    ReasonRequiredError,
)


class Change(StrEnum):
    """What a refresh did about one concern; always computed, never taken from the client."""

    KEPT = "kept"
    ADDED = "added"
    DROPPED = "dropped"
    REWORDED = "reworded"
    RERANKED = "reranked"
    NOT_TAKEN = "not_taken"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the deciders say of one concern, and where in the request they said it."""

    concern: str
    reason: str
    departure_reason: str | None
    pointer: str


@dataclass(frozen=True, slots=True)
class Duties:
    """What a decision must answer: from the proposal and the poll that led it.

    `must_answer` holds the reason beside each concern that may not be passed over in silence.
    """

    chosen: tuple[str, ...] = ()
    ranking: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    must_answer: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecidedItem:
    """What was decided about one concern, and why."""

    concern: str
    change: Change
    old_rank: int | None
    new_rank: int | None
    reason: str
    departure: str | None
    departure_reason: str | None
    owed: str | None = None


def find_departures(new: Sequence[str], duties: Duties) -> dict[str, str]:
    """Return, by concern, in words how a new set (in order of rank) departs from the poll.

    The poll proposes as many as the set holds, and never fewer than it was asked to choose. What
    the proposal puts into a place that the poll left open departs from nothing.
    """
    if not duties.ranking:
        return {}
    proposed = duties.ranking[: max(len(duties.chosen), len(new))]
    left_open = duties.proposed if len(duties.ranking) < len(new) else ()
    departures = {
        concern: "the poll chose it and it is not a priority"
        for concern in duties.chosen
        if concern not in new
    }
    departures |= {
        concern: "it is a priority and the poll did not propose it"
        for concern in new
        if concern not in proposed and concern not in left_open
    }
    both = [concern for concern in new if concern in proposed]
    by_poll = [concern for concern in proposed if concern in both]
    for decided, polled in zip(both, by_poll, strict=True):
        if decided != polled:
            polled_place = ordinal(duties.ranking.index(decided) + 1)
            departures[decided] = f"the poll ranked it {polled_place}, in another order"
    return departures


def find_differences(new: Sequence[str], proposed: tuple[str, ...]) -> dict[str, str]:
    """Return, by concern, in words how a new set (in order of rank) differs from the proposal."""
    differences = {
        concern: f"it was proposed {ordinal(place)} and is not a priority"
        for place, concern in enumerate(proposed, 1)
        if concern not in new
    }
    for place, concern in enumerate(new, 1):
        if concern not in proposed:
            differences[concern] = "it is a priority and was not proposed"
        elif proposed[place - 1 : place] != (concern,):
            was = ordinal(proposed.index(concern) + 1)
            differences[concern] = f"it was proposed {was} and is {ordinal(place)}"
    return differences


def decide_items(
    old: Sequence[Worded],
    new: Sequence[Worded],
    answers: Sequence[Answer],
    duties: Duties,
) -> list[DecidedItem]:
    """Return the item of every concern decided on, new set first, unless a reason is owed.

    Raises `InvalidRequestError` for an answer given twice, `ReasonRequiredError` and
    `DepartureReasonRequiredError` with a pointer for each reason missing.
    """
    _require_single(answers)
    ranks = {priority.concern: priority.rank for priority in new}
    ordered = sorted(ranks, key=ranks.__getitem__)
    old_ranks = {priority.concern: priority.rank for priority in old}
    departures = find_departures(ordered, duties)
    _require_answers(old_ranks, ordered, answers, duties)
    _require_departure_reasons(answers, departures)
    changes = changes_between(old, new)
    return [
        DecidedItem(
            concern=answer.concern,
            change=changes.get(answer.concern, Change.NOT_TAKEN),
            old_rank=old_ranks.get(answer.concern),
            new_rank=ranks.get(answer.concern),
            reason=answer.reason,
            departure=departures.get(answer.concern),
            departure_reason=answer.departure_reason,
            owed=duties.must_answer.get(answer.concern),
        )
        for answer in sorted(answers, key=lambda answer: ranks.get(answer.concern, len(answers)))
    ]


def changes_between(old: Iterable[Worded], new: Iterable[Worded]) -> dict[str, Change]:
    """Return what happened to each concern of either set; new words outweigh a new place."""
    changes = compare_sets(old, new)
    return {
        **dict.fromkeys(changes.kept, Change.KEPT),
        **dict.fromkeys((moved.concern for moved in changes.reranked), Change.RERANKED),
        **dict.fromkeys(changes.reworded, Change.REWORDED),
        **dict.fromkeys(changes.added, Change.ADDED),
        **dict.fromkeys(changes.dropped, Change.DROPPED),
    }


def _require_single(answers: Sequence[Answer]) -> None:
    seen: set[str] = set()
    for answer in answers:
        if answer.concern in seen:
            raise InvalidRequestError(
                f"The concern {answer.concern!r} is decided on twice.",
                pointer=f"{answer.pointer}/concern",
            )
        seen.add(answer.concern)


def _require_answers(
    old_ranks: Mapping[str, int],
    new: Sequence[str],
    answers: Sequence[Answer],
    duties: Duties,
) -> None:
    given = {answer.concern for answer in answers}
    owed = {
        **{
            concern: f"must be answered ({because.rstrip('.')})"
            for concern, because in duties.must_answer.items()
        },
        **dict.fromkeys(duties.proposed, "was proposed from the inputs"),
        **dict.fromkeys(duties.chosen, "was chosen by the poll"),
        **dict.fromkeys(old_ranks, "was a priority until now"),
    }
    missing = [
        Mistake("/dropped", f"{concern} {why} and is not in the new set: say why not.")
        for concern, why in owed.items()
        if concern not in new and concern not in given
    ]
    if missing:
        raise ReasonRequiredError(
            " ".join(mistake.message for mistake in missing), mistakes=missing
        )


def _require_departure_reasons(answers: Iterable[Answer], departures: Mapping[str, str]) -> None:
    missing = [
        Mistake(
            f"{answer.pointer}/departure_reason",
            f"{answer.concern} departs from the poll ({departures[answer.concern]}): say why.",
        )
        for answer in answers
        if answer.concern in departures and not answer.departure_reason
    ]
    if missing:
        raise DepartureReasonRequiredError(
            " ".join(mistake.message for mistake in missing), mistakes=missing
        )
