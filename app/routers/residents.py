"""What residents see and say of themselves: their ward, its proof, and being forgotten."""

from fastapi import APIRouter, Request, Response

from app.dependencies import (
    EDIT_REFUSALS,
    IfMatch,
    Now,
    PrivateWrites,
    Reads,
    SignedIn,
    atlas_of,
    guarded,
    tagged,
)
from app.domain.identity import RESIDENTS, Caller
from app.domain.residents import network_of
from app.errors import (
    BoundariesUnknownError,
    BusyError,
    InvalidRequestError,
    NotFoundError,
    NotRegisteredHereError,
    PostcodeNotFoundError,
)
from app.models.residents import Resident
from app.operations import demographics, residents
from app.operations.dispute_filers import filer_of, forget_filer
from app.routing import ServiceRoute
from app.schemas.residents import ErasureOut, HomeIn, ResidentOut

router = APIRouter(tags=["residents"], route_class=ServiceRoute)

STAYS = (
    "A sealed ballot you cast stays in its place without your name, and counts; "
    "coming back gives you the same place, never a second vote."
)
NOTHING_HERE = "Your issuer keeps your account; what you said of yourself here is deleted."


def resident_out(resident: Resident) -> ResidentOut:
    """Return a resident's row as they see it."""
    return ResidentOut(
        ward=resident.ward_code,
        level=resident.level,
        quarantined=resident.quarantined,
        kept_by="service",
        registered_on=resident.registered_on,
        seen_on=resident.seen_on,
    )


def _of_token(caller: Caller) -> ResidentOut:
    return ResidentOut(
        ward=next(iter(caller.wards), None),
        level=caller.level,
        quarantined=False,
        kept_by="issuer",
        registered_on=None,
        seen_on=None,
    )


@router.get("/v1/me", **guarded(RESIDENTS))
async def get_me(caller: SignedIn, session: Reads, response: Response) -> ResidentOut:
    """Get what the service knows of you."""
    if caller.anchor is None:
        return _of_token(caller)
    resident = await residents.get_resident(session, caller)
    tagged(response, resident.version)
    return resident_out(resident)


@router.patch(
    "/v1/me",
    **guarded(
        RESIDENTS,
        NotRegisteredHereError,
        InvalidRequestError,
        NotFoundError,
        PostcodeNotFoundError,
        BoundariesUnknownError,
        BusyError,
        *EDIT_REFUSALS,
    ),
)
async def state_home(
    body: HomeIn,
    request: Request,
    response: Response,
    caller: SignedIn,
    session: PrivateWrites,
    expected: IfMatch,
    now: Now,
) -> ResidentOut:
    """Say where you live; a postcode is turned into its ward and forgotten at once."""
    state, index = request.app.state, await atlas_of(request).get(None)
    network = network_of(request.client.host if request.client else None)
    said = residents.Statement(body, network, now)
    resident = await residents.state_home(
        session, caller, state.keyring, said, index=index, caps=state.caps, expected=expected
    )
    state.sessions.forget(caller)
    tagged(response, resident.version)
    return resident_out(resident)


@router.delete("/v1/me", **guarded(RESIDENTS))
async def erase_me(
    request: Request, caller: SignedIn, session: PrivateWrites, now: Now
) -> ErasureOut:
    """Have everything that is stored of you deleted now; a sealed ballot stays in its place."""
    keyring = request.app.state.keyring
    if caller.anchor is None:
        await forget_filer(session, filer_of(caller, keyring), now=now)
        await demographics.withdraw_own(session, caller, keyring)
        return ErasureOut(erased=False, stays=NOTHING_HERE)
    await residents.erase_resident(session, keyring, caller.anchor, now=now)
    request.app.state.sessions.forget(caller)
    return ErasureOut(erased=True, stays=STAYS)
