"""Ballots: opening a poll's envelopes once, after its close, and how many there are."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import WriteSession
from app.domain.ballots import OpenedChoices, closing_commitment, options_of
from app.errors import (
    BallotBoxDamagedError,
    NotFoundError,
    PollNotClosedError,
    PollOpenedBeforeError,
)
from app.keyring import Keyring
from app.models.polls import Envelope, OpenedBallot, Poll, PollOption
from app.sealing import DamagedEnvelopeError, Opener, associated_data

STILL_OPEN = frozenset({"draft", "scheduled", "open", "cancelled"})


async def count_envelopes(session: AsyncSession, poll_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many residents have a ballot in each of these polls; nothing of what they say."""
    counted = (
        select(Envelope.poll_id, func.count())
        .where(Envelope.poll_id.in_(poll_ids))
        .group_by(Envelope.poll_id)
    )
    found = dict((await session.execute(counted)).tuples().all())
    return {poll_id: found.get(poll_id, 0) for poll_id in poll_ids}


@dataclass(frozen=True, slots=True)
class _Opened:
    choices: tuple[str, ...]
    tracker: str


async def open_poll(session: WriteSession, keyring: Keyring, poll: Poll) -> OpenedChoices:
    """Open every envelope of a closed poll, once, and write the choices in shuffled order.

    Waits for casts in flight; no ballot can arrive after it. Raises `PollNotClosedError` while
    the poll takes ballots, `PollOpenedBeforeError` the second time, and `BallotBoxDamagedError`
    rather than leave out an envelope that does not open.
    """
    await _refuse_unless_ready(session, poll.id)
    if poll.manifest_sha256 is None:
        raise PollNotClosedError("A poll without a manifest has no ballots.")
    options = await _options_of(session, poll.id)
    envelopes = await _envelopes_of(session, poll.id)
    opener = Opener(keyring.private_key(poll.round_id))
    bound_to = associated_data(poll.id, poll.manifest_sha256)
    opened = await asyncio.to_thread(_open_all, opener, envelopes, bound_to, options)
    secrets.SystemRandom().shuffle(opened)
    rows = [
        {"poll_id": poll.id, "position": place, "choices": list(o.choices), "tracker": o.tracker}
        for place, o in enumerate(opened)
    ]
    if rows:
        await session.execute(insert(OpenedBallot), rows)
    return OpenedChoices(
        choices=[ballot.choices for ballot in opened],
        superseded=sum(envelope.seq - 1 for envelope in envelopes),
        by_level=dict(sorted(Counter(envelope.level for envelope in envelopes).items())),
        closing_commitment=closing_commitment(envelope.leaf_hash for envelope in envelopes),
    )


async def _refuse_unless_ready(session: WriteSession, poll_id: UUID) -> None:
    locked = select(Poll.status).where(Poll.id == poll_id).with_for_update()
    status = (await session.execute(locked)).scalar_one_or_none()
    if status is None:
        raise NotFoundError("poll", poll_id)
    if status in STILL_OPEN:
        raise PollNotClosedError(f"A poll that is {status} is not opened.")
    opened = select(OpenedBallot.position).where(OpenedBallot.poll_id == poll_id).limit(1)
    if (await session.execute(opened)).first() is not None:
        raise PollOpenedBeforeError("This poll's ballots were opened already.")


async def _options_of(session: WriteSession, poll_id: UUID) -> list[str]:
    statement = (
        select(PollOption.id).where(PollOption.poll_id == poll_id).order_by(PollOption.position)
    )
    return [str(option_id) for option_id in (await session.execute(statement)).scalars()]


async def _envelopes_of(session: WriteSession, poll_id: UUID) -> Sequence[Any]:
    statement = select(Envelope.sealed, Envelope.seq, Envelope.level, Envelope.leaf_hash).where(
        Envelope.poll_id == poll_id
    )
    return (await session.execute(statement)).all()


def _open_all(
    opener: Opener, envelopes: Sequence[Any], bound_to: bytes, options: Sequence[str]
) -> list[_Opened]:
    opened: list[_Opened] = []
    for envelope in envelopes:
        try:
            mask, tracker = opener.unseal(envelope.sealed, bound_to)
            opened.append(_Opened(options_of(mask, options), tracker.hex()))
        except (DamagedEnvelopeError, ValueError) as cause:
            raise BallotBoxDamagedError(
                f"An envelope of {len(envelopes)} does not open; nothing was counted."
            ) from cause
    return opened
