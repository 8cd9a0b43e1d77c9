"""What an outgoing set has to say in a refresh, and how set and poll stand beside a proposal."""

from datetime import date
from typing import Any

from app.domain.priorities import PriorityStatus, overdue_days
from app.domain.refresh_polls import EarlierPoll, PollFinding
from app.domain.refreshes import OutgoingPriority, OutgoingSet
from app.models.priorities import Priority, PrioritySet

FINISHED = frozenset({PriorityStatus.DELIVERED, PriorityStatus.HANDED_OVER, PriorityStatus.DROPPED})
"""A priority in one of these states has no unfinished business."""


def describe_set(outgoing: PrioritySet, today: date) -> OutgoingSet:
    """Return what became of a set and its priorities, whose actions and outcomes are loaded."""
    return OutgoingSet(
        id=str(outgoing.id),
        set_on=outgoing.set_on,
        review_due_on=outgoing.review_due_on,
        overdue_days=overdue_days(outgoing.review_due_on, today),
        priorities=tuple(map(_describe_priority, outgoing.priorities)),
    )


def _describe_priority(priority: Priority) -> OutgoingPriority:
    return OutgoingPriority(
        id=str(priority.id),
        concern=priority.concern,
        rank=priority.rank,
        title=priority.title,
        status=priority.status,
        actions=len(priority.actions),
        last_action_on=priority.last_action_on,
        outcome=priority.outcomes[-1].kind if priority.outcomes else None,
        is_finished=priority.status in FINISHED,
    )


def poll_record(poll: PollFinding | None) -> dict[str, Any] | None:
    """Return the poll as it stands beside a proposal."""
    if poll is None:
        return None
    return {
        "poll_id": poll.poll_id,
        "counted_at": poll.counted_at.isoformat(),
        "seats": poll.seats,
        "turnout": poll.turnout,
        "is_exact": poll.is_exact,
        "chosen": list(poll.chosen),
        "ranking": list(poll.ranking),
    }


def earlier_record(earlier: EarlierPoll | None) -> dict[str, Any] | None:
    """Return the poll counted before the latest, and whether it can be compared with it."""
    record = None if earlier is None else poll_record(earlier.finding)
    if earlier is None or record is None:
        return None
    return {
        **record,
        "ward": {"code": earlier.finding.ward_code, "name": earlier.ward_name},
        "is_same_ward": earlier.is_same_ward,
    }


def outgoing_record(outgoing: OutgoingSet | None) -> dict[str, Any] | None:
    """Return the outgoing set as it stands beside a proposal."""
    if outgoing is None:
        return None
    return {
        "set_id": outgoing.id,
        "set_on": outgoing.set_on.isoformat(),
        "review_due_on": outgoing.review_due_on.isoformat(),
        "overdue_days": outgoing.overdue_days,
    }
