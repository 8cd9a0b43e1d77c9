"""Jobs: long work that is asked for, followed while it is done, and cancelled."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Writes,
    database_of,
    guarded,
    next_url,
)
from app.domain.identity import LEADERS, OVERSEERS
from app.domain.jobs import ENDED, JobState
from app.errors import InvalidCursorError, InvalidRequestError, JobEndedError, NotFoundError
from app.jobs.asking import ask
from app.models.jobs import Job
from app.operations import jobs
from app.routing import ServiceRoute
from app.schemas.base import PageOut
from app.schemas.jobs import JobEventOut, JobIn, JobOut, JobStreamOut, JobSummaryOut

router = APIRouter(tags=["jobs"], route_class=ServiceRoute)

READERS = LEADERS | OVERSEERS
LOOK_S = 0.5
"""How long a stream rests between two looks at the table, without a connection."""
RETRY_AFTER_S = "1"
LONGEST = 2**31 - 1

JobId = Annotated[UUID, Path(description="Identifier of a job.")]
LastEvent = Annotated[
    int,
    Header(alias="Last-Event-ID", ge=0, le=LONGEST, description="The last event that was seen."),
]


def started(job: Job, response: Response) -> JobOut:
    """Return a job that was just asked for, and say where it is to be found."""
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    response.headers["Retry-After"] = RETRY_AFTER_S
    return JobOut.model_validate(job)


@router.post(
    "/v1/jobs", status_code=202, **guarded(LEADERS, InvalidRequestError, *IDEMPOTENCY_REFUSALS)
)
async def create_job(
    body: JobIn, session: Writes, caller: SignedIn, now: Now, response: Response
) -> JobOut:
    """Ask for long work; it is done beside the requests, and this answers at once."""
    return started(await ask(session, caller, body.kind, body.parameters, now=now), response)


@router.get("/v1/jobs", **guarded(READERS, InvalidCursorError))
async def list_jobs(
    request: Request,
    session: Reads,
    caller: SignedIn,
    page: PageOf,
    state: Annotated[list[JobState], Query(description="Only in these states.")] = [],  # noqa: B006 - FastAPI copies it
    kind: Annotated[list[str], Query(description="Only of these kinds.")] = [],  # noqa: B006 - the same
) -> PageOut[JobSummaryOut]:
    """List the jobs of your boroughs and your own, newest first; an overseer sees all."""
    found = await jobs.list_jobs(session, caller, page, states=state, kinds=kind)
    items = [JobSummaryOut.model_validate(job) for job in found.items]
    return PageOut[JobSummaryOut](items=items, next=next_url(request, found))


@router.get("/v1/jobs/{job_id}", **guarded(READERS, NotFoundError))
async def get_job(session: Reads, caller: SignedIn, job_id: JobId, response: Response) -> JobOut:
    """Get a job: where it stands, and once it ended what came of it."""
    job = await jobs.get_job(session, caller, job_id)
    if job.state not in ENDED:
        response.headers["Retry-After"] = RETRY_AFTER_S
    return JobOut.model_validate(job)


async def find_visible(request: Request, caller: SignedIn, job_id: JobId) -> UUID:
    """Return the job's id where the caller may see it, holding nothing while the stream runs."""
    async with database_of(request).reading() as session:
        return (await jobs.get_job(session, caller, job_id)).id


def streaming(access: dict[str, Any]) -> dict[str, Any]:
    """Declare that a guarded route answers with a stream, and what each of its events is."""
    told = "Server-sent events, of which each is this."
    access["responses"][200] = {"model": JobStreamOut, "description": told}
    return {**access, "response_class": EventSourceResponse}


@router.get("/v1/jobs/{job_id}/events", **streaming(guarded(READERS, NotFoundError)))
async def follow_job(
    request: Request,
    job_id: Annotated[UUID, Depends(find_visible)],
    last_event_id: LastEvent = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Follow a job as server-sent events: `progress`, at last `done`; then the stream ends.

    The id of an event is its number; with `Last-Event-ID` the stream goes on behind that one.
    """
    if request.scope.get("is_head"):
        return
    request.scope["endless"] = True

    async def rest() -> None:
        await asyncio.sleep(LOOK_S)

    async for told in jobs.follow_events(
        database_of(request), job_id, after=last_event_id, rest=rest
    ):
        name = "done" if told.state in ENDED else "progress"
        data = JobEventOut.model_validate(told)
        yield ServerSentEvent(data=data, event=name, id=str(told.number))


@router.post(
    "/v1/jobs/{job_id}/cancellation",
    **guarded(LEADERS, NotFoundError, JobEndedError, *IDEMPOTENCY_REFUSALS),
)
async def cancel_job(session: Writes, caller: SignedIn, now: Now, job_id: JobId) -> JobOut:
    """Cancel a job: at once while it waits, else after the piece in hand; what it did stays."""
    return JobOut.model_validate(await jobs.cancel_job(session, caller, job_id, now=now))
