"""Boards of the boroughs: for everyone to read; set up and seated by the boroughs' leaders."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import (
    EDIT_REFUSALS,
    IDEMPOTENCY_REFUSALS,
    BoroughCode,
    IfMatch,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Today,
    Writes,
    guarded,
    next_url,
    tagged,
)
from app.domain.boards import SEATS, BoardStanding, MemberKind
from app.domain.identity import LEADERS
from app.errors import (
    BoardClosedError,
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
    NotPolicedByMetError,
    ReasonRequiredError,
)
from app.models.boards import Board, BoardMember
from app.operations import boards, boards_queries
from app.operations.wards import get_borough
from app.pagination import PageRequest
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.boards import (
    BoardDetailOut,
    BoardFiguresOut,
    BoardIn,
    BoardOut,
    BoardPatchIn,
    MeetingOut,
    MemberIn,
    MemberOut,
    MemberPatchIn,
)

router = APIRouter(tags=["boards"], route_class=ServiceRoute)

OnDay = Annotated[date | None, Query(description="The day to answer for; today by default.")]
InBorough = Annotated[
    str | None,
    Query(alias="borough", pattern=r"^E09\d{6}$", description="Only boards of this borough."),
]
TOLD = ("id", "created_at", "updated_at", "borough_code", "name", "terms", "terms_url")
LIFE = ("established_on", "dissolved_on", "dissolve_reason")


def told(board: Board, found: BoardStanding, on: date) -> dict[str, Any]:
    """Return a board and how it stands on a day, as fields of the answer."""
    return {
        **{name: getattr(board, name) for name in (*TOLD, *LIFE)},
        **{name: getattr(found, name) for name in ("active", "mixed", "mixed_since")},
        "composition": {kind.value: number for kind, number in found.composition.items()},
        "figures": BoardFiguresOut.model_validate(found.figures),
        "on": on,
    }


def member_out(member: BoardMember) -> MemberOut:
    """Return a seat in the shape that crosses the wire."""
    names = ("id", "created_at", "updated_at", "kind", "starts_on", "ends_on")
    label = member.label or SEATS[MemberKind(member.kind)]
    return MemberOut(**{name: getattr(member, name) for name in names}, label=label)


async def answer_list(
    request: Request, session: Reads, page: PageRequest, borough: str | None, on: date
) -> PageOut[BoardOut]:
    """Return one page of boards as they stand on a day."""
    found = await boards_queries.list_boards(session, page, borough_code=borough)
    standing = await boards_queries.stand_on(session, found.items, on=on)
    items = [
        BoardOut(**told(board, stands, on))
        for board, stands in zip(found.items, standing, strict=True)
    ]
    return PageOut[BoardOut](items=items, next=next_url(request, found))


async def answer_detail(session: Any, board: Board, on: date, response: Response) -> BoardDetailOut:
    """Return one board as it stands on a day, with its latest meetings, tagged."""
    tagged(response, board.version)
    (standing,) = await boards_queries.stand_on(session, [board], on=on)
    meetings = await boards_queries.list_latest_meetings(session, board.id)
    shown = [MeetingOut.model_validate(meeting) for meeting in meetings]
    return BoardDetailOut(**told(board, standing, on), meetings=shown)


@router.get("/v1/boards", **public(InvalidCursorError))
async def list_boards(
    request: Request,
    session: Reads,
    page: PageOf,
    today: Today,
    borough: InBorough = None,
    on: OnDay = None,
) -> PageOut[BoardOut]:
    """List boards as they stand on a day, the oldest first."""
    return await answer_list(request, session, page, borough, on or today)


@router.get("/v1/boroughs/{borough_code}/boards", **public(NotFoundError, InvalidCursorError))
async def list_borough_boards(
    request: Request,
    session: Reads,
    borough_code: BoroughCode,
    page: PageOf,
    today: Today,
    on: OnDay = None,
) -> PageOut[BoardOut]:
    """List the boards of a borough as they stand on a day."""
    await get_borough(session, borough_code)
    return await answer_list(request, session, page, borough_code, on or today)


@router.get("/v1/boards/{board_id}", **public(NotFoundError))
async def get_board(
    session: Reads, board_id: UUID, today: Today, response: Response, on: OnDay = None
) -> BoardDetailOut:
    """Get one board as it stands on a day, with its latest meetings and what they decided."""
    board = await boards_queries.get_board(session, board_id)
    return await answer_detail(session, board, on or today, response)


@router.post(
    "/v1/boards",
    status_code=201,
    **guarded(
        LEADERS, NotFoundError, NotPolicedByMetError, InvalidRequestError, *IDEMPOTENCY_REFUSALS
    ),
)
async def create_board(
    session: Writes, caller: SignedIn, body: BoardIn, now: Now, today: Today, response: Response
) -> BoardDetailOut:
    """Enter a board of a borough."""
    board = await boards.create_board(session, caller, given=body, now=now)
    response.headers["location"] = f"/v1/boards/{board.id}"
    return await answer_detail(session, board, today, response)


@router.patch(
    "/v1/boards/{board_id}",
    **guarded(LEADERS, NotFoundError, ReasonRequiredError, InvalidRequestError, *EDIT_REFUSALS),
)
async def edit_board(
    session: Writes,
    caller: SignedIn,
    board_id: UUID,
    body: BoardPatchIn,
    expected: IfMatch,
    now: Now,
    today: Today,
    response: Response,
) -> BoardDetailOut:
    """Change a board's facts, or end it with a reason."""
    board = await boards.edit_board(
        session, caller, board_id, patch=body, expected=expected, now=now
    )
    return await answer_detail(session, board, today, response)


@router.get("/v1/boards/{board_id}/members", **public(NotFoundError, InvalidCursorError))
async def list_board_members(
    request: Request, session: Reads, board_id: UUID, page: PageOf
) -> PageOut[MemberOut]:
    """List the seats of a board, former ones too; no seat names a person."""
    found = await boards_queries.list_members(session, board_id, page)
    items = [member_out(member) for member in found.items]
    return PageOut[MemberOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/boards/{board_id}/members",
    status_code=201,
    **guarded(LEADERS, NotFoundError, BoardClosedError, InvalidRequestError, *IDEMPOTENCY_REFUSALS),
)
async def seat_board_member(
    session: Writes,
    caller: SignedIn,
    board_id: UUID,
    body: MemberIn,
    now: Now,
    response: Response,
) -> MemberOut:
    """Enter a seat on a board, from a day on."""
    member = await boards.seat_member(session, caller, board_id, given=body, now=now)
    response.headers["location"] = f"/v1/boards/{board_id}/members"
    tagged(response, member.version)
    return member_out(member)


@router.patch(
    "/v1/boards/{board_id}/members/{member_id}",
    **guarded(LEADERS, NotFoundError, BoardClosedError, InvalidRequestError, *EDIT_REFUSALS),
)
async def edit_board_member(
    session: Writes,
    caller: SignedIn,
    board_id: UUID,
    member_id: UUID,
    body: MemberPatchIn,
    expected: IfMatch,
    now: Now,
    response: Response,
) -> MemberOut:
    """Change a seat's label or days, or end it."""
    member = await boards.edit_member(
        session, caller, board_id, member_id, patch=body, expected=expected, now=now
    )
    tagged(response, member.version)
    return member_out(member)
