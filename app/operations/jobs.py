"""Jobs as people meet them: asked for, looked up, listed, followed, cancelled."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true

from app.database import Database, ReadSession, WriteSession, insert_for
from app.domain.identity import OVERSEERS, Caller
from app.domain.jobs import ENDED, JobState
from app.errors import JobEndedError, NotFoundError
from app.models.base import new_id
from app.models.jobs import Job, JobEvent
from app.operations import audit
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession

EVENTS_AT_ONCE = 200


async def ask_for_job(
    session: WriteSession,
    caller: Caller,
    *,
    kind: str,
    parameters: dict[str, Any],
    borough_code: str | None = None,
    ward_code: str | None = None,
    now: datetime,
) -> Job:
    """Write a job that is to be done, in the transaction of whoever asks; workers find it there."""
    job = Job(
        id=new_id(),
        kind=kind,
        parameters=parameters,
        state=JobState.QUEUED.value,
        total=None,
        checkpoint={},
        asked_by=caller.subject,
        asked_role=caller.role.value,
        borough_code=borough_code,
        ward_code=ward_code,
        created_at=now,
        last_event=1,
    )
    session.add(job)
    await session.flush()
    session.add(event_of(job, now))
    audit.record(
        session,
        caller,
        "ask_for_job",
        ("job", job.id),
        now=now,
        borough_code=borough_code,
        ward_code=ward_code,
        detail={"kind": kind, "parameters": parameters},
    )
    await session.flush()
    return job


async def owe_job(
    session: WriteSession,
    *,
    kind: str,
    parameters: dict[str, Any],
    occurrence: str,
    asked_by: Caller,
    now: datetime,
) -> UUID | None:
    """Write the job that a schedule owes; `None` where any process wrote that occurrence before."""
    values = {
        "id": new_id(),
        "kind": kind,
        "parameters": parameters,
        "state": JobState.QUEUED.value,
        "cancel_requested": False,
        "done": 0,
        "message": "",
        "checkpoint": {},
        "asked_by": asked_by.subject,
        "asked_role": asked_by.role.value,
        "occurrence": occurrence,
        "created_at": now,
        "attempt": 0,
        "fruitless": 0,
        "last_event": 0,
    }
    row = insert_for(session, Job).values(**values)
    unless_there = row.on_conflict_do_nothing(index_elements=["occurrence"]).returning(Job.id)
    written: UUID | None = (await session.execute(unless_there)).scalar_one_or_none()
    return written


def event_of(job: Job, at: datetime) -> JobEvent:
    """Return what is to be told of a job now, under the number that the job was just given."""
    return JobEvent(
        job_id=job.id,
        number=job.last_event,
        at=at,
        state=job.state,
        done=job.done,
        total=job.total,
        message=job.message,
    )


async def get_job(session: Session, caller: Caller, job_id: UUID) -> Job:
    """Return a job that the caller may see; to others it does not exist."""
    found = select(Job).where(Job.id == job_id, _visible_to(caller))
    job = (await session.scalars(found)).first()
    if job is None:
        raise NotFoundError("job", job_id)
    return job


async def list_jobs(
    session: ReadSession,
    caller: Caller,
    page: PageRequest,
    *,
    states: Sequence[JobState] = (),
    kinds: Sequence[str] = (),
) -> Page[Job]:
    """Return the jobs of the caller's boroughs, or all for an overseer, newest first."""
    statement = select(Job).where(_visible_to(caller))
    if states:
        statement = statement.where(Job.state.in_([state.value for state in states]))
    if kinds:
        statement = statement.where(Job.kind.in_(kinds))
    return await fetch_page(session, statement, page, [Key.uuid(Job.id)], descending=True)


def _visible_to(caller: Caller) -> ColumnElement[bool]:
    if caller.role in OVERSEERS:
        return true()
    return or_(Job.borough_code.in_(caller.boroughs), Job.asked_by == caller.subject)


async def cancel_job(session: WriteSession, caller: Caller, job_id: UUID, *, now: datetime) -> Job:
    """Cancel a job: at once while it waits, else as soon as its worker looks up from its work."""
    found = select(Job).where(Job.id == job_id, _visible_to(caller)).with_for_update()
    job = (await session.scalars(found)).first()
    if job is None:
        raise NotFoundError("job", job_id)
    if job.state in ENDED:
        raise JobEndedError(f"The job is over ({job.state}); what it did stays as it is.")
    if job.cancel_requested:
        return job
    job.cancel_requested = True
    if job.state == JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED.value, now
        job.last_event += 1
        session.add(event_of(job, now))
    audit.record(
        session,
        caller,
        "cancel_job",
        ("job", job.id),
        now=now,
        borough_code=job.borough_code,
        ward_code=job.ward_code,
        detail={"kind": job.kind},
    )
    await session.flush()
    return job


async def follow_events(
    database: Database, job_id: UUID, *, after: int, rest: Callable[[], Awaitable[object]]
) -> AsyncIterator[JobEvent]:
    """Yield what is told of a job after the event of this number, until the job has ended.

    Between two looks `rest` is awaited, and no connection is held. An event of any process is seen.
    """
    while True:
        async with database.reading() as session:
            job = await session.get(Job, job_id)
            if job is None:
                return
            news = (
                select(JobEvent)
                .where(JobEvent.job_id == job_id, JobEvent.number > after)
                .order_by(JobEvent.number)
                .limit(EVENTS_AT_ONCE)
            )
            events = list(await session.scalars(news))
        for event in events:
            yield event
            after = event.number
        if job.state in ENDED and after >= job.last_event:
            return
        if len(events) < EVENTS_AT_ONCE:
            await rest()
