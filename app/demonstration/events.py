"""Demonstration events: in every borough one of each state, the held ones recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from app.demonstration.content import PROMISES, VENUES
from app.demonstration.scene import Scene
from app.domain.events import Accessibility, AttendanceMethod, EventKind, EventStatus
from app.operations.atlas import EditionIndex, WardEntry
from app.operations.events import create_event, move_event
from app.operations.events_records import record_event
from app.schemas.events import EventIn, EventRecordIn

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """One event of the demonstration: what, when in days from now, and what became of it."""

    kind: EventKind
    title: str
    days: int
    fate: EventStatus | None
    open_to_all: bool = True


PLANS = (
    Plan(EventKind.SUPERINTENDENT_INTRODUCTION, "Meet your superintendent", -300, EventStatus.HELD),
    Plan(EventKind.OPEN_COMMUNITY, "Open evening at the library", -160, EventStatus.HELD),
    Plan(EventKind.OPEN_COMMUNITY, "Summer street stall", -75, EventStatus.HELD),
    Plan(EventKind.CITIZEN_LED, "Neighbours' safety walk", -40, EventStatus.HELD),
    Plan(EventKind.WARD_PANEL, "Ward panel", -20, EventStatus.HELD, open_to_all=False),
    Plan(EventKind.SURGERY, "Morning surgery", -12, EventStatus.NOT_HELD),
    Plan(EventKind.STREET_BRIEFING, "Street briefing", -3, EventStatus.PUBLISHED),
    Plan(EventKind.OPEN_COMMUNITY, "Winter open evening", 12, EventStatus.PUBLISHED),
    Plan(EventKind.SURGERY, "Coffee with your ward team", 20, EventStatus.PUBLISHED),
    Plan(EventKind.CITIZEN_LED, "Residents' forum", 30, EventStatus.POSTPONED),
    Plan(EventKind.STREET_BRIEFING, "Evening briefing", 9, EventStatus.CANCELLED),
    Plan(EventKind.BOARD_MEETING, "Borough board", 45, None, open_to_all=False),
)
REASONS = {
    EventStatus.NOT_HELD: "The hall could not be opened (demonstration).",
    EventStatus.POSTPONED: "A new date is being agreed (demonstration).",
    EventStatus.CANCELLED: "Called off by the host (demonstration).",
}


async def hold_events(scene: Scene, wards: list[WardEntry], index: EditionIndex) -> None:
    """Announce the borough's events and let each meet its fate."""
    for plan in PLANS:
        served = scene.random.sample(wards, k=min(2, len(wards)))
        day = (scene.now + timedelta(days=plan.days)).replace(
            hour=18, minute=0, second=0, microsecond=0
        )
        announced = min(day - timedelta(days=21), scene.now)
        event = await create_event(
            scene.session,
            scene.caller,
            event=_described(scene.random, plan, served, day),
            now=announced,
            atlas_index=index,
        )
        if plan.fate is not None:
            await move_event(
                scene.session, scene.caller, event.id, status=EventStatus.PUBLISHED, now=announced
            )
            await _meet_fate(scene, event.id, plan.fate, day + 3 * HOUR)


def _described(random: Random, plan: Plan, served: list[WardEntry], day: datetime) -> EventIn:
    return EventIn(
        kind=plan.kind,
        title=plan.title,
        description="A demonstration event: nobody will be there, but everyone could be.",
        borough=served[0].borough_code,
        wards=[ward.code for ward in served] if plan.kind is not EventKind.BOARD_MEETING else [],
        starts_at=day,
        ends_at=day + 2 * HOUR,
        place=f"Example venue at {random.choice(VENUES)}",
        accessibility=random.sample(list(Accessibility), k=2),
        open_to_all=plan.open_to_all,
        hosts=["Ward team (demonstration)"],
    )


async def _meet_fate(scene: Scene, event_id: UUID, fate: EventStatus, after: datetime) -> None:
    when = min(after, scene.now)
    if fate is EventStatus.HELD:
        raised = scene.random.sample([promise.concern for promise in PROMISES], k=3)
        record = EventRecordIn(
            attendance=scene.random.randrange(8, 90),
            attendance_method=AttendanceMethod.COUNTED,
            notes="Notes of a demonstration event.",
            concerns_raised={concern: scene.random.randrange(1, 12) for concern in raised},
        )
        await record_event(scene.session, scene.caller, event_id, record=record, now=when)
    elif fate in REASONS:
        await move_event(
            scene.session, scene.caller, event_id, status=fate, now=when, reason=REASONS[fate]
        )
