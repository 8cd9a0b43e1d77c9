"""How long a result may be challenged, what a second opening compares, and when keys may go."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from app.domain.polls import PollStatus
from app.errors import (
    ChallengeClosedError,
    KeysDestroyedError,
    PollNotCountedError,
    RoundNotOverError,
)

CHALLENGE_DAYS = 28
CHALLENGE = timedelta(days=CHALLENGE_DAYS)
"""How long after its publication a result may be challenged, and its envelopes opened again."""

Opened = tuple[tuple[str, ...], str]
"""What was ticked, in the manifest's order, and the tracker beside it."""


@dataclass(frozen=True, slots=True)
class Differences:
    """How many things a second opening found otherwise than the first one left them."""

    damaged: int
    """Envelopes that do not open, or hold what no ballot can."""
    only_in_envelopes: int
    """Ballots that were opened now and are not on the list of the first opening."""
    only_on_list: int
    """Ballots on that list that no envelope holds."""
    altered_leaves: int
    """Envelopes whose leaf hash is not that of their content."""
    not_in_log: int
    """Envelopes whose leaf is not in the public log."""
    false_covers: int
    """Leaves that are marked as covers without being one."""
    unaccounted: int | None
    """By how much the casts in the whole round's logs differ from those its envelopes number."""
    other_result: int
    """1 if the ballots opened now give another result than the one recorded."""

    @property
    def none(self) -> bool:
        """Whether both openings agree in everything."""
        return not any(asdict(self).values())


def only_in(one: Iterable[Opened], other: Iterable[Opened]) -> int:
    """Count the ballots of one list that the other lacks, repeated ones as often as they occur."""
    return (Counter(one) - Counter(other)).total()


def require_challenge_open(
    status: str, *, published_at: datetime | None, destroyed_at: datetime | None, at: datetime
) -> None:
    """Raise unless a poll's envelopes may be opened again: counted, in time, keys still there."""
    if destroyed_at is not None:
        raise KeysDestroyedError("The round's keys are destroyed; its envelopes open no more.")
    if PollStatus(status) not in {PollStatus.COUNTED, PollStatus.PUBLISHED}:
        raise PollNotCountedError("Only the ballots of a counted poll are opened again.")
    if published_at is not None and at >= published_at + CHALLENGE:
        raise ChallengeClosedError(
            f"A result may be challenged for {CHALLENGE_DAYS} days after its publication."
        )


def require_round_over(
    polls: Iterable[tuple[str, datetime | None]], *, closes_at: datetime, at: datetime
) -> None:
    """Raise unless each poll (status, publication) of a round is done with and past challenging."""
    due = closes_at
    for status, published_at in polls:
        if PollStatus(status) not in {PollStatus.PUBLISHED, PollStatus.CANCELLED}:
            raise RoundNotOverError(f"A poll of this round is {status}; its keys are needed.")
        due = max(due, published_at or due)
    if at < due + CHALLENGE:
        raise RoundNotOverError(
            f"A result of this round may be challenged until {due + CHALLENGE:%Y-%m-%d %H:%M} UTC."
        )
