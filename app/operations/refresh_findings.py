"""What a counted poll and an outgoing set have to say in a refresh, read off their rows."""

from dataclasses import replace
from datetime import date
from typing import Any

from app.domain.disclosure import Disclosure, disclose, disclosure_of
from app.domain.priorities import PriorityStatus, overdue_days
from app.domain.refreshes import OutgoingPriority, OutgoingSet, PollFinding
from app.models.polls import Poll, PollResult
from app.models.priorities import Priority, PrioritySet

FINISHED = frozenset({PriorityStatus.DELIVERED, PriorityStatus.HANDED_OVER, PriorityStatus.DROPPED})
"""A priority in one of these states has no unfinished business."""


def describe_poll(poll: Poll, result: PollResult) -> PollFinding:
    """Return what a poll says of concerns, as far as anyone may be told."""
    concerns = {str(option.id): option.concern for option in poll.options}
    approvals: dict[str, int] = result.count["approvals"]
    level = disclosure_of(result.ballots, approvals.values())
    figures = disclose(result.ballots, 0, approvals, {})
    finding = PollFinding(
        poll_id=str(poll.id),
        counted_at=result.counted_at,
        seats=poll.seats,
        is_exact=level is Disclosure.EXACT,
        turnout=figures.ballots,
        options=tuple(concerns.values()),
    )
    if level is Disclosure.WITHHELD:
        return finding
    chosen = tuple(concerns[option] for option in result.count["chosen"])
    finding = replace(
        finding,
        chosen=chosen,
        ranking=chosen,
        votes={concerns[option]: votes for option, votes in figures.approvals.items()},
    )
    return _in_full(finding, concerns, result) if finding.is_exact else finding


def _in_full(finding: PollFinding, concerns: dict[str, str], result: PollResult) -> PollFinding:
    count = result.count
    level = [
        (concerns[near["options"][0]], concerns[near["rivals"][0]])
        for near in count["near_ties"]["items"]
        if not near["ballots"] and len(near["options"]) == len(near["rivals"]) == 1
    ]
    return replace(
        finding,
        ranking=(*finding.chosen, *(concerns[option] for option in count["reserves"])),
        standing_demand=frozenset(
            concerns[demand["option"]] for demand in count["standing_demand"]
        ),
        level=tuple(level),
    )


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
