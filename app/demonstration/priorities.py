"""Demonstration priorities: in every Met ward a past set with an outcome and an active one."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from app.demonstration.content import (
    PARTNERS,
    PLACES,
    PROMISES,
    Promise,
    choose_promises,
    objective_of,
)
from app.demonstration.scene import Scene
from app.domain.priorities import ActionKind, ClaimedBy, OutcomeKind
from app.models.priorities import PrioritySet
from app.operations.atlas import WardEntry
from app.operations.priorities import NewPriority, publish_set
from app.operations.priority_work import record_action, record_outcome
from app.schemas.priorities import ActionIn, OutcomeEvidenceIn, OutcomeIn

REVIEW = timedelta(days=90)
PAST = (200, 330)
"""The past set began this many days ago."""
RECENT = (4, 120)
"""The active set began this many days ago; the oldest are overdue."""
CONCLUDED = timedelta(days=140)
"""The past set's outcome was recorded this long ago."""

BY_CONCERN = {promise.concern: promise for promise in PROMISES}


async def promise_in_ward(scene: Scene, ward: WardEntry) -> None:
    """Publish the ward's past set, end one of its priorities, publish the active set, act on it."""
    past = await _publish(scene, ward, None, PAST)
    await _conclude(scene, past)
    active = await _publish(scene, ward, past, RECENT)
    age = (scene.today - active.set_on).days
    for priority in active.priorities[:2]:
        kind, text = scene.random.choice(BY_CONCERN[priority.concern].actions)
        done_on = scene.today - timedelta(days=scene.random.randrange(min(age, 30)))
        action = ActionIn(kind=ActionKind(kind), text=text, done_on=done_on)
        await record_action(
            scene.session, scene.caller, priority.id, action, now=scene.now, today=scene.today
        )


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


async def _publish(
    scene: Scene, ward: WardEntry, before: PrioritySet | None, ago: tuple[int, int]
) -> PrioritySet:
    back = timedelta(days=scene.random.randrange(*ago))
    return await publish_set(
        scene.session,
        scene.caller,
        ward_code=ward.code,
        borough_code=ward.borough_code,
        priorities=new_priorities(scene.random, choose_promises(scene.random)),
        decided_by="panel",
        review_due_on=scene.today - back + REVIEW,
        expected_active_set_id=None if before is None else before.id,
        now=scene.now - back,
        today=scene.today - back,
    )


async def _conclude(scene: Scene, past: PrioritySet) -> None:
    outcome = OutcomeIn(
        kind=scene.random.choice([OutcomeKind.DELIVERED, OutcomeKind.PARTLY_DELIVERED]),
        claimed_by=ClaimedBy.PANEL,
        statement="The panel looked at the figures and agreed (demonstration).",
        evidence=[OutcomeEvidenceIn(text="Minutes of the ward panel (demonstration)")],
    )
    first, then = past.priorities[0].id, scene.now - CONCLUDED
    await record_outcome(scene.session, scene.caller, first, outcome, now=then)
