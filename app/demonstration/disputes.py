"""Demonstration disputes: in every borough one in each state, one of them past its 72 hours."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from app.demonstration.scene import Scene
from app.domain.commitments import LONDON_CODE
from app.domain.disputes import DisputeState, TargetKind
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.models.disputes import Dispute
from app.models.events import CommunityEvent, EventRecord
from app.models.priorities import Outcome, Priority, PrioritySet
from app.operations.atlas import WardEntry
from app.operations.disputes import (
    answer_dispute,
    decide_dispute,
    file_dispute,
    withdraw_dispute,
)
from app.schemas.disputes import (
    CommitmentStatusTargetIn,
    DisputeAnswerIn,
    DisputeDecisionIn,
    DisputeIn,
    EventRecordTargetIn,
    PriorityOutcomeTargetIn,
    TargetIn,
)

ANSWER_AFTER, DECISION_AFTER = timedelta(hours=20), timedelta(days=9)
LEADER = Caller("demonstration-leader", Role.ADMIN)
"""Who decides: somebody else than the builder, who recorded and answered."""
OUTCOME, RECORD = TargetKind.PRIORITY_OUTCOME, TargetKind.EVENT_RECORD
STATUS = TargetKind.COMMITMENT_STATUS
FATES = (
    (4, OUTCOME, None),
    (1, RECORD, None),
    (6, STATUS, DisputeState.ANSWERED),
    (30, OUTCOME, DisputeState.UPHELD),
    (45, RECORD, DisputeState.REJECTED),
    (12, OUTCOME, DisputeState.WITHDRAWN),
)
"""Days since each was filed, about what, and what became of it; the first waits too long."""
DISPUTED = "C06"
"""The commitment whose status is disputed, also where nothing of the other kinds can be."""
TEXT = "It is no better where I live (demonstration)."
ANSWER = "Thank you; this is what we did and when (demonstration)."
REASONS = {
    DisputeState.UPHELD: "The record does not bear the claim out (demonstration).",
    DisputeState.REJECTED: "The record bears the claim out (demonstration).",
}


async def dispute_claims(scene: Scene, keyring: Keyring, wards: list[WardEntry]) -> None:
    """Dispute what was said in a borough: outcomes, records of events, a commitment's status."""
    code = wards[0].borough_code
    said = {
        OUTCOME: await _ended_priorities(scene, [ward.code for ward in wards]),
        RECORD: await _recorded_events(scene, code),
        STATUS: [],
    }
    for number, (days, kind, fate) in enumerate(FATES):
        about = said[kind].pop() if said[kind] else None
        as_of = scene.today - timedelta(days=days)
        wanted = DisputeIn(target=_target(kind, about, code, as_of), text=TEXT)
        resident = Caller(f"demonstration-{code}-{number}", Role.RESIDENT)
        await _play(scene, keyring, resident, wanted, (timedelta(days=days), fate))


async def dispute_london(scene: Scene, keyring: Keyring) -> None:
    """Dispute a commitment's status in all of London, unless somebody did before."""
    known = select(Dispute.id).where(Dispute.area_code == LONDON_CODE).limit(1)
    if (await scene.session.scalars(known)).first() is not None:
        return
    target = _target(STATUS, None, LONDON_CODE, scene.today - timedelta(days=2))
    resident = Caller(f"demonstration-{LONDON_CODE}", Role.RESIDENT)
    wanted = DisputeIn(target=target, text=TEXT)
    await _play(scene, keyring, resident, wanted, (timedelta(days=2), None))


def _target(kind: TargetKind, about: UUID | None, area_code: str, as_of: date) -> TargetIn:
    if about is not None and kind is OUTCOME:
        return PriorityOutcomeTargetIn(kind=TargetKind.PRIORITY_OUTCOME, id=about)
    if about is not None and kind is RECORD:
        return EventRecordTargetIn(kind=TargetKind.EVENT_RECORD, id=about)
    return CommitmentStatusTargetIn(
        kind=TargetKind.COMMITMENT_STATUS, id=DISPUTED, area_code=area_code, as_of=as_of
    )


async def _recorded_events(scene: Scene, borough_code: str) -> list[UUID]:
    statement = (
        select(CommunityEvent.id)
        .join(EventRecord, EventRecord.event_id == CommunityEvent.id)
        .where(CommunityEvent.borough_code == borough_code)
        .order_by(CommunityEvent.ends_at.desc(), CommunityEvent.id)
        .limit(len(FATES))
    )
    return list(await scene.session.scalars(statement))


async def _ended_priorities(scene: Scene, ward_codes: list[str]) -> list[UUID]:
    statement = (
        select(Priority.id)
        .join(PrioritySet, PrioritySet.id == Priority.set_id)
        .join(Outcome, Outcome.priority_id == Priority.id)
        .where(PrioritySet.ward_code.in_(ward_codes))
        .order_by(PrioritySet.ward_code, Priority.id)
        .limit(len(FATES))
    )
    return list(await scene.session.scalars(statement))


async def _play(
    scene: Scene,
    keyring: Keyring,
    resident: Caller,
    wanted: DisputeIn,
    fate: tuple[timedelta, DisputeState | None],
) -> None:
    session, (ago, becomes) = scene.session, fate
    filed_at = scene.now - ago
    dispute = await file_dispute(
        session, resident, keyring, wanted=wanted, now=filed_at, today=scene.today
    )
    if becomes is DisputeState.WITHDRAWN:
        after = filed_at + ANSWER_AFTER
        await withdraw_dispute(session, resident, keyring, dispute.id, now=after)
    elif becomes is not None:
        answer = DisputeAnswerIn(answer=ANSWER)
        answered_at = filed_at + ANSWER_AFTER
        await answer_dispute(session, scene.caller, dispute.id, answer=answer, now=answered_at)
        if becomes is DisputeState.UPHELD or becomes is DisputeState.REJECTED:
            decision = DisputeDecisionIn(decision=becomes, reason=REASONS[becomes])
            decided_at = filed_at + DECISION_AFTER
            await decide_dispute(session, LEADER, dispute.id, wanted=decision, now=decided_at)
