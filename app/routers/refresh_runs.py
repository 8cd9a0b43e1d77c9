"""Runs of refreshes: the proposals of many wards, opened in one job."""

from fastapi import APIRouter, Response

from app.dependencies import IDEMPOTENCY_REFUSALS, Now, SignedIn, Writes, guarded
from app.domain.identity import LEADERS
from app.errors import InvalidRequestError
from app.jobs.asking import ask_for
from app.jobs.kinds import KINDS
from app.routers.jobs import started
from app.routing import ServiceRoute
from app.schemas.jobs import JobOut
from app.schemas.refresh_runs import RefreshRunIn

router = APIRouter(tags=["refreshes"], route_class=ServiceRoute)


@router.post(
    "/v1/refresh-runs",
    status_code=202,
    **guarded(LEADERS, InvalidRequestError, *IDEMPOTENCY_REFUSALS),
)
async def create_refresh_run(
    body: RefreshRunIn, session: Writes, caller: SignedIn, now: Now, response: Response
) -> JobOut:
    """Open the explained proposals of a borough's wards, or of all that are due, in one job.

    A ward with a refresh in progress is skipped; the job's result names it with the reason.
    """
    kind = KINDS["refresh-run"]
    return started(await ask_for(session, caller, kind, body, now=now), response)
