"""Partners' keys: made, put in force and taken back by admins; overseers see them."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

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
from app.domain.identity import ADMINS, OVERSEERS
from app.domain.partners import KeyStatus
from app.errors import (
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
    PartnerKeyMoveRefusedError,
    SecondPersonRequiredError,
)
from app.operations import partner_keys
from app.operations.partner_keys import show_partner_key
from app.retries import keep_without
from app.routing import ServiceRoute
from app.schemas.base import PageOut
from app.schemas.partner_keys import (
    PartnerKeyIn,
    PartnerKeyMadeOut,
    PartnerKeyOut,
    PartnerKeyPatchIn,
)

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)


@router.get("/v1/partner-keys", **guarded(OVERSEERS, InvalidCursorError))
async def list_partner_keys(
    request: Request, session: Reads, now: Now, page: PageOf
) -> PageOut[PartnerKeyOut]:
    """List the partners' keys, newest first, without their secrets."""
    found = await partner_keys.list_partner_keys(session, page)
    items = [show_partner_key(key, at=now) for key in found.items]
    return PageOut[PartnerKeyOut](items=items, next=next_url(request, found))


@router.get("/v1/partner-keys/{key_id}", **guarded(OVERSEERS, NotFoundError))
async def get_partner_key(
    session: Reads, response: Response, now: Now, key_id: UUID
) -> PartnerKeyOut:
    """Get one partner's key, without its secret."""
    key = await partner_keys.get_partner_key(session, key_id)
    tagged(response, key.version)
    return show_partner_key(key, at=now)


@router.post(
    "/v1/partner-keys",
    status_code=201,
    **guarded(ADMINS, NotFoundError, InvalidRequestError, *IDEMPOTENCY_REFUSALS),
)
async def make_partner_key(
    request: Request,
    session: Writes,
    response: Response,
    caller: SignedIn,
    now: Now,
    wanted: PartnerKeyIn,
) -> PartnerKeyMadeOut:
    """Make a key for a partner; this one answer shows it, and another admin puts it in force."""
    made, text = await partner_keys.make_partner_key(session, caller, wanted=wanted, now=now)
    response.headers["Location"] = f"/v1/partner-keys/{made.id}"
    tagged(response, made.version)
    shown = show_partner_key(made, at=now).model_dump()
    keep_without(request, PartnerKeyMadeOut(**shown, key=None))
    return PartnerKeyMadeOut(**shown, key=text)


@router.patch(
    "/v1/partner-keys/{key_id}",
    **guarded(
        ADMINS,
        NotFoundError,
        PartnerKeyMoveRefusedError,
        SecondPersonRequiredError,
        *EDIT_REFUSALS,
    ),
)
async def change_partner_key(
    session: Writes,
    response: Response,
    caller: SignedIn,
    now: Now,
    expected: IfMatch,
    key_id: UUID,
    patch: PartnerKeyPatchIn,
) -> PartnerKeyOut:
    """Put a key in force that another admin made, or take any key back."""
    to = KeyStatus(patch.status)
    key = await partner_keys.change_partner_key(
        session, caller, key_id, to=to, expected=expected, now=now
    )
    tagged(response, key.version)
    return show_partner_key(key, at=now)
