"""Acts that take two people: the first one asks, the second, with the same rights, does it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, true, update

from app.database import ReadSession, WriteSession, insert_for
from app.domain.approvals import (
    STANDS_FOR,
    ApprovalStatus,
    TwoPersonAct,
    fingerprint,
    status_at,
)
from app.domain.english import LONDON
from app.domain.identity import OVERSEERS, Caller, Role
from app.errors import ApprovalClosedError, BusyError, NotAllowedError, NotFoundError
from app.models.approvals import PENDING, Approval
from app.models.base import new_id, require_version
from app.operations import audit
from app.operations.identity import find_posted
from app.pagination import Key, Page, PageRequest, fetch_page
from app.schemas.approvals import ApprovalOut

Session = ReadSession | WriteSession
WAITING = ApprovalStatus.PENDING.value
TRIES = 3


class SecondPersonNeededError(Exception):
    """The act waits for somebody else; carries the request.

    Within a request this is no failure: the route answers 202 with it, and the transaction commits.
    """

    def __init__(self, approval: ApprovalOut) -> None:
        super().__init__(f"{approval.act} waits for a second person")
        self.approval = approval


async def require_second_person(  # noqa: PLR0913 - what is asked, each part by name
    session: WriteSession,
    caller: Caller,
    act: TwoPersonAct,
    subject: tuple[str, object],
    *,
    now: datetime,
    asked: Mapping[str, Any] | None = None,
    reason: str | None = None,
    borough_code: str | None = None,
    ward_code: str | None = None,
) -> Approval:
    """Return somebody else's request for this very act, now carried out by the caller.

    Without one, note the caller's own request and raise `SecondPersonNeededError`; a request of
    somebody who is no longer posted there expires. Call it when the subject is locked and
    everything else was checked, and before anything is changed. A reason belongs to its person,
    not to what is asked: two people may say it differently.
    """
    _refuse_after_changes(session)
    what = fingerprint(act, subject, asked or {})
    request = {
        "act": act.value,
        "subject_kind": subject[0],
        "subject_id": str(subject[1]),
        "borough_code": borough_code,
        "ward_code": ward_code,
        "asked": dict(asked or {}),
        "fingerprint": what,
        "reason": reason,
    }
    same = Approval.fingerprint == what
    await _expire(session, same & (Approval.expires_at <= now), now)
    for _ in range(TRIES):
        found = await _lock_waiting(session, what)
        if found is not None and not await _may_still_ask(session, found, now):
            await _expire(session, Approval.id == found.id, now)
            found = None
        found = found or await _ask(session, caller, request, now=now)
        if found is not None:
            return _sign(found, caller, now)
    raise BusyError("Several people ask for this at once; try again shortly.")


def _refuse_after_changes(session: WriteSession) -> None:
    """Keep the first person's call from changing anything else: its transaction commits."""
    if session.new or session.dirty or session.deleted or audit.has_notes(session):
        raise RuntimeError("ask for the second person before anything is changed")


async def _expire(session: WriteSession, which: ColumnElement[bool], now: datetime) -> None:
    await session.execute(
        update(Approval)
        .where(which, Approval.status == WAITING)
        .values(status=ApprovalStatus.EXPIRED.value, closed_at=now)
    )


async def _may_still_ask(session: WriteSession, approval: Approval, now: datetime) -> bool:
    """Whether whoever asked is still posted there; their role only their token could tell."""
    role = Role(approval.role)
    if role in OVERSEERS:
        return True
    today = now.astimezone(LONDON).date()
    asker = await find_posted(session, approval.requested_by, role, today=today)
    return asker.reaches(borough_code=approval.borough_code, ward_code=approval.ward_code)


async def _lock_waiting(session: WriteSession, what: str) -> Approval | None:
    waiting = select(Approval).where(Approval.fingerprint == what, Approval.status == WAITING)
    return (await session.scalars(waiting.with_for_update())).first()


async def _ask(
    session: WriteSession, caller: Caller, request: dict[str, Any], *, now: datetime
) -> Approval | None:
    """Write a request; `None` when somebody else's arrived at the same moment."""
    row = insert_for(session, Approval).values(
        id=new_id(),
        **request,
        requested_by=caller.subject,
        role=caller.role.value,
        expires_at=now + STANDS_FOR,
        status=WAITING,
        created_at=now,
        updated_at=now,
        version=1,
    )
    unless_there = row.on_conflict_do_nothing(index_elements=["fingerprint"], index_where=PENDING)
    written = (await session.execute(unless_there.returning(Approval.id))).scalar_one_or_none()
    if written is None:
        return None
    audit.record(
        session,
        caller,
        f"request_{request['act']}",
        (request["subject_kind"], request["subject_id"]),
        now=now,
        borough_code=request["borough_code"],
        ward_code=request["ward_code"],
        reason=request["reason"],
        detail={"approval": str(written), "asked": request["asked"]},
    )
    return await session.get_one(Approval, written)


def _sign(approval: Approval, caller: Caller, now: datetime) -> Approval:
    if approval.requested_by == caller.subject and not caller.signs_alone:
        raise SecondPersonNeededError(show_approval(approval, at=now))
    _close(approval, ApprovalStatus.CARRIED_OUT, caller, now)
    return approval


def _close(approval: Approval, status: ApprovalStatus, caller: Caller, now: datetime) -> None:
    approval.status, approval.closed_by, approval.closed_at = status.value, caller.subject, now
    approval.version, approval.updated_at = approval.version + 1, now


def named(approval: Approval) -> dict[str, Any]:
    """Return what an act's audit entry says of its two people; `closed_by` is the entry's actor."""
    return {
        "approval": str(approval.id),
        "requested_by": approval.requested_by,
        "requested_because": approval.reason,
        "carried_out_by": approval.closed_by,
    }


async def list_approvals(
    session: ReadSession, caller: Caller, page: PageRequest, *, status: ApprovalStatus, at: datetime
) -> Page[Approval]:
    """Return the requests of the caller's boroughs, or all for an overseer, newest first."""
    statement = select(Approval).where(_visible_to(caller), _has_status(status, at))
    return await fetch_page(session, statement, page, [Key.uuid(Approval.id)], descending=True)


async def get_approval(session: Session, caller: Caller, approval_id: UUID) -> Approval:
    """Return one request that the caller may see."""
    found = select(Approval).where(Approval.id == approval_id, _visible_to(caller))
    approval = (await session.scalars(found)).first()
    if approval is None:
        raise NotFoundError("approval", approval_id)
    return approval


async def withdraw_approval(
    session: WriteSession, caller: Caller, approval_id: UUID, *, expected: int | None, now: datetime
) -> Approval:
    """Take back one's own request while it waits."""
    locked = select(Approval).where(Approval.id == approval_id, _visible_to(caller))
    approval = (await session.scalars(locked.with_for_update())).first()
    if approval is None:
        raise NotFoundError("approval", approval_id)
    if approval.requested_by != caller.subject:
        raise NotAllowedError("Only whoever asked may withdraw the request.")
    require_version(approval, expected)
    status = status_at(approval.status, expires_at=approval.expires_at, at=now)
    if status is not ApprovalStatus.PENDING:
        raise ApprovalClosedError(f"The request is {status.value.replace('_', ' ')}.")
    _close(approval, ApprovalStatus.WITHDRAWN, caller, now)
    audit.record(
        session,
        caller,
        f"withdraw_{approval.act}",
        (approval.subject_kind, approval.subject_id),
        now=now,
        borough_code=approval.borough_code,
        ward_code=approval.ward_code,
        detail={"approval": str(approval.id)},
    )
    return approval


def _visible_to(caller: Caller) -> ColumnElement[bool]:
    if caller.role in OVERSEERS:
        return true()
    own = Approval.requested_by == caller.subject
    return or_(Approval.borough_code.in_(caller.boroughs), own)


def _has_status(status: ApprovalStatus, at: datetime) -> ColumnElement[bool]:
    stored = Approval.status == status.value
    match status:
        case ApprovalStatus.PENDING:
            return and_(stored, Approval.expires_at > at)
        case ApprovalStatus.EXPIRED:
            return or_(stored, and_(Approval.status == WAITING, Approval.expires_at <= at))
        case _:
            return stored


def show_approval(approval: Approval, *, at: datetime) -> ApprovalOut:
    """Return a request in the shape that crosses the wire."""
    fields = ("id", "act", "subject_kind", "subject_id", "asked", "reason", "requested_by", "role")
    times = ("expires_at", "closed_by", "closed_at", "version")
    return ApprovalOut.model_validate(
        {
            **{name: getattr(approval, name) for name in (*fields, *times)},
            "borough": approval.borough_code,
            "ward": approval.ward_code,
            "requested_at": approval.created_at,
            "status": status_at(approval.status, expires_at=approval.expires_at, at=at),
        }
    )
