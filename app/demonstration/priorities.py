"""Demonstration priorities: in every Met ward a past set with an outcome and an active one."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from app.database import WriteSession
from app.demonstration.content import (
    PARTNERS,
    PLACES,
    PROMISES,
    Promise,
    choose_promises,
    objective_of,
)
from app.domain.identity import Caller
from app.domain.priorities import ActionKind, ClaimedBy, OutcomeKind
from app.models.priorities import PrioritySet
from app.operations.atlas import WardEntry
from app.operations.priorities import NewPriority, publish_set
from app.operations.priority_work import record_action, record_outcome
from app.schemas.priorities import ActionIn, EvidenceIn, OutcomeIn

REVIEW = timedelta(days=90)
PAST = (200, 330)
"""The past set began this many days ago."""
RECENT = (4, 120)
"""The active set began this many days ago; the oldest are overdue."""


async def promise_in_ward(  # noqa: PLR0913 - one ward's history, told in one call
    session: WriteSession,
    caller: Caller,
    random: Random,
    ward: WardEntry,
    *,
    now: datetime,
    today: date,
) -> None:
    """Publish the ward's past set, end one of its priorities, publish the active set, act on it."""
    past = await _publish(session, caller, random, ward, None, now=now, today=today, ago=PAST)
    await _conclude(session, caller, random, past, now=now)
    active = await _publish(session, caller, random, ward, past, now=now, today=today, ago=RECENT)
    for priority, promise in zip(active.priorities[:2], _promises_of(active), strict=False):
        kind, text = random.choice(promise.actions)
        days = (today - active.set_on).days
        done = today - timedelta(days=random.randrange(min(days, 30)))
        action = ActionIn(kind=ActionKind(kind), text=text, done_on=done)
        await record_action(session, caller, priority.id, action, now=now, today=today)


def new_priorities(random: Random, promises: Sequence[Promise]) -> list[NewPriority]:
    """Return promises as ranked priorities at plausible places."""
    places = [random.choice(PLACES) for _ in promises]
    return [
        NewPriority(
            rank=rank,
            concern=promise.concern,
            title=promise.title,
            objective=objective_of(promise, place),
            place=place,
            partners=(random.choice(PARTNERS),),
        )
        for rank, (promise, place) in enumerate(zip(promises, places, strict=True), 1)
    ]


async def _publish(  # noqa: PLR0913 - as above
    session: WriteSession,
    caller: Caller,
    random: Random,
    ward: WardEntry,
    before: PrioritySet | None,
    *,
    now: datetime,
    today: date,
    ago: tuple[int, int],
) -> PrioritySet:
    back = timedelta(days=random.randrange(*ago))
    return await publish_set(
        session,
        caller,
        ward_code=ward.code,
        borough_code=ward.borough_code,
        priorities=new_priorities(random, choose_promises(random)),
        decided_by="panel",
        review_due_on=today - back + REVIEW,
        expected_active_set_id=None if before is None else before.id,
        now=now - back,
        today=today - back,
    )


async def _conclude(
    session: WriteSession,
    caller: Caller,
    random: Random,
    past: PrioritySet,
    *,
    now: datetime,
) -> None:
    outcome = OutcomeIn(
        kind=random.choice([OutcomeKind.DELIVERED, OutcomeKind.PARTLY_DELIVERED]),
        claimed_by=ClaimedBy.PANEL,
        statement="The panel looked at the figures and agreed (demonstration).",
        evidence=[EvidenceIn(text="Minutes of the ward panel (demonstration)")],
    )
    await record_outcome(
        session, caller, past.priorities[0].id, outcome, now=now - timedelta(days=PAST[0] - 60)
    )


def _promises_of(found: PrioritySet) -> list[Promise]:
    by_concern = {promise.concern: promise for promise in PROMISES}
    return [by_concern[priority.concern] for priority in found.priorities]
