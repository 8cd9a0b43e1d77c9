"""Meetings of boards and their decisions: for everyone to read, entered by the leaders."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import (
    EDIT_REFUSALS,
    IDEMPOTENCY_REFUSALS,
    IfMatch,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Writes,
    guarded,
    next_url,
    tagged,
)
from app.domain.identity import LEADERS
from app.errors import (
    BoardClosedError,
    InvalidCursorError,
    InvalidRequestError,
    MeetingMoveRefusedError,
    NotFoundError,
    ReasonRequiredError,
)
from app.operations import boards_meetings, boards_queries
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.boards import (
    DecisionIn,
    DecisionOut,
    DecisionPatchIn,
    MeetingIn,
    MeetingOut,
    MeetingPatchIn,
)

router = APIRouter(tags=["boards"], route_class=ServiceRoute)

StillOpen = Annotated[
    bool | None, Query(alias="open", description="Whether the decision has no outcome yet.")
]
MEETING_REFUSALS = (
    NotFoundError,
    BoardClosedError,
    MeetingMoveRefusedError,
    ReasonRequiredError,
    InvalidRequestError,
)


@router.get("/v1/boards/{board_id}/meetings", **public(NotFoundError, InvalidCursorError))
async def list_board_meetings(
    request: Request, session: Reads, board_id: UUID, page: PageOf
) -> PageOut[MeetingOut]:
    """List the meetings of a board with their decisions, the latest first."""
    found = await boards_queries.list_meetings(session, board_id, page)
    items = [MeetingOut.model_validate(meeting) for meeting in found.items]
    return PageOut[MeetingOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/boards/{board_id}/meetings",
    status_code=201,
    **guarded(LEADERS, *MEETING_REFUSALS, *IDEMPOTENCY_REFUSALS),
)
async def enter_board_meeting(
    session: Writes,
    caller: SignedIn,
    board_id: UUID,
    body: MeetingIn,
    now: Now,
    response: Response,
) -> MeetingOut:
    """Enter a meeting that is planned, or that was held."""
    meeting = await boards_meetings.enter_meeting(session, caller, board_id, given=body, now=now)
    response.headers["location"] = f"/v1/boards/{board_id}/meetings"
    tagged(response, meeting.version)
    return MeetingOut.model_validate(meeting)


@router.patch(
    "/v1/boards/{board_id}/meetings/{meeting_id}",
    **guarded(LEADERS, *MEETING_REFUSALS, *EDIT_REFUSALS),
)
async def edit_board_meeting(
    session: Writes,
    caller: SignedIn,
    board_id: UUID,
    meeting_id: UUID,
    body: MeetingPatchIn,
    expected: IfMatch,
    now: Now,
    response: Response,
) -> MeetingOut:
    """Change a meeting: say that it was held, who came, where the minutes are; or cancel it."""
    meeting = await boards_meetings.edit_meeting(
        session, caller, board_id, meeting_id, patch=body, expected=expected, now=now
    )
    tagged(response, meeting.version)
    return MeetingOut.model_validate(meeting)


@router.get("/v1/boards/{board_id}/decisions", **public(NotFoundError, InvalidCursorError))
async def list_board_decisions(
    request: Request, session: Reads, board_id: UUID, page: PageOf, still_open: StillOpen = None
) -> PageOut[DecisionOut]:
    """List what a board decided, the latest first, with owner, due date and outcome."""
    found = await boards_queries.list_decisions(session, board_id, page, still_open=still_open)
    items = [DecisionOut.model_validate(decision) for decision in found.items]
    return PageOut[DecisionOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/boards/{board_id}/meetings/{meeting_id}/decisions",
    status_code=201,
    **guarded(
        LEADERS, NotFoundError, MeetingMoveRefusedError, InvalidRequestError, *IDEMPOTENCY_REFUSALS
    ),
)
async def record_board_decision(
    session: Writes,
    caller: SignedIn,
    board_id: UUID,
    meeting_id: UUID,
    body: DecisionIn,
    now: Now,
    response: Response,
) -> DecisionOut:
    """Record what a held meeting decided, who does it, and by when."""
    decision = await boards_meetings.record_decision(
        session, caller, board_id, meeting_id, given=body, now=now
    )
    response.headers["location"] = f"/v1/boards/{board_id}/decisions"
    tagged(response, decision.version)
    return DecisionOut.model_validate(decision)


@router.patch(
    "/v1/boards/{board_id}/decisions/{decision_id}",
    **guarded(LEADERS, NotFoundError, InvalidRequestError, *EDIT_REFUSALS),
)
async def edit_board_decision(
    session: Writes,
    caller: SignedIn,
    board_id: UUID,
    decision_id: UUID,
    body: DecisionPatchIn,
    expected: IfMatch,
    now: Now,
    response: Response,
) -> DecisionOut:
    """Change a decision, or say what came of it and when."""
    decision = await boards_meetings.edit_decision(
        session, caller, board_id, decision_id, patch=body, expected=expected, now=now
    )
    tagged(response, decision.version)
    return DecisionOut.model_validate(decision)
