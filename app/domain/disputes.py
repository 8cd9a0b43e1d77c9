"""Disputes: what may be disputed, the clock on the answer, the steps, and what a redaction is."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.errors import DisputeMoveRefusedError, RedactionRefusedError, TooManyDisputesError

ANSWER_WITHIN = timedelta(hours=72)
"""How long a team has for its first answer: hours as they pass, so no clock change moves it."""
MOST_OPEN = 10
"""Unanswered disputes that one person may have at a time."""
MOST_A_DAY = 20
"""Disputes that one person may file within 24 hours, withdrawn ones too."""
MOST_OF_ONE = 3
"""Disputes of the same thing that one person may file, decided and withdrawn ones too."""
MARK = "[redacted]"
"""What stands in a published text for words that were left out."""
COMMITMENT = re.compile(r"C\d{2}|NPG\d{2}", re.ASCII)


class TargetKind(StrEnum):
    """What sort of statement is disputed."""

    PRIORITY_OUTCOME = "priority_outcome"
    EVENT_RECORD = "event_record"
    COMMITMENT_STATUS = "commitment_status"


class DisputeState(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    ANSWERED = "answered"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


UNDECIDED = frozenset({DisputeState.OPEN, DisputeState.ANSWERED})
FROM = {
    DisputeState.ANSWERED: frozenset({DisputeState.OPEN}),
    DisputeState.UPHELD: frozenset({DisputeState.ANSWERED}),
    DisputeState.REJECTED: frozenset({DisputeState.ANSWERED}),
    DisputeState.WITHDRAWN: UNDECIDED,
}
"""For each state that people give, those a dispute may come from."""


class DisputeTarget(NamedTuple):
    """What is disputed: a priority or event by its id, a commitment by its code and area."""

    kind: TargetKind
    id: str
    area_code: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeCounts:
    """How many disputes of one thing stand where; the overdue ones are open too."""

    open: int = 0
    answered: int = 0
    upheld: int = 0
    rejected: int = 0
    overdue: int = 0
    last_upheld_at: datetime | None = None

    def call_for_correction(self, claimed_at: datetime | None) -> bool:
        """Whether a dispute was upheld since what is claimed now was claimed."""
        if claimed_at is None or self.last_upheld_at is None:
            return False
        return claimed_at <= self.last_upheld_at


@dataclass(frozen=True, slots=True)
class OverdueDispute:
    """A dispute whose answer was due and missing at an instant: a finding of its own."""

    dispute_id: UUID
    target: DisputeTarget
    borough_code: str | None
    ward_code: str | None
    filed_at: datetime
    due_at: datetime


def due_at(filed_at: datetime) -> datetime:
    """Return when the first answer is due; the instant is UTC, so summer time changes nothing."""
    return filed_at + ANSWER_WITHIN


def is_overdue(state: str, due: datetime, *, now: datetime) -> bool:
    """Whether the first answer is missing and its time has passed."""
    return state == DisputeState.OPEN and now > due


def tells_words(state: str) -> bool:
    """Whether the filer's words are public: once the team has answered and could redact them.

    Those of a withdrawn dispute would be, but they are deleted.
    """
    return state != DisputeState.OPEN


def require_move(state: str, to: DisputeState) -> None:
    """Raise `DisputeMoveRefusedError` unless a dispute may come to a state from where it stands."""
    if DisputeState(state) not in FROM[to]:
        raise DisputeMoveRefusedError(f"This dispute is {state}: it cannot become {to.value}.")


def require_room(*, unanswered: int, within_a_day: int, of_the_same: int) -> None:
    """Raise `TooManyDisputesError` where one person has as many disputes as one may have."""
    if unanswered >= MOST_OPEN:
        raise TooManyDisputesError(f"You wait for {MOST_OPEN} answers; no more until one comes.")
    if within_a_day >= MOST_A_DAY:
        raise TooManyDisputesError(f"You filed {MOST_A_DAY} within 24 hours; try again later.")
    if of_the_same >= MOST_OF_ONE:
        raise TooManyDisputesError(f"You have disputed this {MOST_OF_ONE} times; that is all.")


def require_redaction(original: str, told: str) -> None:
    """Raise `RedactionRefusedError` unless a text only leaves words of the original out.

    Each gap is marked; all words between the gaps are the original's, in their order.
    """
    first, *others = told.split(MARK)
    if not others or not original.startswith(first):
        raise _not_a_redaction()
    *middle, last = others
    position = len(first)
    for piece in middle:
        position = original.find(piece, position)
        if position < 0:
            raise _not_a_redaction()
        position += len(piece)
    if len(original) - len(last) < position or not original.endswith(last):
        raise _not_a_redaction()


def _not_a_redaction() -> RedactionRefusedError:
    return RedactionRefusedError(
        f"Leave words out and put {MARK} in their place; change none.", pointer="/redacted_text"
    )
