"""Carries out one job: takes it up, lets its handler work, notes what came of it."""

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from app import problems
from app.database import Database
from app.dependencies import read_clock
from app.domain.identity import Caller, Role
from app.domain.jobs import JobState
from app.errors import JobGivenUpError, NotFoundError, ServiceError
from app.jobs.kinds import KINDS, Kind, done_singly
from app.jobs.work import Far, Work
from app.models.jobs import Job
from app.operations.job_leases import Lease, LeaseLostError, end, let_go, take_up
from app.outages import is_outage
from app.problems import Problem, ProblemItem
from app.progress import StoppedError
from app.settings import Settings

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
"""How long after its worker's last sign of life a job is taken up by another."""
MAX_FRUITLESS = 5
"""So many workers may be lost over a job without one committed piece."""
FAULT = "The service failed; the log says why, under the job's id."


class Outcome(NamedTuple):
    """What came of an attempt; without a state the job goes on elsewhere."""

    state: JobState | None
    result: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None


UNDONE = Outcome(None)


class Runner:
    """Carries out jobs of the kinds it knows, until told to stop."""

    def __init__(
        self,
        settings: Settings,
        kinds: Mapping[str, Kind] = KINDS,
        *,
        lasts: timedelta = LEASE,
    ) -> None:
        self._settings, self._kinds, self._lasts = settings, kinds, lasts
        self.stopping = threading.Event()

    async def carry_out(self, job_id: UUID) -> JobState | None:
        """Carry out a job on connections of its own; `None` when it is not this one's (any more).

        Runs on any thread: nothing here is shared with another loop.
        """
        if self.stopping.is_set():
            return None
        database = Database(self._settings.database_url, pool_size=4)
        try:
            return await self.carry_out_on(database, job_id)
        except Exception as fault:
            if not is_outage(fault):
                raise
            told = {"job": str(job_id), "cause": type(fault).__name__}
            logger.warning("a job was interrupted; its lease runs out", extra=told)
            return None
        finally:
            await database.close()

    async def carry_out_on(self, database: Database, job_id: UUID) -> JobState | None:
        """Do the same on an open database."""
        async with database.writing() as session:
            singly = done_singly(self._kinds)
            taken = await take_up(session, job_id, lasts=self._lasts, singly=singly)
        if taken is None:
            return None
        job, lease = taken
        work = Work(
            database=database,
            settings=self._settings,
            lease=lease,
            caller=_asker(job),
            parameters=None,
            checkpoint=dict(job.checkpoint),
            now=await read_clock(),
            far=Far(job.done, job.total, job.message),
            stopping=self.stopping,
            is_cancelled=job.cancel_requested,
        )
        try:
            async with work.kept_alive():
                outcome = await self._attempt(job, work)
            await _note(database, lease, work, outcome)
        except LeaseLostError:
            logger.warning("a job was taken up by another worker", extra={"job": str(job_id)})
            return None
        return outcome.state

    async def _attempt(self, job: Job, work: Work[Any]) -> Outcome:
        try:
            work.look_up()
            result = await self._do(job, work)
            json.dumps(result)
        except StoppedError:
            if work.is_lost:
                raise LeaseLostError(str(job.id)) from None
            return Outcome(JobState.CANCELLED) if work.is_cancelled else UNDONE
        except LeaseLostError:
            raise
        except Exception as fault:
            if is_outage(fault):
                raise
            return Outcome(JobState.FAILED, problem=_problem(job, fault))
        return Outcome(JobState.SUCCEEDED, result=result)

    async def _do(self, job: Job, work: Work[Any]) -> dict[str, Any]:
        if job.fruitless > MAX_FRUITLESS:
            raise JobGivenUpError(
                f"{MAX_FRUITLESS} workers were lost over this job without getting anything done."
            )
        kind = self._kinds.get(job.kind)
        if kind is None:
            raise NotFoundError("kind of job called", job.kind)
        work.parameters = kind.parameters.model_validate(job.parameters)
        return await kind.handler(work)


def _asker(job: Job) -> Caller:
    """Return whoever asked, with the one area the job was granted for."""
    boroughs = frozenset({job.borough_code} if job.borough_code else ())
    return Caller(job.asked_by, Role(job.asked_role), boroughs=boroughs)


async def _note(database: Database, lease: Lease, work: Work[Any], outcome: Outcome) -> None:
    far = asdict(work.far)
    async with database.writing() as session:
        if outcome.state is None:
            await let_go(session, lease, far)
            return
        came_of_it = {"result": outcome.result, "problem": outcome.problem}
        await end(session, lease, outcome.state, {**far, **came_of_it})


def _problem(job: Job, fault: Exception) -> dict[str, Any]:
    """Return what a job failed of, in the shape of every error of the service."""
    items: list[ProblemItem] = []
    if isinstance(fault, ServiceError):
        status, code, title = problems.status_of(type(fault)), fault.code, fault.title
        detail = fault.detail
        items = [
            ProblemItem(pointer=mistake.pointer, code=code, message=mistake.message)
            for mistake in fault.mistakes
        ]
    elif isinstance(fault, ValidationError):
        status, detail = HTTPStatus.UNPROCESSABLE_ENTITY, "The parameters do not fit."
        code, title = problems.FRAMEWORK_CODES[status]
        items = problems.items_of([dict(one) for one in fault.errors()])
    else:
        told = {"job": str(job.id), "cause": type(fault).__name__}
        logger.error("a job failed", exc_info=fault, extra=told)
        status, detail = HTTPStatus.INTERNAL_SERVER_ERROR, FAULT
        code, title = problems.FRAMEWORK_CODES[status]
    return Problem(
        type=f"/problems/{code.replace('_', '-')}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        instance=f"/v1/jobs/{job.id}",
        errors=items,
    ).model_dump(mode="json")
