"""Demonstration disputes: in every borough one in each state, one of them past its 72 hours."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from app.demonstration.scene import Scene
from app.domain.disputes import DisputeState, TargetKind
from app.domain.identity import Caller, Role
from app.keyring import Keyring
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
    PriorityOutcomeTargetIn,
    TargetIn,
)

ANSWER_AFTER, DECISION_AFTER = timedelta(hours=20), timedelta(days=9)
LEADER = Caller("demonstration-leader", Role.ADMIN)
"""Who decides: somebody else than the builder, who recorded and answered."""
FATES = (
    (4, None),
    (1, None),
    (6, DisputeState.ANSWERED),
    (30, DisputeState.UPHELD),
    (45, DisputeState.REJECTED),
    (12, DisputeState.WITHDRAWN),
)
"""Days since each was filed, and what became of it; the first waits beyond its time."""
TEXT = "It is no better where I live (demonstration)."
ANSWER = "Thank you; this is what we did and when (demonstration)."
REASONS = {
    DisputeState.UPHELD: "The record does not bear the claim out (demonstration).",
    DisputeState.REJECTED: "The record bears the claim out (demonstration).",
}


async def dispute_claims(scene: Scene, keyring: Keyring, wards: list[WardEntry]) -> None:
    """Dispute what was said in a borough: its wards' outcomes, and a commitment without one."""
    ended = await _ended_priorities(scene, [ward.code for ward in wards])
    for number, (days, fate) in enumerate(FATES):
        outcome = ended[number] if number < len(ended) else None
        target = _target(outcome, wards[0].borough_code, scene.today - timedelta(days=days))
        wanted = DisputeIn(target=target, text=TEXT)
        resident = Caller(f"demonstration-{wards[0].borough_code}-{number}", Role.RESIDENT)
        await _play(scene, keyring, resident, wanted, (timedelta(days=days), fate))


def _target(priority_id: UUID | None, borough_code: str, as_of: date) -> TargetIn:
    if priority_id is not None:
        return PriorityOutcomeTargetIn(kind=TargetKind.PRIORITY_OUTCOME, id=priority_id)
    return CommitmentStatusTargetIn(
        kind=TargetKind.COMMITMENT_STATUS, id="C06", area_code=borough_code, as_of=as_of
    )


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
