"""Priority sets and priorities as answers: the stored rows in the shapes that cross the wire."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.disputes import DisputeCounts
from app.domain.priorities import (
    RECENT_ACTIONS,
    PrioritySetStatus,
    PriorityStatus,
    overdue_days,
    review_state,
)
from app.geometry import geojson, shape_of
from app.models.priorities import Priority, PrioritySet
from app.operations.priorities_queries import ChangedSet
from app.schemas.priorities import (
    PastPriorityOut,
    PastPrioritySetOut,
    PriorityOut,
    PrioritySetChangesOut,
    PrioritySetFactsOut,
    PrioritySetOut,
)

_COMPUTED = {
    "ward_code",
    "area",
    "awaiting_outcome",
    "overdue_days",
    "action_count",
    "recent_actions",
    "outcomes",
    "disputes",
    "awaiting_correction",
}
_BRIEF = PastPriorityOut.model_fields.keys() - {"disputes"}
Counts = Mapping[UUID, DisputeCounts]
"""Disputes of outcomes by priority; who has none may be missing."""
NO_DISPUTES = DisputeCounts()


def priority_out(row: Priority, its_set: PrioritySet, today: date, disputes: Counts) -> PriorityOut:
    """Return a priority, its actions and outcomes loaded, as on a day."""
    underway = row.status == PriorityStatus.IN_PROGRESS
    active = its_set.status == PrioritySetStatus.ACTIVE
    kept = {name: getattr(row, name) for name in PriorityOut.model_fields.keys() - _COMPUTED}
    counts = disputes.get(row.id, NO_DISPUTES)
    claimed_at = row.outcomes[-1].recorded_at if row.outcomes else None
    return PriorityOut.model_validate(
        {
            **kept,
            "ward_code": its_set.ward_code,
            "area": None if row.area is None else geojson(shape_of(row.area)),
            "awaiting_outcome": underway and not active,
            "overdue_days": overdue_days(row.review_due_on, today) if underway and active else 0,
            "action_count": len(row.actions),
            "recent_actions": row.actions[: -RECENT_ACTIONS - 1 : -1],
            "outcomes": row.outcomes[::-1],
            "disputes": counts,
            "awaiting_correction": counts.call_for_correction(claimed_at),
        }
    )


def priority_set_out(row: PrioritySet, today: date, disputes: Counts) -> PrioritySetOut:
    """Return a set in full, as on a day."""
    return PrioritySetOut.model_validate(_in_full(row, today, disputes))


def changed_set_out(changed: ChangedSet, today: date, disputes: Counts) -> PrioritySetChangesOut:
    """Return a set in full with its changes, as on a day."""
    row, changes = changed
    return PrioritySetChangesOut.model_validate(
        {**_in_full(row, today, disputes), "changes": changes}
    )


def past_set_out(changed: ChangedSet, today: date, disputes: Counts) -> PastPrioritySetOut:
    """Return a set of a ward's history in brief, as on a day."""
    row, changes = changed
    brief = [
        {
            **{name: getattr(priority, name) for name in _BRIEF},
            "disputes": disputes.get(priority.id, NO_DISPUTES),
        }
        for priority in row.priorities
    ]
    return PastPrioritySetOut.model_validate(
        {**_facts(row, today), "priorities": brief, "changes": changes}
    )


def _in_full(row: PrioritySet, today: date, disputes: Counts) -> dict[str, Any]:
    priorities = [priority_out(priority, row, today, disputes) for priority in row.priorities]
    return {**_facts(row, today), "priorities": priorities}


def _facts(row: PrioritySet, today: date) -> dict[str, Any]:
    kept = PrioritySetFactsOut.model_fields.keys() - {"review", "overdue_days"}
    active = row.status == PrioritySetStatus.ACTIVE
    return {
        **{name: getattr(row, name) for name in kept},
        "review": review_state(row.review_due_on, today) if active else None,
        "overdue_days": overdue_days(row.review_due_on, today) if active else 0,
    }
