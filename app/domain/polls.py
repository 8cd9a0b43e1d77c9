"""What state a poll is in by the clock, which moves it may make, and how it is frozen."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.approvals import TwoPersonAct
from app.errors import PollMoveRefusedError, ReasonRequiredError

MANIFEST_FORMAT = "ward-priorities-manifest/1"
TIE_BREAK = (
    "Among tied options the one with the smaller SHA-256(seed || option id) wins, where seed is "
    "SHA-256(manifest_sha256 || closing commitment) and the closing commitment is the root of the "
    "poll's public log at the close."
)
MAX_LEVEL = 2
"""The best proof of residence there is; 0 is a stated ward, 2 one that was checked."""


class PollStatus(StrEnum):
    """Where a poll stands, from its first draft to its published result."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    COUNTED = "counted"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


BEFORE_CLOSE = frozenset({PollStatus.SCHEDULED, PollStatus.OPEN})
"""Stored states of a poll that was announced and has not ended."""

ENDING = frozenset({PollStatus.CLOSED, PollStatus.COUNTED, PollStatus.CANCELLED})
"""States in which a poll comes to take no more ballots, and its log is complete."""

WITH_RESULT = frozenset({PollStatus.COUNTED, PollStatus.PUBLISHED})

FROM: Mapping[PollStatus, frozenset[PollStatus]] = {
    PollStatus.DRAFT: frozenset(),
    PollStatus.SCHEDULED: frozenset({PollStatus.DRAFT}),
    PollStatus.OPEN: frozenset({PollStatus.SCHEDULED}),
    PollStatus.CLOSED: frozenset({PollStatus.OPEN, PollStatus.CLOSED}),
    PollStatus.COUNTED: frozenset({PollStatus.CLOSED}),
    PollStatus.PUBLISHED: frozenset({PollStatus.COUNTED}),
    PollStatus.CANCELLED: frozenset(
        {PollStatus.DRAFT, PollStatus.SCHEDULED, PollStatus.OPEN, PollStatus.CLOSED}
    ),
}
"""For each status, the effective ones a poll may come from."""


def effective_status(
    stored: str, *, opens_at: datetime, closes_at: datetime, at: datetime
) -> PollStatus:
    """Return the status at an instant: what two people opened is open in [opens_at, closes_at).

    The clock opens nothing by itself: a poll that only one person scheduled stays scheduled.
    """
    status = PollStatus(stored)
    if status is not PollStatus.OPEN:
        return status
    if at >= closes_at:
        return PollStatus.CLOSED
    return PollStatus.OPEN if at >= opens_at else PollStatus.SCHEDULED


def require_move(stored: str, effective: PollStatus, to: PollStatus, *, reason: str | None) -> None:
    """Raise unless a poll may move to a status now, and says why where that must be said."""
    if to is PollStatus(stored) or effective not in FROM[to]:
        raise PollMoveRefusedError(
            f"The poll is {effective}; it cannot become {to} now.", pointer="/status"
        )
    early = to is PollStatus.CLOSED and effective is PollStatus.OPEN
    if (early or to is PollStatus.CANCELLED) and not reason:
        act = "cancelled" if to is PollStatus.CANCELLED else "closed before its time"
        raise ReasonRequiredError(f"Say why the poll is {act}.", pointer="/reason")


def find_two_person_act(effective: PollStatus, to: PollStatus) -> TwoPersonAct | None:
    """Return the act that a move is where it takes two people; a draft's end takes one."""
    if to is PollStatus.CLOSED and effective is PollStatus.OPEN:
        return TwoPersonAct.CLOSE_POLL_EARLY
    if to is PollStatus.CANCELLED and effective is not PollStatus.DRAFT:
        return TwoPersonAct.CANCEL_POLL
    return None


def canonical(document: Any) -> bytes:
    """Return the one way to write a document: UTF-8 JSON, sorted keys, no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def manifest_hash(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest's canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(manifest)).hexdigest()
