"""Proving where one lives: codes that teams hand out in person, and an issuer's proof."""

from fastapi import APIRouter, Request, Response

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    Now,
    PrivateWrites,
    SignedIn,
    Writes,
    atlas_of,
    guarded,
    tagged,
)
from app.domain.identity import RESIDENTS, TEAM
from app.domain.residents import CODE_LIFE
from app.errors import (
    BoundariesUnknownError,
    BusyError,
    CodeRefusedError,
    InvalidRequestError,
    KeysMissingError,
    NotFoundError,
    NotPolicedByMetError,
    NotRegisteredHereError,
    ProofRefusedError,
    ProofSpentError,
    QuotaExceededError,
    ShownOnceError,
    WardNotInForceError,
)
from app.operations import residence
from app.retries import show_once
from app.routers.residents import resident_out
from app.routing import ServiceRoute
from app.schemas.residents import ResidenceCodesIn, ResidenceCodesOut, ResidenceIn, ResidentOut

router = APIRouter(tags=["residents"], route_class=ServiceRoute)


@router.post(
    "/v1/residence-codes",
    status_code=201,
    **guarded(
        TEAM,
        NotFoundError,
        NotPolicedByMetError,
        WardNotInForceError,
        ShownOnceError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def issue_residence_codes(
    body: ResidenceCodesIn,
    request: Request,
    response: Response,
    caller: SignedIn,
    session: Writes,
    now: Now,
) -> ResidenceCodesOut:
    """Get codes to hand out in person, one to a resident you met; they are shown this once."""
    keyring = request.app.state.keyring
    codes = await residence.issue_codes(session, caller, keyring, body, now=now)
    show_once(request)
    response.headers["location"] = "/v1/me/residence"
    return ResidenceCodesOut(ward=body.ward, codes=codes, expires_at=now + CODE_LIFE)


@router.post(
    "/v1/me/residence",
    status_code=200,
    **guarded(
        RESIDENTS,
        NotRegisteredHereError,
        CodeRefusedError,
        ProofRefusedError,
        ProofSpentError,
        QuotaExceededError,
        InvalidRequestError,
        BoundariesUnknownError,
        KeysMissingError,
        BusyError,
    ),
)
async def prove_residence(
    body: ResidenceIn,
    request: Request,
    response: Response,
    caller: SignedIn,
    session: PrivateWrites,
    now: Now,
) -> ResidentOut:
    """Prove where you live, by a code you were given in person or an issuer's signed proof."""
    state = request.app.state
    index = await atlas_of(request).get(None)
    resident = await residence.prove(session, caller, state.residence, body, index=index, now=now)
    state.sessions.forget(caller)
    tagged(response, resident.version)
    return resident_out(resident)
