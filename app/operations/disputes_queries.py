"""Disputes as they are read: one by one, listed, counted beside what they are about, overdue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.disputes import (
    DisputeCounts,
    DisputeState,
    DisputeTarget,
    OverdueDispute,
    TargetKind,
    is_overdue,
    tells_words,
)
from app.domain.identity import DISPUTANTS, TEAM, Caller
from app.errors import NotFoundError
from app.keyring import Keyring
from app.models.disputes import Dispute, DisputeEvent
from app.models.events import CommunityEvent
from app.models.priorities import Priority
from app.operations.dispute_filers import filer_of
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
    target_id: str | None = None
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
        Dispute.target_id: wanted.target_id,
    }
    for column, value in equal.items():
        if value is not None:
            statement = statement.where(column == value)
    if wanted.overdue is not None:
        late = _overdue(now)
        statement = statement.where(late if wanted.overdue else not_(late))
    keys = [Key.instant(Dispute.filed_at), Key.uuid(Dispute.id)]
    return await fetch_page(session, statement, page, keys, descending=True)


async def list_own_disputes(
    session: ReadSession, caller: Caller, keyring: Keyring, page: PageRequest
) -> Page[Dispute]:
    """Return the caller's own disputes with their history, the last filed first."""
    mine = select(Dispute).where(Dispute.filer == filer_of(caller, keyring))
    keys = [Key.instant(Dispute.filed_at), Key.uuid(Dispute.id)]
    whole = mine.options(selectinload(Dispute.history))
    return await fetch_page(session, whole, page, keys, descending=True)


async def get_dispute(session: Session, dispute_id: UUID) -> Dispute:
    """Return one dispute with its history."""
    statement = (
        select(Dispute).where(Dispute.id == dispute_id).options(selectinload(Dispute.history))
    )
    found = (await session.scalars(statement)).first()
    if found is None:
        raise NotFoundError("dispute", dispute_id)
    return found


async def may_read(
    session: Session, dispute: Dispute, caller: Caller | None, keyring: Keyring
) -> bool:
    """Whether a caller may read words that are not public yet: their own, or of their area."""
    if caller is None:
        return False
    if caller.role in DISPUTANTS:
        return dispute.filer == filer_of(caller, keyring)
    return caller.role in TEAM and await reaches_dispute(session, caller, dispute)


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
            func.max(Dispute.decided_at).label("decided_at"),
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
            found[target] = _added(found[target], row)
    return found


def _added(counts: DisputeCounts, row: Any) -> DisputeCounts:
    more: dict[str, Any] = {row.state: getattr(counts, row.state) + row.number}
    if row.late:
        more["overdue"] = counts.overdue + row.number
    if row.state == DisputeState.UPHELD:
        more["last_upheld_at"] = max(counts.last_upheld_at or row.decided_at, row.decided_at)
    return replace(counts, **more)


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
    """Return every dispute whose answer was due and missing at an instant, the longest due first.

    The instant may lie in the past: what was answered or withdrawn after it was overdue then.
    """
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


def _overdue(at: datetime) -> ColumnElement[bool]:
    """Whether an answer was due by an instant, and neither given nor made needless before it."""
    ended = (DisputeEvent.dispute_id == Dispute.id) & (DisputeEvent.act == DisputeState.WITHDRAWN)
    return and_(
        Dispute.due_at < at,
        or_(Dispute.answered_at.is_(None), Dispute.answered_at > at),
        or_(
            Dispute.state != DisputeState.WITHDRAWN,
            exists().where(ended, DisputeEvent.at > at),
        ),
    )


def show_dispute(dispute: Dispute, *, now: datetime, whole: bool = False) -> DisputeOut:
    """Return a dispute in the shape that crosses the wire; `whole` with words not yet published."""
    told = whole or tells_words(dispute.state)
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
