"""How boards change: they are set up, ended, and their seats taken and left."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import WriteSession
from app.domain.boards import require_life, require_within_life
from app.domain.identity import Caller
from app.domain.spans import span_of
from app.domain.wards import PoliceForce
from app.errors import NotFoundError, NotPolicedByMetError
from app.models.base import Editable, new_id, require_version
from app.models.boards import Board, BoardMember
from app.operations import audit
from app.operations.wards import get_borough
from app.schemas.boards import BoardIn, BoardPatchIn, MemberIn, MemberPatchIn


async def create_board(
    session: WriteSession, caller: Caller, *, given: BoardIn, now: datetime
) -> Board:
    """Enter a board of a borough that the Met polices."""
    borough = await get_borough(session, given.borough)
    caller.require_territory(borough_code=borough.code)
    if borough.police_force != PoliceForce.METROPOLITAN:
        raise NotPolicedByMetError(f"{borough.name} has a police of its own.", pointer="/borough")
    require_life(given.established_on, None, None)
    board = Board(
        **new_row(now), borough_code=borough.code, **given.model_dump(exclude={"borough"})
    )
    session.add(board)
    detail = {"after": given.model_dump(mode="json")}
    note_board(session, caller, "create_board", (board, board), detail=detail)
    await session.flush()
    return board


async def edit_board(
    session: WriteSession,
    caller: Caller,
    board_id: UUID,
    *,
    patch: BoardPatchIn,
    expected: int | None,
    now: datetime,
) -> Board:
    """Change a board's facts or end it with a reason."""
    board = await lock_board(session, caller, board_id)
    require_version(board, expected)
    detail = apply_changes(board, patch.model_dump(), now)
    if board.dissolved_on is None and "dissolved_on" in detail["after"]:
        board.dissolve_reason = None
    require_life(board.established_on, board.dissolved_on, board.dissolve_reason)
    note_board(
        session, caller, "edit_board", (board, board), detail=detail, reason=board.dissolve_reason
    )
    await session.flush()
    return board


async def seat_member(
    session: WriteSession, caller: Caller, board_id: UUID, *, given: MemberIn, now: datetime
) -> BoardMember:
    """Enter a seat on a board that is at work on the seat's first day."""
    board = await lock_board(session, caller, board_id)
    _require_seat(board, given.starts_on, given.ends_on)
    member = BoardMember(**new_row(now), board_id=board.id, **given.model_dump())
    session.add(member)
    detail = {"after": given.model_dump(mode="json")}
    note_board(session, caller, "seat_member", (board, member), detail=detail)
    await session.flush()
    return member


async def edit_member(
    session: WriteSession,
    caller: Caller,
    board_id: UUID,
    member_id: UUID,
    *,
    patch: MemberPatchIn,
    expected: int | None,
    now: datetime,
) -> BoardMember:
    """Change a seat's label or days, or end it."""
    board = await lock_board(session, caller, board_id)
    member = await session.get(BoardMember, member_id, populate_existing=True)
    if member is None or member.board_id != board.id:
        raise NotFoundError("member", member_id)
    require_version(member, expected)
    detail = apply_changes(member, patch.model_dump(), now)
    _require_seat(board, member.starts_on, member.ends_on)
    note_board(session, caller, "edit_member", (board, member), detail=detail)
    await session.flush()
    return member


async def lock_board(session: WriteSession, caller: Caller, board_id: UUID) -> Board:
    """Return a board of the caller's boroughs, held for this transaction with all it owns."""
    statement = select(Board).where(Board.id == board_id).with_for_update()
    fresh = statement.execution_options(populate_existing=True)
    board = (await session.scalars(fresh)).first()
    if board is None:
        raise NotFoundError("board", board_id)
    caller.require_territory(borough_code=board.borough_code)
    return board


def _require_seat(board: Board, starts_on: date, ends_on: date | None) -> None:
    life = span_of(board.established_on, board.dissolved_on)
    require_within_life(life, starts_on, ends_on, pointer="/starts_on")


def new_row(now: datetime) -> dict[str, Any]:
    """Return what a new editable row begins with."""
    return {"id": new_id(), "created_at": now, "updated_at": now, "version": 1}


def apply_changes(row: Editable, wanted: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Set the fields that differ, raise the version, and return what was and what is."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.version, row.updated_at = row.version + 1, now
    return {"before": _plain(before), "after": _plain(changed)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    kept = (bool, dict, type(None))
    return {n: value if isinstance(value, kept) else str(value) for n, value in values.items()}


def note_board(
    session: WriteSession,
    caller: Caller,
    action: str,
    rows: tuple[Board, Editable],
    *,
    detail: dict[str, Any],
    reason: str | None = None,
) -> None:
    """Put what the caller did to a board, or to a row of it, into the audit trail."""
    board, row = rows
    detail = detail if row is board else {"row": str(row.id), **detail}
    audit.record(
        session,
        caller,
        action,
        ("board", board.id),
        now=row.updated_at,
        borough_code=board.borough_code,
        reason=reason,
        detail=detail,
    )
