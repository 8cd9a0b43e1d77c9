"""Disputes: filed by residents and partners, answered by the team, decided by a second person."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from app.database import WriteSession, take_turn
from app.domain.disputes import (
    UNDECIDED,
    DisputeState,
    due_at,
    require_move,
    require_redaction,
    require_room,
)
from app.domain.identity import Caller, Role
from app.errors import (
    DisputeExistsError,
    NotAllowedError,
    NotFoundError,
    RedactionRefusedError,
    SecondPersonRequiredError,
)
from app.keyring import Keyring
from app.models.base import new_id
from app.models.disputes import Dispute
from app.operations.dispute_filers import add_step, filer_of, move, note, withdraw
from app.operations.dispute_targets import (
    CommitmentCheck,
    Subject,
    find_subject,
    fits_the_pattern,
    reaches_dispute,
    recorders_of,
)
from app.operations.sessions import require_not_erased
from app.schemas.disputes import DisputeAnswerIn, DisputeDecisionIn, DisputeIn

A_DAY = timedelta(hours=24)


async def file_dispute(
    session: WriteSession,
    caller: Caller,
    keyring: Keyring,
    *,
    wanted: DisputeIn,
    now: datetime,
    today: date,
    knows_commitment: CommitmentCheck = fits_the_pattern,
) -> Dispute:
    """Keep an objection and start the clock on its answer; who filed it is kept as a keyed hash.

    Raises `NotAuthenticatedError` for whoever was erased, and keeps an erasure waiting meanwhile.
    `knows_commitment` says whether a commitment's status in an area on a day can be disputed.
    """
    await require_not_erased(session, caller)
    if caller.quarantined:
        raise NotAllowedError("Two people look at your sign-in first; after that you may file.")
    subject = await find_subject(session, wanted.target, today=today, knows=knows_commitment)
    if caller.role is Role.PARTNER and subject.borough_code is not None:
        caller.require_territory(borough_code=subject.borough_code, ward_code=subject.ward_code)
    filer = filer_of(caller, keyring)
    await _require_room(session, filer, subject, now=now)
    row = Dispute(
        id=new_id(),
        target_kind=subject.kind,
        target_id=subject.id,
        area_code=subject.area_code,
        as_of=subject.as_of,
        borough_code=subject.borough_code,
        ward_code=subject.ward_code,
        text=wanted.text,
        evidence_url=wanted.evidence_url,
        filer=filer,
        filed_at=now,
        due_at=due_at(now),
        state=DisputeState.OPEN.value,
        created_at=now,
        updated_at=now,
        version=1,
        history=[],
    )
    session.add(row)
    add_step(row, "filed", caller.role, now)
    note(session, caller, "file_dispute", row, now=now)
    await session.flush()
    return row


async def _require_room(
    session: WriteSession, filer: bytes, subject: Subject, *, now: datetime
) -> None:
    """Raise if this person disputes the same already, too often, or waits for too many answers.

    On PostgreSQL one person's filings take turns until the commit; SQLite has one writer anyway.
    """
    await take_turn(session, filer)
    mine = select(Dispute.id, Dispute.state).where(Dispute.filer == filer)
    same = mine.where(
        Dispute.target_kind == subject.kind,
        Dispute.target_id == subject.id,
        Dispute.area_code == subject.area_code,
    )
    known = (await session.execute(same)).all()
    for row in known:
        if row.state in UNDECIDED:
            raise DisputeExistsError(f"Your dispute {row.id} of this is not decided yet.")
    waiting = await _count(session, mine.where(Dispute.state == DisputeState.OPEN))
    recent = await _count(session, mine.where(Dispute.filed_at > now - A_DAY))
    require_room(unanswered=waiting, within_a_day=recent, of_the_same=len(known))


async def _count(session: WriteSession, wanted: Select[UUID, str]) -> int:
    number = select(func.count()).select_from(wanted.subquery())
    return int((await session.execute(number)).scalar_one())


async def answer_dispute(
    session: WriteSession,
    caller: Caller,
    dispute_id: UUID,
    *,
    answer: DisputeAnswerIn,
    now: datetime,
) -> Dispute:
    """Answer a dispute as a team of its area; this publishes its text, less what is redacted."""
    dispute = await _hold(session, dispute_id)
    await _require_reach(session, caller, dispute)
    require_move(dispute.state, DisputeState.ANSWERED)
    if answer.redacted_text is not None or answer.hide_evidence_url:
        _redact(dispute, answer)
        add_step(dispute, "redacted", caller.role, now)
    elif answer.redaction_reason is not None:
        raise RedactionRefusedError("Nothing is left out.", pointer="/redaction_reason")
    dispute.answer, dispute.answered_at, dispute.answered_by = answer.answer, now, caller.subject
    move(dispute, DisputeState.ANSWERED, caller.role, now)
    note(session, caller, "answer_dispute", dispute, now=now, reason=dispute.redaction_reason)
    await session.flush()
    return dispute


def _redact(dispute: Dispute, answer: DisputeAnswerIn) -> None:
    """Leave words out for good: what was there before is not kept anywhere."""
    if answer.redaction_reason is None:
        raise RedactionRefusedError("Say why something is left out.", pointer="/redaction_reason")
    if answer.redacted_text is not None:
        require_redaction(dispute.text or "", answer.redacted_text)
        dispute.text = answer.redacted_text
    if answer.hide_evidence_url:
        dispute.evidence_url = None
    dispute.redaction_reason = answer.redaction_reason


async def decide_dispute(
    session: WriteSession,
    caller: Caller,
    dispute_id: UUID,
    *,
    wanted: DisputeDecisionIn,
    now: datetime,
) -> Dispute:
    """Uphold or reject an answered dispute, as somebody who neither answered nor recorded.

    What is disputed stays as it was written; where the dispute is right its team owes a new one.
    """
    dispute = await _hold(session, dispute_id)
    await _require_reach(session, caller, dispute)
    require_move(dispute.state, wanted.decision)
    involved = {dispute.answered_by, *await recorders_of(session, dispute)}
    if caller.subject in involved and not caller.signs_alone:
        raise SecondPersonRequiredError(
            "You answered this or recorded what is disputed; somebody else must decide."
        )
    dispute.decision, dispute.decided_at = wanted.reason, now
    move(dispute, wanted.decision, caller.role, now)
    act = "uphold_dispute" if wanted.decision is DisputeState.UPHELD else "reject_dispute"
    note(session, caller, act, dispute, now=now, reason=wanted.reason)
    await session.flush()
    return dispute


async def withdraw_dispute(
    session: WriteSession, caller: Caller, keyring: Keyring, dispute_id: UUID, *, now: datetime
) -> Dispute:
    """Take back one's own dispute; its words are deleted, an answer stays."""
    dispute = await _hold(session, dispute_id)
    if dispute.filer != filer_of(caller, keyring):
        raise NotAllowedError("Only whoever filed a dispute may withdraw it.")
    require_move(dispute.state, DisputeState.WITHDRAWN)
    withdraw(session, caller, dispute, now=now)
    await session.flush()
    return dispute


async def _hold(session: WriteSession, dispute_id: UUID) -> Dispute:
    """Return a dispute with its history, locked until the commit."""
    locked = (
        select(Dispute)
        .where(Dispute.id == dispute_id)
        .options(selectinload(Dispute.history))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await session.scalars(locked)).first()
    if found is None:
        raise NotFoundError("dispute", dispute_id)
    return found


async def _require_reach(session: WriteSession, caller: Caller, dispute: Dispute) -> None:
    if not await reaches_dispute(session, caller, dispute):
        caller.require_territory(borough_code=dispute.borough_code, ward_code=dispute.ward_code)
