"""Feeds of a ward's history about its priorities: sets and what changed, outcomes, refreshes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import selectinload

from app.domain.english import count, listed
from app.domain.refresh_decisions import changes_between
from app.domain.refresh_explanations import TRIGGER_WORDS
from app.domain.refreshes import RefreshStatus, RefreshTrigger
from app.domain.ward_history import HistoryChange, HistoryEntry, HistoryKind
from app.models.priorities import Outcome, Priority, PrioritySet
from app.models.refreshes import Refresh, RefreshItem
from app.operations.history_windows import Question, newest

Changes = dict[UUID, tuple[HistoryChange, ...]]


async def read_sets(question: Question) -> list[HistoryEntry]:
    """Return the priority sets, each with what it kept, added and dropped, and why."""
    statement = (
        select(PrioritySet)
        .where(PrioritySet.ward_code == question.ward.code)
        .options(selectinload(PrioritySet.priorities))
    )
    statement = newest(statement, question, PrioritySet.published_at, PrioritySet.id)
    sets = (await question.session.scalars(statement)).all()
    changes = {
        **await _compared(question, sets),
        **await _changes(question, [found.id for found in sets]),
    }
    return [_set(question, found, changes[found.id]) for found in sets]


async def _changes(question: Question, set_ids: Sequence[UUID]) -> Changes:
    """Return what the refreshes that made these sets decided, with their reasons."""
    rows = await question.session.execute(
        select(Refresh.to_set_id, RefreshItem)
        .join(RefreshItem, RefreshItem.refresh_id == Refresh.id)
        .where(Refresh.to_set_id.in_(set_ids))
        .order_by(Refresh.id, RefreshItem.position)
    )
    found: Changes = {}
    for set_id, item in rows:
        if set_id is not None:
            found[set_id] = (*found.get(set_id, ()), _change(item))
    return found


def _change(item: RefreshItem) -> HistoryChange:
    return HistoryChange(item.concern, item.change, item.reason, item.departure_reason)


async def _compared(question: Question, sets: Sequence[PrioritySet]) -> Changes:
    """Return how each set differs from the one before, where no refresh gave its reasons."""
    before = await question.session.scalars(
        select(PrioritySet)
        .where(
            tuple_(PrioritySet.ward_code, PrioritySet.sequence).in_(
                [(found.ward_code, found.sequence - 1) for found in sets]
            )
        )
        .options(selectinload(PrioritySet.priorities))
    )
    old = {found.sequence: found.priorities for found in before}
    return {
        found.id: tuple(
            HistoryChange(concern, change.value)
            for concern, change in changes_between(
                old.get(found.sequence - 1, []), found.priorities
            ).items()
        )
        for found in sets
    }


def _set(
    question: Question, found: PrioritySet, changes: tuple[HistoryChange, ...]
) -> HistoryEntry:
    names = listed(question.label(priority.concern) for priority in found.priorities)
    totals = _totals(changes)
    return HistoryEntry(
        HistoryKind.PRIORITIES_PUBLISHED,
        found.published_at,
        str(found.id),
        f"Priorities decided by the {found.decided_by}: {names}{f' ({totals})' if totals else ''}.",
        f"/v1/priority-sets/{found.id}",
        changes,
        tuple(priority.concern for priority in found.priorities),
    )


def _totals(changes: Sequence[HistoryChange]) -> str:
    numbers: dict[str, int] = {}
    for change in changes:
        word = change.change.replace("_", " ")
        numbers[word] = numbers.get(word, 0) + 1
    return ", ".join(f"{number} {word}" for word, number in numbers.items())


async def read_outcomes(question: Question) -> list[HistoryEntry]:
    """Return how priorities ended, and who says so."""
    statement = (
        select(Outcome, Priority.id, Priority.concern, Priority.title)
        .join(Priority, Priority.id == Outcome.priority_id)
        .join(PrioritySet, PrioritySet.id == Priority.set_id)
        .where(PrioritySet.ward_code == question.ward.code)
    )
    rows = await question.session.execute(
        newest(statement, question, Outcome.recorded_at, Outcome.id)
    )
    return [
        HistoryEntry(
            HistoryKind.OUTCOME_RECORDED,
            outcome.recorded_at,
            str(outcome.id),
            f"{title} ({question.label(concern)}): {outcome.kind.replace('_', ' ')}, "
            f"by the word of the {outcome.claimed_by}. {outcome.statement}",
            f"/v1/priorities/{priority_id}",
            concerns=(concern,),
        )
        for outcome, priority_id, concern, title in rows
    ]


async def read_refreshes_opened(question: Question) -> list[HistoryEntry]:
    """Return the refreshes that were opened, with what they proposed; those not out to the team."""
    statement = select(
        Refresh.id,
        Refresh.opened_at,
        Refresh.trigger,
        Refresh.overdue_days,
        Refresh.proposal["proposed"].as_json().label("proposed"),
    ).where(Refresh.ward_code == question.ward.code)
    if not question.sees_unpublished:
        statement = statement.where(Refresh.status == RefreshStatus.PUBLISHED)
    rows = await question.session.execute(
        newest(statement, question, Refresh.opened_at, Refresh.id)
    )
    return [_opened(question, row) for row in rows]


def _opened(question: Question, row: Any) -> HistoryEntry:
    because = TRIGGER_WORDS[RefreshTrigger(row.trigger)]
    named = listed(map(question.label, row.proposed))
    offer = f"proposing {named}" if row.proposed else "with nothing to propose"
    return HistoryEntry(
        HistoryKind.REFRESH_OPENED,
        row.opened_at,
        str(row.id),
        f"A refresh of the priorities was opened, because {because}, {offer}.",
        f"/v1/refreshes/{row.id}",
        concerns=tuple(row.proposed),
    )


async def read_refreshes_published(question: Question) -> list[HistoryEntry]:
    """Return the refreshes whose decision was published, with every reason."""
    statement = select(Refresh.id, Refresh.published_at, Refresh.overdue_days).where(
        Refresh.ward_code == question.ward.code, Refresh.status == RefreshStatus.PUBLISHED
    )
    statement = newest(statement, question, Refresh.published_at, Refresh.id)
    rows = (await question.session.execute(statement)).all()
    items: dict[UUID, list[HistoryChange]] = {row.id: [] for row in rows}
    for item in await question.session.scalars(
        select(RefreshItem)
        .where(RefreshItem.refresh_id.in_(items))
        .order_by(RefreshItem.refresh_id, RefreshItem.position)
    ):
        items[item.refresh_id].append(_change(item))
    return [_published(row, tuple(items[row.id])) for row in rows]


def _published(row: Any, changes: tuple[HistoryChange, ...]) -> HistoryEntry:
    late = f", {count(row.overdue_days, 'day')} overdue" if row.overdue_days else ""
    departures = sum(change.departure_reason is not None for change in changes)
    told = f"; {count(departures, 'departure')} from the poll" if departures else ""
    return HistoryEntry(
        HistoryKind.REFRESH_PUBLISHED,
        row.published_at,
        str(row.id),
        f"The decision of the refresh was published{late}: {_totals(changes)}{told}.",
        f"/v1/refreshes/{row.id}",
        changes,
        figures={"overdue_days": row.overdue_days, "departures": departures},
    )


async def read_refreshes_abandoned(question: Question) -> list[HistoryEntry]:
    """Return the refreshes that were given up, and why; nothing to those who may not see them."""
    if not question.sees_unpublished:
        return []
    statement = select(Refresh.id, Refresh.updated_at, Refresh.abandoned_reason).where(
        Refresh.ward_code == question.ward.code, Refresh.status == RefreshStatus.ABANDONED
    )
    rows = await question.session.execute(
        newest(statement, question, Refresh.updated_at, Refresh.id)
    )
    return [
        HistoryEntry(
            HistoryKind.REFRESH_ABANDONED,
            row.updated_at,
            str(row.id),
            f"A refresh was given up: {row.abandoned_reason}",
            f"/v1/refreshes/{row.id}",
        )
        for row in rows
    ]
