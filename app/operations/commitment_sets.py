"""What checks of commitments read of priorities, and of who had a say in them."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.database import ReadSession, WriteSession
from app.domain.commitment_facts import PriorityFact, SetFact
from app.domain.events import london_day
from app.domain.priorities import PrioritySetStatus, PriorityStatus
from app.models.priorities import Priority, PrioritySet
from app.models.refreshes import Refresh
from app.operations.refreshes_queries import say_in

Session = ReadSession | WriteSession


async def list_set_facts(session: Session, wards: list[str] | None) -> dict[str, list[SetFact]]:
    """Return every set of these wards, or of all, the first first; with what the last holds."""
    narrow = [] if wards is None else [PrioritySet.ward_code.in_(wards)]
    sets = select(
        PrioritySet.id,
        PrioritySet.ward_code,
        PrioritySet.status,
        PrioritySet.published_at,
        PrioritySet.superseded_at,
        PrioritySet.review_due_on,
    ).where(*narrow)
    priorities = await _list_priorities(session, narrow)
    heard = await _list_heard(session, narrow)
    found: dict[str, list[SetFact]] = defaultdict(list)
    order = sets.order_by(PrioritySet.ward_code, PrioritySet.sequence)
    for row in await session.execute(order):
        over = None if row.superseded_at is None else london_day(row.superseded_at)
        is_active = row.status == PrioritySetStatus.ACTIVE
        if over is None and not is_active:
            continue
        held = priorities.get(row.id, [])
        refresh_id, say = heard.get(row.id, (None, None))
        found[row.ward_code].append(
            SetFact(
                row.id,
                london_day(row.published_at),
                over,
                row.review_due_on,
                tuple(priority.concern for _, priority in held),
                tuple(p for status, p in held if status == PriorityStatus.IN_PROGRESS),
                say,
                refresh_id,
            )
        )
    return found


async def _list_priorities(
    session: Session, narrow: Sequence[ColumnElement[bool]]
) -> dict[UUID, list[tuple[str, PriorityFact]]]:
    statement = (
        select(
            Priority.set_id,
            Priority.status,
            Priority.id,
            Priority.concern,
            Priority.title,
            Priority.set_on,
            Priority.last_action_on,
        )
        .join(PrioritySet, PrioritySet.id == Priority.set_id)
        .where(PrioritySet.status == PrioritySetStatus.ACTIVE, *narrow)
        .order_by(Priority.set_id, Priority.rank)
    )
    found: dict[UUID, list[tuple[str, PriorityFact]]] = defaultdict(list)
    for row in await session.execute(statement):
        found[row.set_id].append((row.status, PriorityFact(*row[2:])))
    return found


async def _list_heard(
    session: Session, narrow: Sequence[ColumnElement[bool]]
) -> dict[UUID, tuple[UUID, tuple[bool, bool]]]:
    """Return which refresh made each set in force, and who had a say in it."""
    statement = (
        select(Refresh)
        .join(PrioritySet, PrioritySet.id == Refresh.to_set_id)
        .where(PrioritySet.status == PrioritySetStatus.ACTIVE, *narrow)
    )
    heard: dict[UUID, tuple[UUID, tuple[bool, bool]]] = {}
    for one in await session.scalars(statement):
        if one.to_set_id is not None:
            say = say_in(one)
            heard[one.to_set_id] = (one.id, (say.public, say.partners))
    return heard
