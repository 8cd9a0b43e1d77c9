"""What is read of priorities: concerns, a ward's history and changes, one priority, actions."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import ReadSession
from app.domain.priorities import SetChanges, compare_sets
from app.errors import NotFoundError
from app.models.priorities import Action, Concern, Priority, PrioritySet
from app.operations.priorities import get_set
from app.operations.wards import get_ward
from app.pagination import Key, Page, PageRequest, fetch_page

ChangedSet = tuple[PrioritySet, SetChanges | None]
"""A set, and how it differs from the one before; `None` for a ward's first."""


async def list_concerns(session: ReadSession) -> list[Concern]:
    """Return every concern in its fixed order."""
    return list(await session.scalars(select(Concern).order_by(Concern.position)))


async def list_sets(session: ReadSession, ward_code: str, page: PageRequest) -> Page[ChangedSet]:
    """Return a ward's sets with their priorities, newest first, each with its changes."""
    await get_ward(session, ward_code)
    sets = (
        select(PrioritySet)
        .where(PrioritySet.ward_code == ward_code)
        .options(selectinload(PrioritySet.priorities))
    )
    found = await fetch_page(
        session, sets, page, [Key.integer(PrioritySet.sequence)], descending=True
    )
    if not found.items:
        return Page([], None)
    before = await _find_set_before(session, found.items[-1])
    following = [*found.items[1:], before]
    pairs = [(s, _changes(b, s)) for s, b in zip(found.items, following, strict=True)]
    return Page(pairs, found.next_cursor)


async def get_changed_set(session: ReadSession, set_id: UUID) -> ChangedSet:
    """Return a set in full, and how it differs from the one before."""
    found = await get_set(session, set_id)
    return found, _changes(await _find_set_before(session, found), found)


async def get_priority(session: ReadSession, priority_id: UUID) -> Priority:
    """Return a priority with its set, actions and outcomes."""
    statement = (
        select(Priority)
        .where(Priority.id == priority_id)
        .options(
            selectinload(Priority.priority_set),
            selectinload(Priority.actions),
            selectinload(Priority.outcomes),
        )
    )
    priority = (await session.scalars(statement)).first()
    if priority is None:
        raise NotFoundError("priority", priority_id)
    return priority


async def list_actions(session: ReadSession, priority_id: UUID, page: PageRequest) -> Page[Action]:
    """Return the actions on a priority, the latest recorded first."""
    if await session.get(Priority, priority_id) is None:
        raise NotFoundError("priority", priority_id)
    actions = select(Action).where(Action.priority_id == priority_id)
    return await fetch_page(session, actions, page, [Key.uuid(Action.id)], descending=True)


async def _find_set_before(session: ReadSession, later: PrioritySet) -> PrioritySet | None:
    statement = (
        select(PrioritySet)
        .where(PrioritySet.ward_code == later.ward_code, PrioritySet.sequence < later.sequence)
        .options(selectinload(PrioritySet.priorities))
        .order_by(PrioritySet.sequence.desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


def _changes(before: PrioritySet | None, after: PrioritySet) -> SetChanges | None:
    return None if before is None else compare_sets(before.priorities, after.priorities)
