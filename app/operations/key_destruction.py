"""The end of a round's keys: after it nobody links a slot to a person or opens an envelope again.

The key files go last, when everything else is written and only the commit is missing. Whenever the
process dies, no row claims what did not happen: if the files were gone already, the request for the
second person still waits, and whoever repeats the call completes it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.database import Database, WriteSession, random_bytes_for
from app.domain.approvals import TwoPersonAct
from app.domain.challenges import require_round_over
from app.domain.identity import Caller
from app.errors import KeysDestroyedError, NotFoundError
from app.keyring import SLOT_BYTES, Keyring
from app.models.polls import Envelope, Poll, Round
from app.operations import audit
from app.operations.approvals import named, require_second_person


async def destroy_keys(
    session: WriteSession, keyring: Keyring, caller: Caller, *, round_id: UUID, now: datetime
) -> Round:
    """Destroy a finished round's keys and overwrite its slots, once two people want it.

    Raises `SecondPersonNeededError` for the first of them, `RoundNotOverError` while a poll is not
    done with or may be challenged, and `KeysDestroyedError` when it happened already.
    """
    round_ = await _lock_round(session, round_id)
    polls = select(Poll.status, Poll.published_at).where(Poll.round_id == round_id)
    statuses = [(status, published) for status, published in await session.execute(polls)]
    require_round_over(statuses, closes_at=round_.closes_at, at=now)
    act, subject = TwoPersonAct.DESTROY_ROUND_KEYS, ("round", round_id)
    approval = await require_second_person(
        session, caller, act, subject, now=now, borough_code=round_.borough_code
    )
    overwritten = await _overwrite_slots(session, round_id)
    round_.keys_destroyed_at = now
    round_.version, round_.updated_at = round_.version + 1, now
    audit.record(
        session,
        caller,
        "destroy_round_keys",
        subject,
        now=now,
        borough_code=round_.borough_code,
        detail={"slots_overwritten": overwritten, **named(approval)},
    )
    await session.flush()
    keyring.destroy_round(round_id)
    return round_


async def _lock_round(session: WriteSession, round_id: UUID) -> Round:
    held = select(Round).where(Round.id == round_id).with_for_update()
    round_ = (await session.scalars(held)).first()
    if round_ is None:
        raise NotFoundError("round", round_id)
    if round_.keys_destroyed_at is not None:
        raise KeysDestroyedError("The round's keys are destroyed already.")
    return round_


async def _overwrite_slots(session: WriteSession, round_id: UUID) -> int:
    """Put random bytes in place of each slot; return how many there were."""
    mine = update(Envelope).where(Envelope.round_id == round_id)
    written = mine.values(slot=random_bytes_for(session, SLOT_BYTES)).returning(Envelope.seq)
    unsynchronised = {"synchronize_session": False}
    done = await session.execute(written, execution_options=unsynchronised)
    return len(done.all())


async def forget_destroyed_keys(database: Database, keyring: Keyring) -> int:
    """Forget the slot keys this process holds of rounds whose keys were destroyed elsewhere."""
    held = keyring.held_rounds()
    if not held:
        return 0
    async with database.reading() as session:
        gone = select(Round.id).where(Round.id.in_(held), Round.keys_destroyed_at.is_not(None))
        found = (await session.scalars(gone)).all()
    for round_id in found:
        keyring.forget_round(round_id)
    return len(found)
