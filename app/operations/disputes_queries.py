"""Disputes as they are read: one by one, listed, counted beside what they are about, overdue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.disputes import (
    DisputeCounts,
    DisputeState,
    DisputeTarget,
    OverdueDispute,
    TargetKind,
    is_overdue,
)
from app.domain.identity import TEAM, Caller
from app.errors import NotFoundError
from app.models.disputes import Dispute
from app.models.events import CommunityEvent
from app.models.priorities import Priority
from app.operations.dispute_targets import reaches_dispute
from app.pagination import Key, Page, PageRequest, fetch_page
from app.schemas.disputes import DisputeEventOut, DisputeOut, DisputeTargetOut

Session = ReadSession | WriteSession
COUNTED = (
    DisputeState.OPEN,
    DisputeState.ANSWERED,
    DisputeState.UPHELD,
    DisputeState.REJECTED,
)


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    """Which disputes are asked for."""

    borough_code: str | None = None
    ward_code: str | None = None
    state: DisputeState | None = None
    target_kind: TargetKind | None = None
    overdue: bool | None = None


async def list_disputes(
    session: ReadSession, wanted: DisputeFilter, page: PageRequest, *, now: datetime
) -> Page[Dispute]:
    """Return disputes with their history, the last filed first."""
    statement = select(Dispute).options(selectinload(Dispute.history))
    equal = {
        Dispute.borough_code: wanted.borough_code,
        Dispute.ward_code: wanted.ward_code,
        Dispute.state: wanted.state,
        Dispute.target_kind: wanted.target_kind,
    }
    for column, value in equal.items():
        if value is not None:
            statement = statement.where(column == value)
    if wanted.overdue is not None:
        late = _overdue(now)
        statement = statement.where(late if wanted.overdue else not_(late))
    keys = [Key.instant(Dispute.filed_at), Key.uuid(Dispute.id)]
    return await fetch_page(session, statement, page, keys, descending=True)


async def get_dispute(session: Session, dispute_id: UUID) -> Dispute:
    """Return one dispute with its history."""
    statement = (
        select(Dispute).where(Dispute.id == dispute_id).options(selectinload(Dispute.history))
    )
    found = (await session.scalars(statement)).first()
    if found is None:
        raise NotFoundError("dispute", dispute_id)
    return found


async def may_read(session: Session, dispute: Dispute, caller: Caller | None) -> bool:
    """Whether a caller may read a dispute's words before they are published: a team of its area."""
    if caller is None or caller.role not in TEAM:
        return False
    return await reaches_dispute(session, caller, dispute)


async def dispute_counts(
    session: Session, targets: Iterable[DisputeTarget], *, now: datetime
) -> dict[DisputeTarget, DisputeCounts]:
    """Return how many disputes each of several targets has, in one query; withdrawn ones not.

    A commitment's target has its area's code, the others have none. Without targets nothing is
    asked of the database.
    """
    found = dict.fromkeys(targets, DisputeCounts())
    if not found:
        return found
    late = _overdue(now).label("late")
    statement = (
        select(
            Dispute.target_kind,
            Dispute.target_id,
            Dispute.area_code,
            Dispute.state,
            late,
            func.count().label("number"),
        )
        .where(Dispute.target_id.in_({target.id for target in found}))
        .where(Dispute.state.in_(COUNTED))
        .group_by(Dispute.target_kind, Dispute.target_id, Dispute.area_code, Dispute.state, late)
    )
    for row in await session.execute(statement):
        kind = TargetKind(row.target_kind)
        area = row.area_code if kind is TargetKind.COMMITMENT_STATUS else None
        target = DisputeTarget(kind, row.target_id, area)
        if target in found:
            found[target] = _added(found[target], row.state, row.number, late=bool(row.late))
    return found


def _added(counts: DisputeCounts, state: str, number: int, *, late: bool) -> DisputeCounts:
    raised = {state: getattr(counts, state) + number}
    if late:
        raised["overdue"] = counts.overdue + number
    return replace(counts, **raised)


async def counts_by_id(
    session: Session, kind: TargetKind, ids: Iterable[UUID], *, now: datetime
) -> Mapping[UUID, DisputeCounts]:
    """Return the counts of several priorities or events by their identifiers."""
    targets = {DisputeTarget(kind, str(one)): one for one in ids}
    found = await dispute_counts(session, targets, now=now)
    return {targets[target]: counts for target, counts in found.items()}


async def counts_of_outcomes(
    session: Session, priorities: Iterable[Priority], *, now: datetime
) -> Mapping[UUID, DisputeCounts]:
    """Return the counts of those priorities, outcomes loaded, that are said to have ended."""
    ended = [row.id for row in priorities if row.outcomes]
    return await counts_by_id(session, TargetKind.PRIORITY_OUTCOME, ended, now=now)


async def counts_of_records(
    session: Session, events: Iterable[CommunityEvent], *, now: datetime
) -> Mapping[UUID, DisputeCounts]:
    """Return the counts of those events, records loaded, that have a record."""
    recorded = [row.id for row in events if row.record is not None]
    return await counts_by_id(session, TargetKind.EVENT_RECORD, recorded, now=now)


async def overdue_disputes(session: Session, *, now: datetime) -> list[OverdueDispute]:
    """Return every dispute that nobody answered in time, the longest overdue first."""
    statement = select(Dispute).where(_overdue(now)).order_by(Dispute.due_at, Dispute.id)
    return [
        OverdueDispute(
            dispute_id=row.id,
            target=DisputeTarget(TargetKind(row.target_kind), row.target_id, row.area_code),
            borough_code=row.borough_code,
            ward_code=row.ward_code,
            filed_at=row.filed_at,
            due_at=row.due_at,
        )
        for row in await session.scalars(statement)
    ]


def _overdue(now: datetime) -> ColumnElement[bool]:
    return and_(Dispute.state == DisputeState.OPEN, Dispute.due_at < now)


def show_dispute(dispute: Dispute, *, now: datetime, whole: bool = False) -> DisputeOut:
    """Return a dispute in the shape that crosses the wire; `whole` with words not yet published."""
    told = whole or dispute.state != DisputeState.OPEN
    answered = dispute.answered_at
    copied = {
        name: getattr(dispute, name)
        for name in DisputeOut.model_fields.keys() & Dispute.__table__.columns.keys()
    }
    return DisputeOut.model_validate(
        {
            **copied,
            "target": DisputeTargetOut(
                kind=TargetKind(dispute.target_kind),
                id=dispute.target_id,
                area_code=dispute.area_code,
                as_of=dispute.as_of,
            ),
            "overdue": is_overdue(dispute.state, dispute.due_at, now=now),
            "text": dispute.text if told else None,
            "evidence_url": dispute.evidence_url if told else None,
            "answered_late": None if answered is None else answered > dispute.due_at,
            "history": [DisputeEventOut.model_validate(step) for step in dispute.history],
        }
    )
