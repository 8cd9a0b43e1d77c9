"""Abstractions: days on which posted officers are taken away, for their leaders and overseers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

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
from app.domain.identity import STAFF, SUPERVISORS
from app.errors import (
    AbstractionOutsidePostingError,
    AbstractionOverlapError,
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
)
from app.operations import abstractions, teams_queries
from app.routing import ServiceRoute
from app.schemas.base import PageOut
from app.schemas.teams import (
    AbstractionIn,
    AbstractionOut,
    AbstractionPatchIn,
    AbstractionWithdrawalIn,
)

router = APIRouter(tags=["teams"], route_class=ServiceRoute)

PostingId = Annotated[UUID, Path(description="The posting.")]
AbstractionId = Annotated[UUID, Path(description="The abstraction.")]


@router.get(
    "/v1/postings/{posting_id}/abstractions", **guarded(STAFF, NotFoundError, InvalidCursorError)
)
async def list_abstractions(
    request: Request, session: Reads, caller: SignedIn, posting_id: PostingId, page: PageOf
) -> PageOut[AbstractionOut]:
    """List the days on which a posted officer was taken away."""
    found = await teams_queries.list_abstractions(session, caller, posting_id, page)
    items = [AbstractionOut.model_validate(abstraction) for abstraction in found.items]
    return PageOut[AbstractionOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/postings/{posting_id}/abstractions",
    status_code=201,
    **guarded(
        SUPERVISORS,
        NotFoundError,
        InvalidRequestError,
        AbstractionOutsidePostingError,
        AbstractionOverlapError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def record_abstraction(
    body: AbstractionIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    posting_id: PostingId,
    response: Response,
) -> AbstractionOut:
    """Record that a posted officer was taken away, why, and whether that was exceptional."""
    abstraction = await abstractions.record_abstraction(
        session, caller, posting_id, given=body, now=now
    )
    tagged(response, abstraction.version)
    response.headers["location"] = f"/v1/postings/{posting_id}/abstractions/{abstraction.id}"
    return AbstractionOut.model_validate(abstraction)


@router.get(
    "/v1/postings/{posting_id}/abstractions/{abstraction_id}", **guarded(STAFF, NotFoundError)
)
async def get_abstraction(
    session: Reads,
    caller: SignedIn,
    posting_id: PostingId,
    abstraction_id: AbstractionId,
    response: Response,
) -> AbstractionOut:
    """Get one abstraction of a posting in the caller's area."""
    found = await teams_queries.get_abstraction(session, caller, posting_id, abstraction_id)
    tagged(response, found.version)
    return AbstractionOut.model_validate(found)


@router.patch(
    "/v1/postings/{posting_id}/abstractions/{abstraction_id}",
    **guarded(
        SUPERVISORS,
        NotFoundError,
        InvalidRequestError,
        AbstractionOutsidePostingError,
        AbstractionOverlapError,
        *EDIT_REFUSALS,
    ),
)
async def correct_abstraction(
    body: AbstractionPatchIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    posting_id: PostingId,
    abstraction_id: AbstractionId,
    expected: IfMatch,
    response: Response,
) -> AbstractionOut:
    """Correct an abstraction, as when somebody came back early."""
    found = await abstractions.correct_abstraction(
        session, caller, posting_id, abstraction_id, changes=body, expected=expected, now=now
    )
    tagged(response, found.version)
    return AbstractionOut.model_validate(found)


@router.post(
    "/v1/postings/{posting_id}/abstractions/{abstraction_id}/withdrawal",
    status_code=200,
    **guarded(SUPERVISORS, NotFoundError, *IDEMPOTENCY_REFUSALS),
)
async def withdraw_abstraction(
    body: AbstractionWithdrawalIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    posting_id: PostingId,
    abstraction_id: AbstractionId,
) -> AbstractionOut:
    """Remove an abstraction that never was, with the reason; the audit trail keeps what it said."""
    found = await abstractions.withdraw_abstraction(
        session, caller, posting_id, abstraction_id, reason=body.reason, now=now
    )
    return AbstractionOut.model_validate(found)
