"""Jobs as workers hold them: taken up by one at a time, kept by a lease, ended or let go.

Each statement names the lease that it is carried out under. A worker that lost its lease, because
it stood still for too long, changes nothing any more: neither the job nor, since every piece of
work ends by `hold`, anything else.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from app.database import ReadSession, WriteSession, alone, database_now
from app.domain.jobs import JobState
from app.models.jobs import Job
from app.operations.jobs import event_of

AT_ONCE = 100
LONGEST_MESSAGE = 300


class LeaseLostError(Exception):
    """Another worker took the job up; what this one was about to commit is undone."""


@dataclass(frozen=True, slots=True)
class Lease:
    """By what a worker holds a job, and for how long from each sign of life."""

    job_id: UUID
    token: UUID
    lasts: timedelta


def _to_be_taken_up(now: datetime, singly: Collection[str]) -> ColumnElement[bool]:
    is_left = and_(Job.state == JobState.RUNNING.value, Job.leased_until <= now)
    waits = or_(Job.state == JobState.QUEUED.value, is_left)
    other = aliased(Job)
    is_like = and_(other.kind == Job.kind, other.id != Job.id)
    in_hand = and_(other.state == JobState.RUNNING.value, other.leased_until > now)
    return and_(waits, or_(Job.kind.not_in(singly), ~exists().where(is_like, in_hand)))


async def list_waiting(session: ReadSession, *, singly: Collection[str] = ()) -> list[UUID]:
    """Return the jobs that nobody works on: asked for, or left by a worker that is gone.

    Those of the kinds that are done `singly` wait for as long as another of their kind is in hand.
    """
    now = await database_now(session)
    waiting = select(Job.id).where(_to_be_taken_up(now, singly)).order_by(Job.id).limit(AT_ONCE)
    return list(await session.scalars(waiting))


async def take_up(
    session: WriteSession, job_id: UUID, *, lasts: timedelta, singly: Collection[str] = ()
) -> tuple[Job, Lease] | None:
    """Take a job up, or return `None` where another worker did or there is nothing left to do.

    One statement decides it for all processes, by the database's own clock. Of the kinds that are
    done `singly`, one is taken up at a time.
    """
    if singly:
        kind = await session.scalar(select(Job.kind).where(Job.id == job_id))
        if kind in singly and not await alone(session, f"taking up {kind}"):
            return None
    now, token = await database_now(session), uuid4()
    taking = (
        update(Job)
        .where(Job.id == job_id, _to_be_taken_up(now, singly))
        .values(
            state=JobState.RUNNING.value,
            lease=token,
            leased_until=now + lasts,
            started_at=func.coalesce(Job.started_at, now),
            attempt=Job.attempt + 1,
            fruitless=Job.fruitless + 1,
            last_event=Job.last_event + 1,
        )
        .returning(Job)
    )
    job = (await session.scalars(taking)).first()
    if job is None:
        return None
    session.add(event_of(job, now))
    await session.flush()
    return job, Lease(job_id, token, lasts)


async def hold(session: WriteSession, lease: Lease, checkpoint: dict[str, Any]) -> None:
    """End a piece of work: keep how far it is, in the piece's own transaction.

    Raises `LeaseLostError`, so that the piece is undone, when another worker has the job.
    """
    now = await database_now(session)
    kept = {"checkpoint": checkpoint, "leased_until": now + lease.lasts, "fruitless": 0}
    held = update(Job).where(_is_held(lease)).values(**kept).returning(Job.id)
    if (await session.execute(held)).first() is None:
        raise LeaseLostError(str(lease.job_id))


async def show_life(session: WriteSession, lease: Lease) -> bool:
    """Keep the job for longer; whether somebody asked to cancel it."""
    now = await database_now(session)
    kept = update(Job).where(_is_held(lease)).values(leased_until=now + lease.lasts)
    asked = (await session.execute(kept.returning(Job.cancel_requested))).first()
    if asked is None:
        raise LeaseLostError(str(lease.job_id))
    return bool(asked[0])


async def tell(
    session: WriteSession, lease: Lease, *, done: int, total: int | None, message: str
) -> bool:
    """Tell whoever follows how far the job is; whether somebody asked to cancel it."""
    facts = {"done": done, "total": total, "message": message}
    return (await _change(session, lease, facts)).cancel_requested


async def end(
    session: WriteSession, lease: Lease, state: JobState, came_of_it: dict[str, Any]
) -> None:
    """End a job with what came of it: its result or problem, and how far it was at the end."""
    now = await database_now(session)
    facts = {**came_of_it, "state": state.value, "finished_at": now}
    await _change(session, lease, {**facts, "lease": None, "leased_until": None})


async def let_go(session: WriteSession, lease: Lease, far: dict[str, Any]) -> None:
    """Give a job back, for another worker to go on with; nothing that was committed is lost."""
    facts = {"state": JobState.QUEUED.value, "lease": None, "leased_until": None}
    await _change(session, lease, {**far, **facts, "fruitless": 0})


def _is_held(lease: Lease) -> ColumnElement[bool]:
    return and_(Job.id == lease.job_id, Job.lease == lease.token)


async def _change(session: WriteSession, lease: Lease, facts: dict[str, Any]) -> Job:
    now = await database_now(session)
    if "message" in facts:
        facts = {**facts, "message": facts["message"][:LONGEST_MESSAGE]}
    if facts.get("state", JobState.RUNNING.value) == JobState.RUNNING.value:
        facts = {**facts, "leased_until": now + lease.lasts}
    changing = update(Job).where(_is_held(lease)).values(**facts, last_event=Job.last_event + 1)
    job = (await session.scalars(changing.returning(Job))).first()
    if job is None:
        raise LeaseLostError(str(lease.job_id))
    session.add(event_of(job, now))
    await session.flush()
    return job
