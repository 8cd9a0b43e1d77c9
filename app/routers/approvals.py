"""Requests for acts that take two people: what waits, and taking one's own back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import (
    EDIT_REFUSALS,
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
from app.domain.approvals import ApprovalStatus
from app.domain.identity import LEADERS, OVERSEERS
from app.errors import ApprovalClosedError, InvalidCursorError, NotFoundError
from app.operations import approvals
from app.operations.approvals import show_approval
from app.routing import ServiceRoute
from app.schemas.approvals import ApprovalOut, ApprovalPatchIn
from app.schemas.base import PageOut

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)

StatusFilter = Annotated[ApprovalStatus, Query(description="Where the request stands.")]


@router.get("/v1/approvals", **guarded(LEADERS | OVERSEERS, InvalidCursorError))
async def list_approvals(
    request: Request,
    session: Reads,
    caller: SignedIn,
    now: Now,
    page: PageOf,
    status: StatusFilter = ApprovalStatus.PENDING,
) -> PageOut[ApprovalOut]:
    """List the requests that wait for a second person, newest first."""
    found = await approvals.list_approvals(session, caller, page, status=status, at=now)
    items = [show_approval(approval, at=now) for approval in found.items]
    return PageOut[ApprovalOut](items=items, next=next_url(request, found))


@router.get("/v1/approvals/{approval_id}", **guarded(LEADERS | OVERSEERS, NotFoundError))
async def get_approval(
    session: Reads, response: Response, caller: SignedIn, now: Now, approval_id: UUID
) -> ApprovalOut:
    """Get one request for an act that takes two people."""
    approval = await approvals.get_approval(session, caller, approval_id)
    tagged(response, approval.version)
    return show_approval(approval, at=now)


@router.patch(
    "/v1/approvals/{approval_id}",
    **guarded(LEADERS | OVERSEERS, NotFoundError, ApprovalClosedError, *EDIT_REFUSALS),
)
async def withdraw_approval(
    session: Writes,
    response: Response,
    caller: SignedIn,
    now: Now,
    expected: IfMatch,
    approval_id: UUID,
    patch: ApprovalPatchIn,  # noqa: ARG001 - the one thing it can say is the act itself
) -> ApprovalOut:
    """Take back your own request while it waits."""
    approval = await approvals.withdraw_approval(
        session, caller, approval_id, expected=expected, now=now
    )
    tagged(response, approval.version)
    return show_approval(approval, at=now)
