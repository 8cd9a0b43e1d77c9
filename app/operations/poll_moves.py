"""The moves of a poll's status: what each one freezes, opens or reveals."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.database import WriteSession
from app.domain.counting import METHOD
from app.domain.identity import Caller
from app.domain.polls import (
    BEFORE_CLOSE,
    ENDING,
    MANIFEST_FORMAT,
    TIE_BREAK,
    PollStatus,
    find_two_person_act,
    manifest_hash,
    require_move,
)
from app.errors import PollMoveRefusedError, SecondPersonRequiredError
from app.keyring import Keyring
from app.models.approvals import Approval
from app.models.polls import Poll
from app.models.wards import BoundaryEdition
from app.operations.approvals import require_second_person
from app.operations.ballots import close_envelopes
from app.operations.log import publish_head
from app.operations.participation import publish_participation
from app.operations.poll_counting import count_ballots
from app.operations.polls_queries import status_of
from app.operations.wards import get_ward, require_met_ward


async def apply_move(
    session: WriteSession,
    keyring: Keyring,
    caller: Caller,
    poll: Poll,
    *,
    to: PollStatus,
    reason: str | None,
    at: datetime,
) -> Approval | None:
    """Move a locked poll, its options and round loaded, to another status as of an instant.

    Returns the first person's request where the move takes two; raises `SecondPersonNeededError`
    with everything unchanged while there is none.
    """
    effective = status_of(poll, at)
    require_move(poll.status, effective, to, reason=reason)
    approval = await _sign(session, caller, poll, (effective, to), reason=reason, at=at)
    if to is PollStatus.SCHEDULED:
        await _freeze(session, poll, at, log_key=keyring.log_signer.verifier_key)
        poll.scheduled_by = caller.subject
    if to is PollStatus.OPEN:
        await _confirm(session, caller, poll, at)
    if to in ENDING and PollStatus(poll.status) in BEFORE_CLOSE:
        await publish_head(session, keyring.log_signer, poll.id, at=at)
    if to in {PollStatus.CLOSED, PollStatus.COUNTED}:
        await close_envelopes(session, poll.id)
    if effective is PollStatus.CLOSED or to is PollStatus.CLOSED:
        poll.closed_at = poll.closed_at or min(at, poll.round.closes_at)
    if to is PollStatus.COUNTED:
        # Stored first: no envelope is opened for a poll that could still take a ballot.
        poll.status = PollStatus.CLOSED.value
        await session.flush()
        poll.counted_at = (await count_ballots(session, keyring, poll, at=at)).counted_at
    if to is PollStatus.PUBLISHED:
        poll.published_at = at
    said = reason if approval is None else approval.reason
    poll.status, poll.status_reason = to.value, said or poll.status_reason
    await publish_participation(session, poll.round_id, at=at)
    return approval


async def _sign(
    session: WriteSession,
    caller: Caller,
    poll: Poll,
    move: tuple[PollStatus, PollStatus],
    *,
    reason: str | None,
    at: datetime,
) -> Approval | None:
    """Return the request of the person who asked for this move before, where it takes two."""
    act = find_two_person_act(*move)
    if act is None:
        return None
    return await require_second_person(
        session,
        caller,
        act,
        ("poll", poll.id),
        now=at,
        asked={"from_status": move[0].value},
        reason=reason,
        borough_code=poll.borough_code,
        ward_code=poll.ward_code,
    )


async def _confirm(session: WriteSession, caller: Caller, poll: Poll, at: datetime) -> None:
    """Let somebody else than the scheduler open a poll; boundaries cannot change meanwhile."""
    if at >= poll.round.closes_at:
        raise PollMoveRefusedError("The poll's round is over.", pointer="/status")
    if poll.scheduled_by == caller.subject and not caller.signs_alone:
        raise SecondPersonRequiredError(
            "You scheduled this poll; somebody else with the right to it must open it."
        )
    held = select(BoundaryEdition.id).where(BoundaryEdition.id == poll.edition_id)
    await session.execute(held.with_for_update(read=True))


async def _freeze(session: WriteSession, poll: Poll, at: datetime, *, log_key: str) -> None:
    """Write and hash the manifest; from here on nothing that decides the result can change."""
    if at >= poll.round.closes_at:
        raise PollMoveRefusedError("The poll's round is over.", pointer="/status")
    ward = await get_ward(session, poll.ward_code)
    edition = await require_met_ward(session, ward)
    poll.edition_id = edition.id
    manifest: dict[str, Any] = {
        "format": MANIFEST_FORMAT,
        "poll": str(poll.id),
        "round": str(poll.round_id),
        "ward": {"code": ward.code, "name": ward.name, "borough": ward.borough_code},
        "boundary_edition": {
            "id": str(edition.id),
            "label": edition.label,
            "ward_boundary_sha256": ward.boundary_sha256,
        },
        "question": poll.question,
        "options": [
            {"id": str(option.id), "concern": option.concern, "text": option.text}
            for option in poll.options
        ],
        "seats": poll.seats,
        "rule": poll.rule,
        "counting": METHOD,
        "tie_break": TIE_BREAK,
        "opens_at": poll.round.opens_at.isoformat(),
        "closes_at": poll.round.closes_at.isoformat(),
        "min_level": poll.round.min_level,
        "seal_public_key": poll.round.seal_public_key.hex(),
        "log_key": log_key,
    }
    poll.manifest, poll.manifest_sha256 = manifest, manifest_hash(manifest)
