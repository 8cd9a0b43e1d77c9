"""Runs of the commitment checks: asked for, listed, looked up."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Today,
    Writes,
    guarded,
    next_url,
)
from app.domain.identity import Role
from app.errors import BusyError, InvalidCursorError, InvalidRequestError, NotFoundError
from app.operations import commitment_rows, commitment_runs
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.commitments import CommitmentRunOut

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)

CHECKERS = frozenset({Role.ANALYST, Role.ADMIN})


@router.post(
    "/v1/commitment-checks",
    status_code=201,
    **guarded(CHECKERS, InvalidRequestError, BusyError, *IDEMPOTENCY_REFUSALS),
)
async def run_commitment_checks(
    session: Writes, caller: SignedIn, now: Now, today: Today, response: Response
) -> CommitmentRunOut:
    """Check every promise in every area now, and write down what has changed."""
    verdicts = await commitment_runs.measure(session, now=now, today=today)
    run = await commitment_runs.record_run(session, caller, verdicts, now=now, today=today)
    response.headers["location"] = f"/v1/commitment-checks/{run.id}"
    return CommitmentRunOut.model_validate(run)


@router.get("/v1/commitment-checks", **public(InvalidCursorError))
async def list_commitment_checks(
    request: Request, session: Reads, page: PageOf
) -> PageOut[CommitmentRunOut]:
    """List the runs of the checks, the last first: a day without one was not checked."""
    found = await commitment_rows.list_runs(session, page)
    items = [CommitmentRunOut.model_validate(run) for run in found.items]
    return PageOut[CommitmentRunOut](items=items, next=next_url(request, found))


@router.get("/v1/commitment-checks/{run_id}", **public(NotFoundError))
async def get_commitment_check(session: Reads, run_id: UUID) -> CommitmentRunOut:
    """Get one run of the checks."""
    return CommitmentRunOut.model_validate(await commitment_rows.get_run(session, run_id))
