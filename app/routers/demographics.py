"""What residents may say of themselves, for the sole purpose of counting who took part."""

from fastapi import APIRouter, Request

from app.dependencies import Now, PrivateWrites, Reads, SignedIn, guarded
from app.domain.identity import RESIDENTS
from app.domain.representation import Dimension
from app.errors import KeysMissingError
from app.operations import demographics
from app.routing import ServiceRoute
from app.schemas.demographics import DemographicsIn, DemographicsOut, WithdrawnOut

router = APIRouter(tags=["residents"], route_class=ServiceRoute)

STAYS = "Published counts of rounds that are over do not change; they name nobody."


@router.get("/v1/me/demographics", **guarded(RESIDENTS, KeysMissingError))
async def get_demographics(request: Request, caller: SignedIn, session: Reads) -> DemographicsOut:
    """Get what you said of yourself."""
    keyring = request.app.state.keyring
    answers, kept_until = await demographics.find_answers(session, caller, keyring)
    return DemographicsOut.model_validate({**answers, "kept_until": kept_until})


@router.put("/v1/me/demographics", **guarded(RESIDENTS, KeysMissingError))
async def give_demographics(
    body: DemographicsIn, request: Request, caller: SignedIn, session: PrivateWrites, now: Now
) -> DemographicsOut:
    """Say what you like of yourself, in place of what you said before; nothing is required."""
    answers = {dimension: getattr(body, dimension) for dimension in Dimension}
    keyring = request.app.state.keyring
    await demographics.give_answers(session, caller, keyring, answers, now=now)
    kept_until = now.year + demographics.KEPT_YEARS
    return DemographicsOut.model_validate({**answers, "kept_until": kept_until})


@router.delete("/v1/me/demographics", **guarded(RESIDENTS, KeysMissingError))
async def withdraw_demographics(
    request: Request, caller: SignedIn, session: PrivateWrites
) -> WithdrawnOut:
    """Have what you said of yourself deleted now."""
    await demographics.withdraw_own(session, caller, request.app.state.keyring)
    return WithdrawnOut(withdrawn=True, stays=STAYS)
