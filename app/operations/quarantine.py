"""Ballots held back: how many there are, and two people's decision to let them count."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from app.database import ReadSession, WriteSession, database_now
from app.domain.approvals import TwoPersonAct
from app.domain.identity import Caller
from app.domain.polls import PollStatus
from app.errors import PollMoveRefusedError
from app.models.polls import Envelope, Poll
from app.operations import audit
from app.operations.approvals import named, require_second_person
from app.operations.polls import lock_poll
from app.operations.polls_queries import get_poll, status_of

STEP = 10


async def count_held_back(session: ReadSession, caller: Caller | None, poll_id: UUID) -> int:
    """Return how many ballots of a poll are held back, rounded down to ten."""
    await get_poll(session, caller, poll_id)
    return await _count(session, poll_id)


async def _count(session: ReadSession | WriteSession, poll_id: UUID) -> int:
    held = select(func.count()).where(Envelope.poll_id == poll_id, Envelope.quarantined)
    number: int = (await session.execute(held)).scalar_one()
    return number // STEP * STEP


async def release_ballots(
    session: WriteSession, caller: Caller, poll_id: UUID, *, reason: str
) -> int:
    """Let the ballots held back in a closed poll count; takes two people, before the count.

    Returns how many there were, rounded down to ten. Raises `PollMoveRefusedError` at any other
    time, and `SecondPersonNeededError` for the first of the two.
    """
    poll = await lock_poll(session, caller, poll_id, None)
    at = await database_now(session)
    if status_of(poll, at) is not PollStatus.CLOSED:
        raise PollMoveRefusedError("Ballots are let go between the close and the count.")
    approval = await require_second_person(
        session,
        caller,
        TwoPersonAct.RELEASE_QUARANTINE,
        ("poll", poll.id),
        now=at,
        reason=reason,
        borough_code=poll.borough_code,
        ward_code=poll.ward_code,
    )
    number = await _count(session, poll.id)
    mine = update(Envelope).where(Envelope.poll_id == poll.id, Envelope.quarantined)
    await session.execute(mine.values(quarantined=False))
    detail = {"released_at_least": number, **named(approval)}
    _note(session, caller, poll, at=at, reason=reason, detail=detail)
    return number


def _note(
    session: WriteSession,
    caller: Caller,
    poll: Poll,
    *,
    at: datetime,
    reason: str,
    detail: dict[str, object],
) -> None:
    audit.record(
        session,
        caller,
        "release_quarantine",
        ("poll", poll.id),
        now=at,
        borough_code=poll.borough_code,
        ward_code=poll.ward_code,
        reason=reason,
        detail=detail,
    )
