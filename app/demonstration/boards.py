"""Demonstration boards: in most boroughs a mixed one that meets, in some without the public."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.demonstration.scene import Scene
from app.domain.boards import DecisionOutcome, MeetingStatus, MemberKind
from app.operations.atlas import WardEntry
from app.operations.boards import create_board, seat_member
from app.operations.boards_meetings import (
    edit_decision,
    enter_meeting,
    record_decision,
)
from app.schemas.boards import BoardIn, DecisionIn, DecisionPatchIn, MeetingIn, MemberIn

NONE = 0.06
"""Share of boroughs that never set up a board."""
WITHOUT_PUBLIC = 0.12
"""Share of boards on which no member of the public sits any more."""
SEATS = (
    (MemberKind.PUBLIC, 3),
    (MemberKind.COMMUNITY_LEADER, 2),
    (MemberKind.POLICE, 2),
    (MemberKind.COUNCIL, 2),
)
MEETINGS = (-270, -180, -90, 45)
"""Days from today on which a board meets; the last is planned."""
DONE = 0.7
"""Share of decisions that were carried out."""
DECISIONS = (
    ("Publish the patrol plan of the station square.", "Neighbourhood inspector"),
    ("Light the path behind the shops.", "Council street services"),
    ("Report on open events at the next meeting.", "Borough superintendent"),
)


async def seat_board(scene: Scene, wards: list[WardEntry]) -> None:
    """Set up the borough's board, seat its members, and let it meet and decide."""
    if scene.random.random() < NONE:
        return
    borough = wards[0]
    began = scene.today - timedelta(days=scene.random.randrange(400, 800))
    given = BoardIn(
        borough=borough.borough_code,
        name=f"{borough.borough_name} policing and partnership board (demonstration)",
        terms="Brings the public, community leaders and the police together (demonstration).",
        established_on=began,
    )
    board = await create_board(scene.session, scene.caller, given=given, now=scene.now)
    left = None
    if scene.random.random() < WITHOUT_PUBLIC:
        left = scene.today - timedelta(days=scene.random.randrange(30, 200))
    for kind, number in SEATS:
        ends_on = left if kind is MemberKind.PUBLIC else None
        for _ in range(number):
            seat = MemberIn(kind=kind, starts_on=began, ends_on=ends_on)
            await seat_member(scene.session, scene.caller, board.id, given=seat, now=scene.now)
    for days in MEETINGS:
        await _meet(scene, board.id, scene.today + timedelta(days=days))


async def _meet(scene: Scene, board_id: UUID, day: date) -> None:
    act = (scene.session, scene.caller, board_id)
    held = day <= scene.today
    facts: dict[str, Any] = {"status": MeetingStatus.HELD if held else MeetingStatus.PLANNED}
    if held:
        facts["attendance"] = {kind: scene.random.randrange(1, n + 1) for kind, n in SEATS}
        facts["minutes_url"] = f"https://boards.example/minutes/{day}"
        facts["minutes_published_on"] = day + timedelta(days=21)
    given = MeetingIn.model_validate({"meets_on": day, "open_to_public": True, **facts})
    meeting = await enter_meeting(*act, given=given, now=scene.now)
    if not held:
        return
    text, owner = scene.random.choice(DECISIONS)
    wanted = DecisionIn(text=text, owner=owner, due_on=day + timedelta(days=60))
    decision = await record_decision(*act, meeting.id, given=wanted, now=scene.now)
    if scene.random.random() < DONE:
        patch = DecisionPatchIn(outcome=DecisionOutcome.DONE, outcome_on=day + timedelta(days=50))
        await edit_decision(*act, decision.id, patch=patch, expected=None, now=scene.now)
