"""Demonstration of earlier years: open events of 2023 and 2024, and officers for special tasks.

Most boroughs kept these promises and some did not, so that the register shows both.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.demonstration.content import VENUES, officer_name
from app.demonstration.scene import Scene
from app.domain.events import AttendanceMethod, EventKind, EventStatus
from app.domain.teams import PostingRole
from app.operations.atlas import EditionIndex, WardEntry
from app.operations.events import create_event, move_event
from app.operations.events_records import record_event
from app.operations.teams import create_officer, post_officer
from app.schemas.events import EventIn, EventRecordIn
from app.schemas.teams import OfficerIn, PostingIn

KEPT = 0.85
"""Share of the early events that were held, and of the special posts that are filled."""
EVENING = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Early:
    """One open event of an earlier year."""

    day: date
    kind: EventKind
    title: str


EVENTS = (
    Early(date(2023, 10, 17), EventKind.OPEN_COMMUNITY, "Meet the new plan"),
    Early(date(2023, 12, 5), EventKind.OPEN_COMMUNITY, "Winter open evening"),
    Early(date(2024, 2, 20), EventKind.CITIZEN_LED, "Residents ask, officers answer"),
    Early(date(2024, 5, 14), EventKind.OPEN_COMMUNITY, "Spring street stall"),
    Early(date(2024, 9, 3), EventKind.OPEN_COMMUNITY, "Back to school safety day"),
    Early(date(2024, 11, 26), EventKind.OPEN_COMMUNITY, "A year of the plan"),
)
POSTS = (
    (PostingRole.LGBT_LIAISON, date(2023, 7, 31)),
    (PostingRole.ENGAGEMENT_TEAM, date(2024, 2, 1)),
)


async def keep_early_promises(scene: Scene, wards: list[WardEntry], index: EditionIndex) -> None:
    """Hold the borough's early events and fill its special posts, most of them."""
    for early in EVENTS:
        if scene.random.random() < KEPT:
            await _hold(scene, wards[0].borough_code, early, index)
    for role, starts_on in POSTS:
        if scene.random.random() < KEPT:
            await _post(scene, wards[0].borough_code, role, starts_on)


async def _hold(scene: Scene, borough_code: str, early: Early, index: EditionIndex) -> None:
    at = datetime(early.day.year, early.day.month, early.day.day, 18, tzinfo=UTC)
    announced = at - timedelta(days=21)
    event = await create_event(
        scene.session,
        scene.caller,
        event=EventIn(
            kind=early.kind,
            title=early.title,
            description="A demonstration event of an earlier year.",
            borough=borough_code,
            starts_at=at,
            ends_at=at + EVENING,
            place=f"Example venue at {scene.random.choice(VENUES)}",
            open_to_all=True,
            hosts=["Borough team (demonstration)"],
        ),
        now=announced,
        atlas_index=index,
    )
    session, caller = scene.session, scene.caller
    await move_event(session, caller, event.id, status=EventStatus.PUBLISHED, now=announced)
    record = EventRecordIn(
        attendance=scene.random.randrange(20, 120),
        attendance_method=AttendanceMethod.COUNTED,
        notes="Notes of a demonstration event.",
        concerns_raised={},
    )
    await record_event(session, caller, event.id, record=record, now=at + EVENING)


async def _post(scene: Scene, borough_code: str, role: PostingRole, starts_on: date) -> None:
    name = officer_name(scene.random)
    given = OfficerIn(display_name=name, rank="Police Constable", fictional=True)
    officer = await create_officer(scene.session, scene.caller, given=given, now=scene.now)
    posting = PostingIn.model_validate(
        {
            "officer_id": officer.id,
            "role": role,
            "borough_code": borough_code,
            "starts_on": starts_on,
        }
    )
    await post_officer(scene.session, scene.caller, given=posting, now=scene.now)
