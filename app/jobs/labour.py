"""The labour of one process: it owes what is scheduled, offers what waits, and does it."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from app.chores import Chore
from app.database import Database
from app.dependencies import read_clock, unit_of_work
from app.domain.identity import Caller, Role
from app.domain.jobs import occurrence_key
from app.jobs.kinds import KINDS, SCHEDULES, Kind, Schedule, done_singly
from app.jobs.queue import Crew
from app.jobs.runner import LEASE, Runner
from app.operations.job_leases import list_waiting
from app.operations.jobs import owe_job
from app.settings import Settings

LOOK_S = 1.0
STOP_S = 8.0
THREADS = 2
CATCH_UP = timedelta(hours=6)
"""An occurrence that was missed by more than that is left out: its day is over."""
SCHEDULE = Caller("schedule", Role.ADMIN)


class Scheduler:
    """Writes a job for each occurrence of a schedule, once among all processes."""

    def __init__(self, schedules: Sequence[Schedule]) -> None:
        self._schedules = schedules
        self._seen: dict[str, str] = {}

    async def owe(self, database: Database, now: datetime) -> list[UUID]:
        """Write the jobs that fell due; returns those that no other process had written."""
        written = []
        for schedule in self._schedules:
            moment = schedule.at.latest(now)
            key = occurrence_key(schedule.name, moment)
            if self._seen.get(schedule.name) == key:
                continue
            if now - moment <= CATCH_UP:
                async with unit_of_work(database) as session:
                    job = await owe_job(
                        session,
                        kind=schedule.kind,
                        parameters=dict(schedule.parameters),
                        occurrence=key,
                        asked_by=SCHEDULE,
                        now=now,
                    )
                written += [] if job is None else [job]
            self._seen[schedule.name] = key
        return written


class Labour:
    """What one process does of jobs, in threads of its own beside everything else."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        kinds: Mapping[str, Kind] = KINDS,
        schedules: Sequence[Schedule] = SCHEDULES,
        lasts: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._runner = Runner(settings, kinds, lasts=lasts)
        self._singly = done_singly(kinds)
        self._scheduler = Scheduler(
            [one for one in schedules if one.in_evaluation or not settings.evaluation]
        )
        self._crew = Crew(database, self._carry_out)
        # One thread, since the queue keeps a connection for each thread that touches it.
        self._offering = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobs-offered")

    def start(self, threads: int = THREADS) -> None:
        """Set the threads to work."""
        self._crew.start(threads, STOP_S)

    def chore(self) -> Chore:
        """Return what this process does again and again, so that the threads find work."""
        return Chore("look for jobs", LOOK_S, self.look)

    async def look(self) -> None:
        """Owe what is scheduled by now, and offer what waits to the threads of all processes."""
        await self._scheduler.owe(self._database, await read_clock())
        async with self._database.reading() as session:
            waiting = await list_waiting(session, singly=self._singly)
        loop, offered = asyncio.get_running_loop(), [str(job_id) for job_id in waiting]
        await loop.run_in_executor(self._offering, self._crew.offer, offered)

    async def stop(self) -> None:
        """Let jobs in hand end after their piece, and give them back."""
        self._runner.stopping.set()
        await asyncio.get_running_loop().run_in_executor(self._offering, self._crew.stop)
        self._offering.shutdown()

    def _carry_out(self, job_id: str) -> None:
        asyncio.run(self._runner.carry_out(UUID(job_id)))
