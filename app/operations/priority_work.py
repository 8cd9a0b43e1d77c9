"""Work on a priority: rewording with a reason, actions, and the outcome that ends it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import MISSING
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import WriteSession
from app.domain.identity import DECIDERS, Caller
from app.domain.priorities import (
    PrioritySetStatus,
    require_action_dates,
    require_in_progress,
    require_may_end,
    require_move,
    review_date,
)
from app.errors import NotAllowedError, NotFoundError, PrioritySetClosedError
from app.geometry import geojson, shape_of, stored
from app.models.base import require_version
from app.models.priorities import Action, Outcome, Priority, PrioritySet
from app.models.wards import Ward
from app.operations import audit
from app.operations.priority_areas import area_in_ward
from app.operations.wards import get_ward
from app.schemas.priorities import ActionIn, OutcomeIn, PriorityEditIn


@dataclass(frozen=True, slots=True)
class _Held:
    """A priority locked for one write by a caller who may act in its ward."""

    priority: Priority
    ward: Ward
    caller: Caller


async def edit_priority(
    session: WriteSession,
    caller: Caller,
    priority_id: UUID,
    edit: PriorityEditIn,
    *,
    expected: int | None,
    now: datetime,
) -> Priority:
    """Change a priority of the active set; what it said before goes into the audit trail."""
    held = await _hold(session, caller, priority_id)
    priority = held.priority
    require_version(priority, expected)
    _require_active_set(priority)
    _require_status(held, edit)
    changes: dict[str, Any] = {}
    for name, value in _edited(held, edit).items():
        before, after = _told(getattr(priority, name)), _told(value)
        if before != after:
            changes[name] = {"before": before, "after": after}
            setattr(priority, name, value)
    if changes:
        _note(session, held, "edit_priority", now=now, reason=edit.reason, detail=changes)
    await session.flush()
    return priority


async def record_action(
    session: WriteSession,
    caller: Caller,
    priority_id: UUID,
    action: ActionIn,
    *,
    now: datetime,
    today: date,
) -> Action:
    """Add an action to a priority that is being worked on."""
    held = await _hold(session, caller, priority_id)
    priority = held.priority
    _require_active_set(priority)
    require_in_progress(priority.status)
    require_action_dates(action.planned_on, action.done_on, today=today)
    row = Action(**action.model_dump(), recorded_at=now, recorded_by=held.caller.subject)
    priority.actions.append(row)
    if action.done_on is not None:
        priority.last_action_on = max(priority.last_action_on or action.done_on, action.done_on)
    _note(session, held, "record_action", now=now, detail=action.model_dump(mode="json"))
    await session.flush()
    return row


async def record_outcome(
    session: WriteSession, caller: Caller, priority_id: UUID, outcome: OutcomeIn, *, now: datetime
) -> Outcome:
    """End a priority, or correct how it ended; earlier outcomes stay."""
    held = await _hold(session, caller, priority_id)
    priority = held.priority
    require_may_end(priority.status)
    told = outcome.model_dump(mode="json")
    row = Outcome(**told, recorded_at=now, recorded_by=held.caller.subject)
    detail = {"before": priority.status, "after": outcome.kind.value, **told}
    priority.outcomes.append(row)
    priority.status = outcome.kind.value
    _note(session, held, "record_outcome", now=now, detail=detail)
    await session.flush()
    return row


async def _hold(session: WriteSession, caller: Caller, priority_id: UUID) -> _Held:
    """Return a priority locked until the commit, with its set, actions and outcomes.

    The set is locked first, and shared, so that no refresh closes it meanwhile.
    """
    known = await session.get(Priority, priority_id)
    if known is None:
        raise NotFoundError("priority", priority_id)
    its_set = (
        select(PrioritySet)
        .where(PrioritySet.id == known.set_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    ward = await get_ward(session, (await session.scalars(its_set)).one().ward_code)
    caller.require_territory(borough_code=ward.borough_code, ward_code=ward.code)
    locked = (
        select(Priority)
        .where(Priority.id == priority_id)
        .options(
            selectinload(Priority.priority_set),
            selectinload(Priority.actions),
            selectinload(Priority.outcomes),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return _Held((await session.scalars(locked)).one(), ward, caller)


def _require_active_set(priority: Priority) -> None:
    if priority.priority_set.status != PrioritySetStatus.ACTIVE:
        raise PrioritySetClosedError(
            "This priority belongs to a set that is closed; what it said stays as it is."
        )


def _require_status(held: _Held, edit: PriorityEditIn) -> None:
    before = held.priority.status
    after = before if edit.status is MISSING else edit.status.value
    require_move(before, after)
    if after != before and held.caller.role not in DECIDERS:
        raise NotAllowedError(f"A {held.caller.role.value} may not move a priority's status.")
    require_in_progress(after)


def _edited(held: _Held, edit: PriorityEditIn) -> dict[str, Any]:
    """Return the columns an edit names, in the form they are stored."""
    values: dict[str, Any] = edit.model_dump(exclude={"reason", "area"})
    if edit.area is not MISSING:
        values["area"] = (
            None
            if edit.area is None
            else stored(area_in_ward(held.ward, edit.area, pointer="/area"))
        )
    if edit.review_due_on is not MISSING:
        review_date(held.priority.set_on, edit.review_due_on)
    return values


def _told(value: Any) -> Any:
    """Return a column's value as the audit trail tells it."""
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | list | dict):
        return value
    return geojson(shape_of(value))


def _note(
    session: WriteSession,
    held: _Held,
    act: str,
    *,
    now: datetime,
    detail: dict[str, Any],
    reason: str | None = None,
) -> None:
    held.priority.version += 1
    held.priority.updated_at = now
    audit.record(
        session,
        held.caller,
        act,
        ("priority", held.priority.id),
        now=now,
        borough_code=held.ward.borough_code,
        ward_code=held.ward.code,
        reason=reason,
        detail=detail,
    )
