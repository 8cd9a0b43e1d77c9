"""Whether each borough's superintendents were introduced to their community (plan C05)."""

from fastapi import APIRouter

from app.dependencies import BoroughCode, Reads, Today
from app.domain.introductions import LATER_DAYS, PLAN_DUE_ON
from app.domain.wards import PoliceForce
from app.errors import NotFoundError
from app.operations.introductions import list_introductions
from app.operations.wards import get_borough
from app.routing import ServiceRoute, public
from app.schemas.introductions import IntroductionOut, IntroductionsOut
from app.schemas.wards import AreaOut

router = APIRouter(tags=["events"], route_class=ServiceRoute)

WHAT_COUNTS = (
    "A held and recorded event of the kind `superintendent_introduction`, on a London day on which "
    f"the superintendent leads the borough; due by {PLAN_DUE_ON}, or {LATER_DAYS} days after the "
    "first day in office where that is later. Each event introduces one superintendent."
)


@router.get("/v1/boroughs/{borough_code}/introductions", **public(NotFoundError))
async def get_borough_introductions(
    session: Reads, borough_code: BoroughCode, today: Today
) -> IntroductionsOut:
    """Say for each superintendent since the plan whether the introductory event was held (C05)."""
    borough = await get_borough(session, borough_code)
    found = (await list_introductions(session, [borough_code], today=today))[borough_code]
    measured = borough.police_force == PoliceForce.METROPOLITAN
    reason = f"The plan is the Metropolitan Police's; {borough.name} has a force of its own."
    return IntroductionsOut(
        borough=AreaOut(code=borough.code, name=borough.name),
        commitment="C05",
        as_of=today,
        measured=measured,
        reason=None if measured else reason,
        what_counts=WHAT_COUNTS,
        introductions=[IntroductionOut.model_validate(one) for one in found if measured],
    )
