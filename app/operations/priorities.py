"""A ward's priority sets: at most one is active, and the next closes it without erasing a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession, insert_for
from app.domain.identity import Caller
from app.domain.priorities import PrioritySetStatus, PriorityStatus, require_order, review_date
from app.errors import (
    ActiveSetExistsError,
    InvalidRequestError,
    NotFoundError,
    PrioritySetSupersededError,
)
from app.geometry import stored
from app.models.base import Editable
from app.models.priorities import Concern, Priority, PrioritySet
from app.models.wards import Ward
from app.operations import audit
from app.operations.priority_areas import area_in_ward
from app.operations.wards import get_ward, require_met_ward
from app.schemas.priorities import PriorityIn, PrioritySetIn

Session = ReadSession | WriteSession


@dataclass(frozen=True, slots=True)
class NewPriority:
    """One priority as it is decided, before it is stored."""

    rank: int
    concern: str
    title: str
    objective: dict[str, str]
    place: str | None = None
    area: BaseGeometry | None = None
    partners: tuple[str, ...] = ()
    carried_from_id: UUID | None = None


def whole_sets() -> Select[PrioritySet]:
    """Return the query for sets with their priorities, actions and outcomes."""
    priorities = selectinload(PrioritySet.priorities)
    return (
        select(PrioritySet)
        .options(priorities.selectinload(Priority.actions))
        .options(priorities.selectinload(Priority.outcomes))
        .execution_options(populate_existing=True)
    )


async def find_active_set(session: Session, ward_code: str) -> PrioritySet | None:
    """Return the ward's active set with priorities, actions and outcomes, or `None`."""
    active = whole_sets().where(
        PrioritySet.ward_code == ward_code, PrioritySet.status == PrioritySetStatus.ACTIVE
    )
    return (await session.scalars(active)).first()


async def get_set(session: Session, set_id: UUID) -> PrioritySet:
    """Return a set with its priorities, actions and outcomes."""
    found = (await session.scalars(whole_sets().where(PrioritySet.id == set_id))).first()
    if found is None:
        raise NotFoundError("priority set", set_id)
    return found


async def publish_set(  # noqa: PLR0913 - the facts of one decision, all of which reach the audit row
    session: WriteSession,
    caller: Caller,
    *,
    ward_code: str,
    borough_code: str,
    priorities: Sequence[NewPriority],
    decided_by: str,
    review_due_on: date,
    expected_active_set_id: UUID | None,
    now: datetime,
    today: date,
) -> PrioritySet:
    """Close the ward's active set and open the next in one transaction; returns the new set.

    Unfinished priorities whose concern is kept are carried forward; the others stay as they are.
    Raises `PrioritySetSupersededError` when the active set is not the expected one, and for a ward
    out of force or of another police force.
    """
    caller.require_territory(borough_code=borough_code, ward_code=ward_code)
    require_order([new.rank for new in priorities], [new.concern for new in priorities])
    review_date(today, review_due_on)
    await require_met_ward(session, await get_ward(session, ward_code))
    await _require_concerns(session, priorities)
    outgoing = await _lock_active_set(session, ward_code, expected_active_set_id)
    carried = _close(outgoing, {new.concern for new in priorities}, now=now)
    await session.flush()
    facts = {
        "ward_code": ward_code,
        "decided_by": decided_by,
        "set_on": today,
        "published_at": now,
        "review_due_on": review_due_on,
        "created_at": now,
        "updated_at": now,
    }
    set_id = await _open(session, facts)
    session.add_all(_priority(set_id, new, carried.get(new.concern), facts) for new in priorities)
    audit.record(
        session,
        caller,
        "publish_priority_set",
        ("priority_set", set_id),
        now=now,
        borough_code=borough_code,
        ward_code=ward_code,
        detail={
            "decided_by": decided_by,
            "review_due_on": review_due_on.isoformat(),
            "supersedes": str(outgoing.id) if outgoing else None,
            "concerns": [new.concern for new in sorted(priorities, key=lambda new: new.rank)],
            "carried_forward": sorted(carried),
        },
    )
    await session.flush()
    return await get_set(session, set_id)


async def set_first_priorities(
    session: WriteSession,
    caller: Caller,
    ward_code: str,
    decided: PrioritySetIn,
    *,
    now: datetime,
    today: date,
) -> PrioritySet:
    """Open a set in a ward that has none; raises `ActiveSetExistsError` where one is active."""
    ward = await get_ward(session, ward_code)
    try:
        return await publish_set(
            session,
            caller,
            ward_code=ward.code,
            borough_code=ward.borough_code,
            priorities=[_new(ward, p, index) for index, p in enumerate(decided.priorities)],
            decided_by=decided.decided_by.value,
            review_due_on=review_date(today, decided.review_due_on),
            expected_active_set_id=None,
            now=now,
            today=today,
        )
    except PrioritySetSupersededError as cause:
        raise ActiveSetExistsError(
            f"{ward.name} has active priorities; open a refresh to change them: "
            f"POST /v1/wards/{ward.code}/refreshes."
        ) from cause


def _new(ward: Ward, decided: PriorityIn, index: int) -> NewPriority:
    area = None
    if decided.area is not None:
        area = area_in_ward(ward, decided.area, pointer=f"/priorities/{index}/area")
    return NewPriority(
        rank=decided.rank,
        concern=decided.concern,
        title=decided.title,
        objective=decided.objective.model_dump(),
        place=decided.place,
        area=area,
        partners=tuple(decided.partners),
    )


async def _require_concerns(session: WriteSession, priorities: Sequence[NewPriority]) -> None:
    known = set(await session.scalars(select(Concern.slug)))
    for index, new in enumerate(priorities):
        if new.concern not in known:
            raise InvalidRequestError(
                f"There is no concern {new.concern!r}; see /v1/concerns.",
                pointer=f"/priorities/{index}/concern",
            )


async def _lock_active_set(
    session: WriteSession, ward_code: str, expected_id: UUID | None
) -> PrioritySet | None:
    active = (
        select(PrioritySet)
        .where(PrioritySet.ward_code == ward_code, PrioritySet.status == PrioritySetStatus.ACTIVE)
        .options(selectinload(PrioritySet.priorities))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await session.scalars(active)).first()
    if (found.id if found else None) != expected_id:
        raise _superseded(ward_code)
    return found


def _superseded(ward_code: str) -> PrioritySetSupersededError:
    return PrioritySetSupersededError(
        f"Another priority set became active in {ward_code} meanwhile; read it and decide again."
    )


def _close(
    outgoing: PrioritySet | None, kept_concerns: set[str], *, now: datetime
) -> dict[str, Priority]:
    """Close the outgoing set; returns its priorities that the next set carries on, by concern."""
    if outgoing is None:
        return {}
    outgoing.status, outgoing.superseded_at = PrioritySetStatus.SUPERSEDED.value, now
    carried = {
        priority.concern: priority
        for priority in outgoing.priorities
        if priority.status == PriorityStatus.IN_PROGRESS and priority.concern in kept_concerns
    }
    for priority in carried.values():
        priority.status = PriorityStatus.CARRIED_FORWARD.value
    changed_rows: list[Editable] = [outgoing, *carried.values()]
    for changed in changed_rows:
        changed.version += 1
        changed.updated_at = now
    return carried


async def _open(session: WriteSession, facts: dict[str, Any]) -> UUID:
    """Insert the new active set; of two that race for a ward without one, the loser is refused."""
    ward_code = facts["ward_code"]
    last = select(func.max(PrioritySet.sequence)).where(PrioritySet.ward_code == ward_code)
    sequence = ((await session.execute(last)).scalar_one() or 0) + 1
    opening = (
        insert_for(session, PrioritySet)
        .values(sequence=sequence, status=PrioritySetStatus.ACTIVE.value, **facts)
        .on_conflict_do_nothing()
        .returning(PrioritySet.id)
    )
    set_id: UUID | None = (await session.execute(opening)).scalar_one_or_none()
    if set_id is None:
        raise _superseded(ward_code)
    return set_id


def _priority(
    set_id: UUID, new: NewPriority, carried: Priority | None, facts: dict[str, Any]
) -> Priority:
    shared = ("set_on", "published_at", "review_due_on", "created_at", "updated_at")
    return Priority(
        set_id=set_id,
        rank=new.rank,
        concern=new.concern,
        title=new.title,
        objective=new.objective,
        place=new.place,
        area=None if new.area is None else stored(new.area),
        partners=list(new.partners),
        status=PriorityStatus.IN_PROGRESS.value,
        last_action_on=carried.last_action_on if carried else None,
        carried_from_id=new.carried_from_id or (carried.id if carried else None),
        **{name: facts[name] for name in shared},
    )
