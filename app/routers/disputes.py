"""Disputes of outcomes, records and statuses: filed, answered in 72 hours, decided, withdrawn."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    AnyCaller,
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
from app.domain.disputes import DisputeState, TargetKind
from app.domain.identity import DISPUTANTS, LEADERS, TEAM
from app.domain.partners import Scope
from app.errors import (
    DisputeExistsError,
    DisputeMoveRefusedError,
    InvalidCursorError,
    InvalidRequestError,
    NotAuthenticatedError,
    NotFoundError,
    NothingToDisputeError,
    RedactionRefusedError,
    SecondPersonRequiredError,
    TooManyDisputesError,
    UnknownCommitmentError,
)
from app.operations import disputes, disputes_queries
from app.operations.commitments import has_status
from app.operations.disputes_queries import DisputeFilter, show_dispute
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.disputes import DisputeAnswerIn, DisputeDecisionIn, DisputeIn, DisputeOut

router = APIRouter(tags=["disputes"], route_class=ServiceRoute)

DisputeId = Annotated[UUID, Path(description="Identifier of a dispute.")]


async def read_filter(
    borough: Annotated[
        str | None, Query(pattern=r"^E09\d{6}$", description="Only this borough's.")
    ] = None,
    ward: Annotated[
        str | None,
        Query(
            pattern=r"^E05\d{6}$",
            description="Only this ward's; what is about several wards is its borough's.",
        ),
    ] = None,
    state: Annotated[DisputeState | None, Query(description="Only in this state.")] = None,
    target_kind: Annotated[
        TargetKind | None, Query(description="Only about this sort of statement.")
    ] = None,
    target: Annotated[
        str | None,
        Query(
            max_length=36,
            pattern=r"^[A-Za-z0-9-]+$",
            description="Only about this priority or event, by its identifier, or this commitment, "
            "by its code.",
        ),
    ] = None,
    overdue: Annotated[
        bool | None, Query(description="Only with, or only without, an answer overdue.")
    ] = None,
) -> DisputeFilter:
    """Return which disputes are asked for."""
    return DisputeFilter(borough, ward, state, target_kind, target, overdue)


Wanted = Annotated[DisputeFilter, Depends(read_filter)]


@router.post(
    "/v1/disputes",
    status_code=201,
    **guarded(
        DISPUTANTS,
        NotFoundError,
        InvalidRequestError,
        UnknownCommitmentError,
        NothingToDisputeError,
        DisputeExistsError,
        TooManyDisputesError,
        *IDEMPOTENCY_REFUSALS,
        scope=Scope.DISPUTES_WRITE,
    ),
)
async def file_dispute(
    body: DisputeIn,
    request: Request,
    session: Writes,
    caller: SignedIn,
    now: Now,
    today: Today,
    response: Response,
) -> DisputeOut:
    """Dispute an outcome, a record or a status; the team of the area owes an answer in 72 hours.

    The text is published with the answer, and who wrote it never is.
    """
    keyring = request.app.state.keyring
    made = await disputes.file_dispute(
        session,
        caller,
        keyring,
        wanted=body,
        now=now,
        today=today,
        knows_commitment=has_status,
    )
    response.headers["Location"] = f"/v1/disputes/{made.id}"
    tagged(response, made.version)
    return show_dispute(made, now=now, whole=True)


@router.get(
    "/v1/disputes", **public(NotAuthenticatedError, InvalidCursorError, InvalidRequestError)
)
async def list_disputes(
    request: Request, session: Reads, wanted: Wanted, now: Now, page: PageOf
) -> PageOut[DisputeOut]:
    """List disputes, the last filed first; the words of unanswered ones are left out."""
    found = await disputes_queries.list_disputes(session, wanted, page, now=now)
    items = [show_dispute(item, now=now) for item in found.items]
    return PageOut[DisputeOut](items=items, next=next_url(request, found))


@router.get(
    "/v1/me/disputes",
    **guarded(DISPUTANTS, InvalidCursorError, scope=Scope.DISPUTES_WRITE),
)
async def list_own_disputes(
    request: Request, session: Reads, caller: SignedIn, now: Now, page: PageOf
) -> PageOut[DisputeOut]:
    """List your own disputes, the last filed first, with their words."""
    keyring = request.app.state.keyring
    found = await disputes_queries.list_own_disputes(session, caller, keyring, page)
    items = [show_dispute(item, now=now, whole=True) for item in found.items]
    return PageOut[DisputeOut](items=items, next=next_url(request, found))


@router.get("/v1/disputes/{dispute_id}", **public(NotAuthenticatedError, NotFoundError))
async def get_dispute(
    request: Request,
    session: Reads,
    dispute_id: DisputeId,
    caller: AnyCaller,
    now: Now,
    response: Response,
) -> DisputeOut:
    """Get one dispute; unanswered, with its words only as whoever filed it or must answer it."""
    found = await disputes_queries.get_dispute(session, dispute_id)
    tagged(response, found.version)
    keyring = request.app.state.keyring
    whole = await disputes_queries.may_read(session, found, caller, keyring)
    return show_dispute(found, now=now, whole=whole)


@router.post(
    "/v1/disputes/{dispute_id}/answer",
    **guarded(
        TEAM,
        NotFoundError,
        DisputeMoveRefusedError,
        RedactionRefusedError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def answer_dispute(
    body: DisputeAnswerIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    dispute_id: DisputeId,
    response: Response,
) -> DisputeOut:
    """Answer a dispute, which publishes its text, less personal data that you leave out."""
    answered = await disputes.answer_dispute(session, caller, dispute_id, answer=body, now=now)
    tagged(response, answered.version)
    return show_dispute(answered, now=now)


@router.post(
    "/v1/disputes/{dispute_id}/decision",
    **guarded(
        LEADERS,
        NotFoundError,
        DisputeMoveRefusedError,
        SecondPersonRequiredError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def decide_dispute(
    body: DisputeDecisionIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    dispute_id: DisputeId,
    response: Response,
) -> DisputeOut:
    """Uphold or reject an answered dispute, unless you answered it or recorded what it is about."""
    decided = await disputes.decide_dispute(session, caller, dispute_id, wanted=body, now=now)
    tagged(response, decided.version)
    return show_dispute(decided, now=now)


@router.post(
    "/v1/disputes/{dispute_id}/withdrawal",
    **guarded(
        DISPUTANTS,
        NotFoundError,
        DisputeMoveRefusedError,
        *IDEMPOTENCY_REFUSALS,
        scope=Scope.DISPUTES_WRITE,
    ),
)
async def withdraw_dispute(
    request: Request,
    session: Writes,
    caller: SignedIn,
    now: Now,
    dispute_id: DisputeId,
    response: Response,
) -> DisputeOut:
    """Withdraw your own dispute; its words are deleted, an answer stays."""
    keyring = request.app.state.keyring
    taken = await disputes.withdraw_dispute(session, caller, keyring, dispute_id, now=now)
    tagged(response, taken.version)
    return show_dispute(taken, now=now)
