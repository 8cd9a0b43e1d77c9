"""Boards as they are read: one by one, by borough, and all at once as they stand on a day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.boards import BoardFigures, BoardStanding, MeetingStatus, MemberKind, Seat, standing
from app.domain.spans import span_of
from app.errors import NotFoundError
from app.models.boards import Board, BoardDecision, BoardMeeting, BoardMember
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession
LATEST_MEETINGS = 20
"""How many meetings, the latest first, an answer about one board carries."""


async def boards_of(session: Session, *, on: date) -> dict[str, list[BoardStanding]]:
    """Return how every board ever entered stands on a day, by borough code, the oldest first.

    Takes five statements however many boards there are; a borough without a board has no key.
    Meetings, minutes and decisions count up to that day.
    """
    boards = list(await session.scalars(select(Board).order_by(Board.established_on, Board.id)))
    found: dict[str, list[BoardStanding]] = defaultdict(list)
    for board in await stand_on(session, boards, on=on):
        found[board.borough_code].append(board)
    return dict(found)


async def stand_on(session: Session, boards: Sequence[Board], *, on: date) -> list[BoardStanding]:
    """Return how these boards stand on a day, in their order."""
    ids = [board.id for board in boards]
    seats = await _seats_of(session, ids)
    figures = await _figures_of(session, ids, on=on)
    return [
        standing(
            (board.id, board.borough_code, board.name, board.established_on, board.dissolved_on),
            seats.get(board.id, ()),
            figures.get(board.id, BoardFigures()),
            on=on,
        )
        for board in boards
    ]


async def list_boards(
    session: Session, page: PageRequest, *, borough_code: str | None
) -> Page[Board]:
    """Return boards, the oldest first, of one borough or of all."""
    statement = select(Board)
    if borough_code is not None:
        statement = statement.where(Board.borough_code == borough_code)
    return await fetch_page(
        session, statement, page, [Key.day(Board.established_on), Key.uuid(Board.id)]
    )


async def get_board(session: Session, board_id: UUID) -> Board:
    """Return one board."""
    board = await session.get(Board, board_id)
    if board is None:
        raise NotFoundError("board", board_id)
    return board


async def list_members(session: Session, board_id: UUID, page: PageRequest) -> Page[BoardMember]:
    """Return the seats of a board, former ones too, by first day."""
    await get_board(session, board_id)
    statement = select(BoardMember).where(BoardMember.board_id == board_id)
    keys = [Key.day(BoardMember.starts_on), Key.uuid(BoardMember.id)]
    return await fetch_page(session, statement, page, keys)


async def list_meetings(session: Session, board_id: UUID, page: PageRequest) -> Page[BoardMeeting]:
    """Return the meetings of a board with their decisions, the latest first."""
    await get_board(session, board_id)
    keys = [Key.day(BoardMeeting.meets_on), Key.uuid(BoardMeeting.id)]
    return await fetch_page(session, _meetings_of(board_id), page, keys, descending=True)


async def list_latest_meetings(session: Session, board_id: UUID) -> list[BoardMeeting]:
    """Return the latest meetings of a board with their decisions, those to come among them."""
    latest = _meetings_of(board_id).order_by(BoardMeeting.meets_on.desc(), BoardMeeting.id.desc())
    return list(await session.scalars(latest.limit(LATEST_MEETINGS)))


async def list_decisions(
    session: Session, board_id: UUID, page: PageRequest, *, still_open: bool | None
) -> Page[BoardDecision]:
    """Return what a board decided, the latest first, optionally only what has (no) outcome."""
    await get_board(session, board_id)
    statement = (
        select(BoardDecision)
        .join(BoardMeeting, BoardMeeting.id == BoardDecision.meeting_id)
        .where(BoardMeeting.board_id == board_id)
    )
    if still_open is not None:
        outcome = BoardDecision.outcome
        statement = statement.where(outcome.is_(None) if still_open else outcome.is_not(None))
    keys = [Key.day(BoardDecision.decided_on), Key.uuid(BoardDecision.id)]
    return await fetch_page(session, statement, page, keys, descending=True)


def _meetings_of(board_id: UUID) -> Select[BoardMeeting]:
    of_board = select(BoardMeeting).where(BoardMeeting.board_id == board_id)
    return of_board.options(selectinload(BoardMeeting.decisions))


async def _seats_of(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Seat]]:
    rows = await session.execute(
        select(
            BoardMember.board_id, BoardMember.kind, BoardMember.starts_on, BoardMember.ends_on
        ).where(BoardMember.board_id.in_(list(ids)))
    )
    seats: dict[UUID, list[Seat]] = defaultdict(list)
    for row in rows:
        seat = Seat(MemberKind(row.kind), span_of(row.starts_on, row.ends_on))
        seats[row.board_id].append(seat)
    return seats


async def _figures_of(
    session: Session, ids: Iterable[UUID], *, on: date
) -> dict[UUID, BoardFigures]:
    chosen = list(ids)
    planned = and_(BoardMeeting.status == MeetingStatus.PLANNED, BoardMeeting.meets_on >= on)
    called_off = BoardMeeting.status == MeetingStatus.CANCELLED
    meetings = await session.execute(
        select(
            BoardMeeting.board_id,
            _number_of(_held(on)),
            _number_of(called_off, BoardMeeting.meets_on <= on),
            _number_of(_held(on), BoardMeeting.minutes_published_on <= on),
            func.max(BoardMeeting.meets_on).filter(_held(on)),
            func.min(BoardMeeting.meets_on).filter(planned),
        )
        .where(BoardMeeting.board_id.in_(chosen))
        .group_by(BoardMeeting.board_id)
    )
    decided = await _decisions_of(session, chosen, on=on)
    held = await _days_held(session, chosen, on=on)
    return {
        row[0]: BoardFigures(
            *row[1:], *decided.get(row[0], (0, 0, 0)), held_on=tuple(held.get(row[0], ()))
        )
        for row in meetings
    }


async def _days_held(session: Session, ids: list[UUID], *, on: date) -> dict[UUID, list[date]]:
    """Return by board the days on which it met, up to a day."""
    rows = await session.execute(
        select(BoardMeeting.board_id, BoardMeeting.meets_on)
        .where(BoardMeeting.board_id.in_(ids), _held(on))
        .order_by(BoardMeeting.meets_on)
    )
    found: dict[UUID, list[date]] = defaultdict(list)
    for board_id, day in rows:
        found[board_id].append(day)
    return found


async def _decisions_of(
    session: Session, ids: list[UUID], *, on: date
) -> dict[UUID, tuple[int, int, int]]:
    """Return by board how many decisions there were by a day, are open, and are overdue."""
    still_open = BoardDecision.outcome_on.is_(None) | (BoardDecision.outcome_on > on)
    rows = await session.execute(
        select(
            BoardMeeting.board_id,
            func.count(),
            _number_of(still_open),
            _number_of(still_open, BoardDecision.due_on < on),
        )
        .join(BoardMeeting, BoardMeeting.id == BoardDecision.meeting_id)
        .where(BoardMeeting.board_id.in_(ids), BoardDecision.decided_on <= on)
        .group_by(BoardMeeting.board_id)
    )
    return {board_id: (number, open_, overdue) for board_id, number, open_, overdue in rows}


def _held(on: date) -> ColumnElement[bool]:
    return and_(BoardMeeting.status == MeetingStatus.HELD, BoardMeeting.meets_on <= on)


def _number_of(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(*conditions)
