"""Rounds and polls as they are made, edited and moved from draft to published result."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import MISSING
from sqlalchemy import delete, select

from app.database import WriteSession, database_now
from app.domain.identity import Caller, Role
from app.domain.polls import PollStatus
from app.errors import (
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    PollExistsError,
    PollFrozenError,
)
from app.keyring import Keyring
from app.models.base import new_id, require_version
from app.models.polls import Poll, PollOption, Round
from app.models.priorities import Concern
from app.operations import audit
from app.operations.approvals import named
from app.operations.poll_moves import apply_move
from app.operations.polls_queries import WITH_PARTS
from app.operations.wards import get_borough, get_ward, require_met_ward
from app.schemas.polls import OptionIn, PollIn, PollPatchIn, RoundIn

ACTIONS = {
    PollStatus.SCHEDULED: "schedule_poll",
    PollStatus.OPEN: "open_poll",
    PollStatus.CLOSED: "close_poll",
    PollStatus.COUNTED: "count_poll",
    PollStatus.PUBLISHED: "publish_poll",
    PollStatus.CANCELLED: "cancel_poll",
}
DRAFT_FIELDS = frozenset({"question", "seats", "rule", "options"})


async def create_round(
    session: WriteSession, keyring: Keyring, caller: Caller, *, round_: RoundIn, now: datetime
) -> Round:
    """Make a round and its keys; the secret ones stay outside the database."""
    if round_.borough is not None:
        await get_borough(session, round_.borough)
        caller.require_territory(borough_code=round_.borough)
    elif caller.role is not Role.ADMIN:
        raise NotAllowedError("Only an admin may make a round for all of London.")
    if round_.opens_at >= round_.closes_at:
        raise InvalidRequestError("A round closes after it opens.", pointer="/closes_at")
    if round_.closes_at <= now:
        raise InvalidRequestError("A round closes in the future.", pointer="/closes_at")
    identifier = new_id()
    made = Round(
        id=identifier,
        title=round_.title,
        borough_code=round_.borough,
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        min_level=round_.min_level,
        seal_public_key=keyring.create_round(identifier),
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    await session.flush()
    audit.record(
        session,
        caller,
        "create_round",
        ("round", identifier),
        now=now,
        borough_code=round_.borough,
        detail={"after": round_.model_dump(mode="json")},
    )
    return made


async def create_poll(
    session: WriteSession, caller: Caller, *, poll: PollIn, now: datetime
) -> Poll:
    """Draft the poll of a ward in a round; one poll per ward and round."""
    ward = await get_ward(session, poll.ward)
    edition = await require_met_ward(session, ward)
    caller.require_territory(borough_code=ward.borough_code, ward_code=ward.code)
    # The round's row is held so that two drafts for one ward meet here and not in a broken key.
    held = select(Round).where(Round.id == poll.round).with_for_update(key_share=True)
    round_ = (await session.scalars(held)).first()
    if round_ is None:
        raise NotFoundError("round", poll.round)
    if round_.borough_code not in {None, ward.borough_code}:
        raise InvalidRequestError("The ward is not in the round's borough.", pointer="/ward")
    _require_choice(poll.seats, poll.options)
    await _require_concerns(session, poll.options)
    same = select(Poll.id).where(Poll.round_id == round_.id, Poll.ward_code == ward.code)
    if (await session.scalars(same)).first() is not None:
        raise PollExistsError(f"Ward {ward.code} has a poll in this round.", pointer="/ward")
    made = Poll(
        id=new_id(),
        round=round_,
        ward_code=ward.code,
        borough_code=ward.borough_code,
        edition_id=edition.id,
        question=poll.question,
        seats=poll.seats,
        rule=poll.rule,
        status=PollStatus.DRAFT.value,
        options=_options(poll.options),
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    await session.flush()
    _note(
        session, caller, made, "create_poll", at=now, detail={"after": poll.model_dump(mode="json")}
    )
    return made


async def change_poll(
    session: WriteSession,
    keyring: Keyring,
    caller: Caller,
    *,
    poll_id: UUID,
    patch: PollPatchIn,
    expected: int | None,
    clock: datetime | None = None,
) -> Poll:
    """Edit a draft, move a poll to another status, or both in this order, by the database's clock.

    Only a program can give another `clock`, to build a past round; no request can.
    """
    poll = await lock_poll(session, caller, poll_id, expected)
    at = clock or await database_now(session)
    if patch.model_fields_set & DRAFT_FIELDS:
        await _edit_draft(session, caller, poll, patch, at=at)
    if patch.status is not MISSING:
        to, reason = PollStatus(patch.status), None if patch.reason is MISSING else patch.reason
        approval = await apply_move(session, keyring, caller, poll, to=to, reason=reason, at=at)
        signed = {} if approval is None else named(approval)
        if to is PollStatus.OPEN:
            signed = {"scheduled_by": poll.scheduled_by}
        detail = {"manifest_sha256": poll.manifest_sha256, **signed}
        _note(session, caller, poll, ACTIONS[to], at=at, reason=reason, detail=detail)
    poll.version, poll.updated_at = poll.version + 1, at
    await session.flush()
    return poll


async def lock_poll(
    session: WriteSession, caller: Caller, poll_id: UUID, expected: int | None
) -> Poll:
    """Hold a poll's row, on which casting, closing and counting meet, and check the right to it."""
    statement = select(Poll).where(Poll.id == poll_id).with_for_update().options(*WITH_PARTS)
    poll = (await session.scalars(statement.execution_options(populate_existing=True))).first()
    if poll is None:
        raise NotFoundError("poll", poll_id)
    caller.require_territory(borough_code=poll.borough_code, ward_code=poll.ward_code)
    require_version(poll, expected)
    return poll


async def _edit_draft(
    session: WriteSession, caller: Caller, poll: Poll, patch: PollPatchIn, *, at: datetime
) -> None:
    if poll.status != PollStatus.DRAFT:
        raise PollFrozenError(
            "What a poll asks and how it is counted were fixed when it was scheduled."
        )
    before = _draft_of(poll)
    for name in ("question", "seats", "rule"):
        if name in patch.model_fields_set:
            setattr(poll, name, getattr(patch, name))
    if patch.options is not MISSING:
        await _require_concerns(session, patch.options)
        await session.execute(delete(PollOption).where(PollOption.poll_id == poll.id))
        session.add_all(_options(patch.options, poll.id))
        await session.flush()
        await session.refresh(poll, ["options"])
    _require_choice(poll.seats, poll.options)
    detail = {"before": before, "after": _draft_of(poll)}
    _note(session, caller, poll, "edit_poll", at=at, detail=detail)


def _require_choice(seats: int, options: Sequence[OptionIn | PollOption]) -> None:
    if seats > len(options):
        raise InvalidRequestError("There are more seats than options.", pointer="/seats")
    if len({option.concern for option in options}) < len(options):
        raise InvalidRequestError("Each option has a concern of its own.", pointer="/options")


async def _require_concerns(session: WriteSession, options: Sequence[OptionIn]) -> None:
    wanted = [option.concern for option in options]
    known = set(await session.scalars(select(Concern.slug).where(Concern.slug.in_(wanted))))
    for place, slug in enumerate(wanted):
        if slug not in known:
            raise InvalidRequestError(
                f"There is no concern {slug!r}.", pointer=f"/options/{place}/concern"
            )


def _options(options: Sequence[OptionIn], poll_id: UUID | None = None) -> list[PollOption]:
    owner = {} if poll_id is None else {"poll_id": poll_id}
    return [
        PollOption(position=place, concern=option.concern, text=option.text, **owner)
        for place, option in enumerate(options, 1)
    ]


def _draft_of(poll: Poll) -> dict[str, Any]:
    options = [{"concern": option.concern, "text": option.text} for option in poll.options]
    return {
        "question": poll.question,
        "seats": poll.seats,
        "rule": poll.rule,
        "options": options,
    }


def _note(
    session: WriteSession,
    caller: Caller,
    poll: Poll,
    action: str,
    *,
    at: datetime,
    detail: dict[str, Any],
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        caller,
        action,
        ("poll", poll.id),
        now=at,
        borough_code=poll.borough_code,
        ward_code=poll.ward_code,
        reason=reason,
        detail=detail,
    )
