"""Kinds of jobs to watch workers by, and jobs asked for without a request. Plainly synthetic.

A tally leaves one row of its own for each piece, which no unique key would stop from being left
twice: what shows whether anything was done again is only how the pieces are held together.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from app.database import Database, WriteSession
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.domain.jobs import Daily
from app.jobs.kinds import Kind, Schedule
from app.jobs.work import Work
from app.models.audit import AuditEntry
from app.models.jobs import Job, JobEvent
from app.models.wards import Ward
from app.operations import audit
from app.operations.jobs import ask_for_job
from app.operations.refresh_runs import open_refreshes, summary_of, wards_of_run
from app.schemas.base import In
from app.schemas.refresh_runs import RefreshRunIn
from tests.factories import A1

ASKER = Caller("synthetic", Role.ADMIN)
TALLIED = "tally"


class TallyIn(In):
    """How many pieces, and how long each takes."""

    pieces: int = Field(ge=0)
    piece_s: float = 0.0


async def tally(work: Work[TallyIn]) -> dict[str, Any]:
    """Leave one row for each piece, each with the checkpoint that says so."""
    pieces = work.parameters.pieces
    for number in range(work.checkpoint.get("done", 0) + 1, pieces + 1):
        await asyncio.sleep(work.parameters.piece_s)
        async with work.open_unit() as session:
            leave(session, work.lease.job_id, number)
            work.checkpoint = {"done": number}
        await work.progress(number, pieces, f"Piece {number}")
    return {"pieces": pieces}


async def careless_tally(work: Work[TallyIn]) -> dict[str, Any]:
    """Do the same as nobody should: the row in one commit, the checkpoint in another."""
    pieces = work.parameters.pieces
    for number in range(work.checkpoint.get("done", 0) + 1, pieces + 1):
        async with unit_of_work(work.database) as session:
            leave(session, work.lease.job_id, number)
        await asyncio.sleep(work.parameters.piece_s)
        async with work.open_unit():
            work.checkpoint = {"done": number}
        await work.progress(number, pieces, f"Piece {number}")
    return {"pieces": pieces}


async def stumble(work: Work[TallyIn]) -> dict[str, Any]:
    """Meet a fault whose words nobody outside may read."""
    raise RuntimeError("canary-secret")


async def careless_run(work: Work[RefreshRunIn]) -> dict[str, Any]:
    """Open the proposals of a run as nobody should: what it did in one commit, that in another."""
    asked_for = work.parameters
    async with work.database.reading() as session:
        wards = await wards_of_run(session, asked_for, today=work.today)
    outcomes: list[dict[str, Any]] = list(work.checkpoint.get("outcomes", []))
    for ward in wards[len(outcomes) :]:
        async with unit_of_work(work.database) as session:
            outcomes += await open_refreshes(
                session, work.caller, [ward], asked_for, now=work.now, today=work.today
            )
        await asyncio.sleep(0.1)
        async with work.open_unit():
            work.checkpoint = {"outcomes": outcomes}
        await work.progress(len(outcomes), len(wards), "Opening proposals")
    return summary_of(outcomes)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("tally", "Count.", tally, TallyIn),
        Kind("careless-tally", "Count carelessly.", careless_tally, TallyIn),
        Kind("careless-run", "Open proposals carelessly.", careless_run, RefreshRunIn),
        Kind("stumble", "Fail.", stumble, TallyIn),
    )
}


def leave(session: WriteSession, job_id: UUID, number: int) -> None:
    """Leave the row of one piece, in the audit trail, where nothing is ever changed."""
    subject = ("job", job_id)
    audit.record(session, ASKER, TALLIED, subject, now=datetime.now(UTC), detail={"number": number})


async def numbers_left(database: Database, job_id: UUID) -> list[int]:
    """Return the pieces that a tally left a row of, in the order of their commits."""
    async with database.reading() as session:
        rows = (
            select(AuditEntry.detail)
            .where(AuditEntry.action == TALLIED, AuditEntry.subject_id == str(job_id))
            .order_by(AuditEntry.position)
        )
        return [detail["number"] for detail in await session.scalars(rows)]


async def until_left(database: Database, job_id: UUID, number: int) -> None:
    """Return as soon as a tally has left so many rows."""
    async with asyncio.timeout(60):
        while len(await numbers_left(database, job_id)) < number:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def asked(database: Database, kind: str = "tally", **parameters: Any) -> UUID:
    """Ask for a job and return its id."""
    async with unit_of_work(database) as session:
        job = await ask_for_job(
            session, ASKER, kind=kind, parameters=parameters, now=datetime.now(UTC)
        )
        return job.id


async def found(database: Database, job_id: UUID) -> Job:
    """Return a job as it stands."""
    async with database.reading() as session:
        return await session.get_one(Job, job_id)


async def told(database: Database, job_id: UUID) -> list[JobEvent]:
    """Return all that was told of a job."""
    async with database.reading() as session:
        rows = select(JobEvent).where(JobEvent.job_id == job_id).order_by(JobEvent.number)
        return list(await session.scalars(rows))


@asynccontextmanager
async def second_database(url: str) -> AsyncIterator[Database]:
    """Open the same database as another process would."""
    database = Database(url, pool_size=4)
    try:
        yield database
    finally:
        await database.close()


def schedules() -> list[Schedule]:
    """Return a schedule that fell due at the minute that the environment names, if it does."""
    due = os.environ.get("DUE_AT")
    at = None if due is None else Daily(time.fromisoformat(due))
    return [] if at is None else [Schedule("synthetic", at, "tally", {"pieces": 1})]


async def add_wards(database: Database, number: int) -> None:
    """Add so many wards to Alder, all on the same square: what a run has to do grows by them."""
    async with unit_of_work(database) as session:
        model = (await session.scalars(select(Ward).where(Ward.code == A1))).one()
        kept = {c.key: getattr(model, c.key) for c in Ward.__table__.columns if c.key != "id"}
        session.add_all(
            Ward(**{**kept, "code": f"E0508{place:04}", "name": f"Alder {place}"})
            for place in range(1, number + 1)
        )
