"""Who filed a dispute: a keyed hash, by which people find, withdraw and leave their own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import WriteSession, take_turn
from app.domain.disputes import DisputeState
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.models.disputes import Dispute, DisputeEvent
from app.operations import audit

PURPOSE = "dispute"
SOMEBODY = Caller("resident", Role.RESIDENT)
"""Stands for every resident in the audit trail, which keeps what it holds for ever."""


def filer_of(caller: Caller, keyring: Keyring) -> bytes:
    """Return the keyed hash that stands for a person in their disputes, and nowhere else."""
    if caller.role is Role.PARTNER:
        return keyring.keyed(PURPOSE, f"partner:{caller.subject}".encode())
    return keyring.keyed(PURPOSE, caller.anchor or f"subject:{caller.subject}".encode())


def filer_behind(anchor: bytes, keyring: Keyring) -> bytes:
    """Return the keyed hash that stands for a registered resident in their disputes."""
    return keyring.keyed(PURPOSE, anchor)


async def forget_filer(session: WriteSession, filer: bytes, *, now: datetime) -> None:
    """Cut what ties a person to their disputes, in a transaction that is sealed where it must be.

    Unanswered ones are withdrawn and lose their words, which nobody published. What is published
    stays, as anybody's.
    """
    await take_turn(session, filer)
    theirs = (
        select(Dispute)
        .where(Dispute.filer == filer)
        .options(selectinload(Dispute.history))
        .with_for_update()
    )
    withdrawn = False
    for dispute in await session.scalars(theirs):
        if dispute.state == DisputeState.OPEN:
            withdraw(session, SOMEBODY, dispute, now=now)
            withdrawn = True
        dispute.filer = None
    if withdrawn:
        await audit.seal(session)


def withdraw(session: WriteSession, caller: Caller, dispute: Dispute, *, now: datetime) -> None:
    """Take a dispute back: its words go, an answer stays."""
    dispute.text = dispute.evidence_url = None
    move(dispute, DisputeState.WITHDRAWN, caller.role, now)
    note(session, caller, "withdraw_dispute", dispute, now=now)


def move(dispute: Dispute, to: DisputeState, role: Role, now: datetime) -> None:
    """Bring a dispute to a state, with a step in its history."""
    dispute.state, dispute.updated_at, dispute.version = to.value, now, dispute.version + 1
    add_step(dispute, to.value, role, now)


def add_step(dispute: Dispute, act: str, role: Role, now: datetime) -> None:
    """Add one step to a dispute's history."""
    number = len(dispute.history) + 1
    dispute.history.append(DisputeEvent(sequence=number, act=act, at=now, role=role.value))


def note(
    session: WriteSession,
    caller: Caller,
    act: str,
    dispute: Dispute,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Put an act into the audit trail: without the filer's words; of a resident, that it was one.

    The feed of changes is read from the trail, so that a dispute that appears is a change too.
    """
    audit.record(
        session,
        SOMEBODY if caller.role is Role.RESIDENT else caller,
        act,
        ("dispute", dispute.id),
        now=now,
        borough_code=dispute.borough_code,
        ward_code=dispute.ward_code,
        reason=reason,
        detail={"target": dispute.target_kind, "target_id": dispute.target_id},
    )
