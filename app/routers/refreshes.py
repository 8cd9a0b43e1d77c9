"""Refreshes: a ward's priorities renewed in the open, with a reason for every item."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    AnyCaller,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Today,
    WardCode,
    Writes,
    guarded,
    next_url,
    tagged,
)
from app.domain.identity import DECIDERS
from app.errors import (
    DepartureReasonRequiredError,
    InvalidCursorError,
    InvalidRequestError,
    NotAuthenticatedError,
    NotFoundError,
    NotPolicedByMetError,
    PollUnpublishedError,
    PrioritySetSupersededError,
    ReasonRequiredError,
    RefreshClosedError,
    RefreshInProgressError,
    StaleVersionError,
    UnknownConcernError,
    WardNotInForceError,
)
from app.operations import refreshes, refreshes_queries
from app.operations.wards import get_ward
from app.routers.refresh_answers import refresh_out, refresh_summary_out
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.refreshes import (
    AbandonmentIn,
    PublicationIn,
    RefreshIn,
    RefreshOut,
    RefreshSummaryOut,
)

router = APIRouter(tags=["refreshes"], route_class=ServiceRoute)

RefreshId = Annotated[UUID, Path(description="Identifier of a refresh.")]


@router.post(
    "/v1/wards/{ward_code}/refreshes",
    status_code=201,
    **guarded(
        DECIDERS,
        NotFoundError,
        RefreshInProgressError,
        WardNotInForceError,
        NotPolicedByMetError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def open_refresh(
    ward_code: WardCode,
    body: RefreshIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    today: Today,
    response: Response,
) -> RefreshOut:
    """Open a refresh of a ward's priorities and get its explained proposal."""
    opened = await refreshes.open_refresh(
        session,
        caller,
        ward_code=ward_code,
        trigger=body.trigger,
        seats=body.seats,
        now=now,
        today=today,
    )
    response.headers["Location"] = f"/v1/refreshes/{opened.id}"
    tagged(response, opened.version)
    return refresh_out(opened, await get_ward(session, ward_code))


@router.get(
    "/v1/wards/{ward_code}/refreshes",
    **public(NotFoundError, NotAuthenticatedError, InvalidCursorError, fresh_for=0),
)
async def list_ward_refreshes(
    request: Request, session: Reads, caller: AnyCaller, ward_code: WardCode, page: PageOf
) -> PageOut[RefreshSummaryOut]:
    """List a ward's refreshes, newest first; those not published only to its team and overseers."""
    ward = await get_ward(session, ward_code)
    found = await refreshes_queries.list_ward_refreshes(session, caller, ward, page)
    items = [refresh_summary_out(refresh, ward) for refresh in found.items]
    return PageOut[RefreshSummaryOut](items=items, next=next_url(request, found))


@router.get(
    "/v1/refreshes/{refresh_id}", **public(NotFoundError, NotAuthenticatedError, fresh_for=0)
)
async def get_refresh(
    session: Reads, caller: AnyCaller, refresh_id: RefreshId, response: Response
) -> RefreshOut:
    """Get a refresh; one that is not published only as its ward's team or an overseer."""
    found = await refreshes_queries.read_refresh(session, caller, refresh_id)
    tagged(response, found.version)
    return refresh_out(found, await get_ward(session, found.ward_code))


@router.post(
    "/v1/refreshes/{refresh_id}/publication",
    status_code=201,
    **guarded(
        DECIDERS,
        NotFoundError,
        InvalidRequestError,
        UnknownConcernError,
        ReasonRequiredError,
        DepartureReasonRequiredError,
        StaleVersionError,
        RefreshClosedError,
        PollUnpublishedError,
        PrioritySetSupersededError,
        WardNotInForceError,
        NotPolicedByMetError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def publish_refresh(
    refresh_id: RefreshId,
    body: PublicationIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    today: Today,
    response: Response,
) -> RefreshOut:
    """Publish the decision of a refresh: the new active set, with a reason for every item."""
    published = await refreshes.publish_refresh(
        session, caller, refresh_id=refresh_id, decision=body, now=now, today=today
    )
    response.headers["Location"] = f"/v1/priority-sets/{published.to_set_id}"
    tagged(response, published.version)
    return refresh_out(published, await get_ward(session, published.ward_code))


@router.post(
    "/v1/refreshes/{refresh_id}/abandonment",
    **guarded(DECIDERS, NotFoundError, RefreshClosedError, *IDEMPOTENCY_REFUSALS),
)
async def abandon_refresh(
    refresh_id: RefreshId,
    body: AbandonmentIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    response: Response,
) -> RefreshOut:
    """Give up a refresh, saying why; the active priorities stay as they are."""
    abandoned = await refreshes.abandon_refresh(
        session, caller, refresh_id=refresh_id, reason=body.reason, now=now
    )
    tagged(response, abandoned.version)
    return refresh_out(abandoned, await get_ward(session, abandoned.ward_code))
