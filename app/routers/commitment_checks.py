"""Runs of the commitment checks: asked for, listed, looked up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Today,
    Writes,
    database_of,
    guarded,
    next_url,
)
from app.domain.commitments import Key, Verdict
from app.domain.identity import Role
from app.errors import BusyError, InvalidCursorError, InvalidRequestError, NotFoundError
from app.operations import commitment_rows, commitment_runs
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.commitments import CommitmentRunOut

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)

CHECKERS = frozenset({Role.ANALYST, Role.ADMIN})


async def measure_now(request: Request, now: Now, today: Today) -> dict[Key, Verdict]:
    """Return what every line says, read before the writing session opens: nobody waits for it."""
    async with database_of(request).reading() as session:
        return await commitment_runs.measure(session, now=now, today=today)


Measured = Annotated[dict[Key, Verdict], Depends(measure_now)]


@router.post(
    "/v1/commitment-checks",
    status_code=201,
    **guarded(CHECKERS, InvalidRequestError, BusyError, *IDEMPOTENCY_REFUSALS),
)
async def run_commitment_checks(
    caller: SignedIn,
    verdicts: Measured,
    session: Writes,
    now: Now,
    today: Today,
    response: Response,
) -> CommitmentRunOut:
    """Check every promise in every area now, and write down what has changed."""
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
