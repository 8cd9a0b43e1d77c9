"""The meetings of boards, what they decided, and what came of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import WriteSession
from app.domain.boards import (
    DecisionOutcome,
    MeetingFacts,
    MeetingStatus,
    require_decision,
    require_meeting,
    require_meeting_move,
    require_within_life,
)
from app.domain.events import london_day
from app.domain.identity import Caller
from app.domain.spans import span_of
from app.errors import MeetingMoveRefusedError, NotFoundError
from app.models.base import require_version
from app.models.boards import Board, BoardDecision, BoardMeeting
from app.operations.boards import apply_changes, lock_board, new_row, note_board
from app.schemas.boards import DecisionIn, DecisionPatchIn, MeetingIn, MeetingPatchIn


async def enter_meeting(
    session: WriteSession,
    caller: Caller,
    board_id: UUID,
    *,
    given: MeetingIn,
    now: datetime,
) -> BoardMeeting:
    """Enter a meeting that is planned or was held."""
    board = await lock_board(session, caller, board_id)
    meeting = BoardMeeting(
        **new_row(now), board_id=board.id, status_reason=None, decisions=[], **given.model_dump()
    )
    _require_meeting(board, meeting, london_day(now))
    session.add(meeting)
    detail = {"after": given.model_dump(mode="json")}
    note_board(session, caller, "enter_meeting", (board, meeting), detail=detail)
    await session.flush()
    return meeting


async def edit_meeting(
    session: WriteSession,
    caller: Caller,
    board_id: UUID,
    meeting_id: UUID,
    *,
    patch: MeetingPatchIn,
    expected: int | None,
    now: datetime,
) -> BoardMeeting:
    """Change a meeting's facts; a planned one becomes held, or cancelled with a reason."""
    board = await lock_board(session, caller, board_id)
    meeting = await _get_meeting(session, board, meeting_id)
    require_version(meeting, expected)
    fields = patch.model_dump()
    _refuse_new_day(meeting, fields)
    former = MeetingStatus(meeting.status)
    require_meeting_move(former, MeetingStatus(fields.get("status", former)))
    detail = apply_changes(meeting, fields, now)
    _require_meeting(board, meeting, london_day(now))
    note_board(
        session,
        caller,
        "edit_meeting",
        (board, meeting),
        detail=detail,
        reason=meeting.status_reason,
    )
    await session.flush()
    return meeting


async def record_decision(
    session: WriteSession,
    caller: Caller,
    board_id: UUID,
    meeting_id: UUID,
    *,
    given: DecisionIn,
    now: datetime,
) -> BoardDecision:
    """Record what a held meeting decided, on the day it met."""
    board = await lock_board(session, caller, board_id)
    meeting = await _get_meeting(session, board, meeting_id)
    if meeting.status != MeetingStatus.HELD:
        raise MeetingMoveRefusedError("Only a held meeting decides.")
    require_decision(meeting.meets_on, given.due_on, (None, None), today=london_day(now))
    decision = BoardDecision(
        **new_row(now),
        meeting_id=meeting.id,
        decided_on=meeting.meets_on,
        outcome=None,
        outcome_on=None,
        outcome_note=None,
        **given.model_dump(),
    )
    session.add(decision)
    detail = {"after": given.model_dump(mode="json")}
    note_board(session, caller, "record_decision", (board, decision), detail=detail)
    await session.flush()
    return decision


async def edit_decision(
    session: WriteSession,
    caller: Caller,
    board_id: UUID,
    decision_id: UUID,
    *,
    patch: DecisionPatchIn,
    expected: int | None,
    now: datetime,
) -> BoardDecision:
    """Change a decision, or say what came of it and when."""
    board = await lock_board(session, caller, board_id)
    decision = await session.get(BoardDecision, decision_id, populate_existing=True)
    if decision is None:
        raise NotFoundError("decision", decision_id)
    try:
        await _get_meeting(session, board, decision.meeting_id)
    except NotFoundError as cause:
        raise NotFoundError("decision", decision_id) from cause
    require_version(decision, expected)
    detail = apply_changes(decision, patch.model_dump(), now)
    outcome = None if decision.outcome is None else DecisionOutcome(decision.outcome)
    ended = (outcome, decision.outcome_on)
    require_decision(decision.decided_on, decision.due_on, ended, today=london_day(now))
    note_board(session, caller, "edit_decision", (board, decision), detail=detail)
    await session.flush()
    return decision


async def _get_meeting(session: WriteSession, board: Board, meeting_id: UUID) -> BoardMeeting:
    statement = (
        select(BoardMeeting)
        .where(BoardMeeting.id == meeting_id, BoardMeeting.board_id == board.id)
        .options(selectinload(BoardMeeting.decisions))
        .execution_options(populate_existing=True)
    )
    meeting = (await session.scalars(statement)).first()
    if meeting is None:
        raise NotFoundError("meeting", meeting_id)
    return meeting


def _refuse_new_day(meeting: BoardMeeting, fields: Mapping[str, Any]) -> None:
    """Raise where a meeting would move away from the day its decisions were taken on."""
    if meeting.decisions and fields.get("meets_on", meeting.meets_on) != meeting.meets_on:
        raise MeetingMoveRefusedError(
            "This meeting has decisions of its day, so the day stays.", pointer="/meets_on"
        )


def _require_meeting(board: Board, meeting: BoardMeeting, today: date) -> None:
    facts = MeetingFacts(
        meets_on=meeting.meets_on,
        status=MeetingStatus(meeting.status),
        status_reason=meeting.status_reason,
        attendance=meeting.attendance,
        minutes_url=meeting.minutes_url,
        minutes_published_on=meeting.minutes_published_on,
    )
    require_meeting(facts, today=today)
    life = span_of(board.established_on, board.dissolved_on)
    require_within_life(life, meeting.meets_on, None, pointer="/meets_on")
