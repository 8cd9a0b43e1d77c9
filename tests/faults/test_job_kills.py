"""A worker killed with signal 9 in the middle of a job loses nothing and repeats nothing.

The controls keep what a piece did and the checkpoint that says so in two commits; the same kills
must find them out.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.database import Database
from app.domain.jobs import ENDED, LONDON
from app.models.jobs import Job
from app.models.refreshes import Refresh
from tests.factories import ALDER
from tests.faults.rigs.workers import Worker
from tests.working import add_wards, asked, found, numbers_left

pytestmark = pytest.mark.anyio

KILLS = 3
PIECES = 60
MORE_WARDS = 120
END_S = 90


@pytest.fixture
def workers(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """What starts workers on the test's database; whoever is left is killed at the end."""
    started: list[Worker] = []

    def start(**env: str) -> Worker:
        started.append(Worker(database_url, tmp_path, **env))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(END_S):
        while not await holds():  # noqa: ASYNC110 - other processes tell nobody
            await asyncio.sleep(0.03)


async def kill_again_and_again(
    workers: Callable[..., Worker],
    database: Database,
    job_id: UUID,
    count: Callable[[], Awaitable[int]],
    step: int,
) -> Job:
    """Kill whoever has the job each time it got a step further, and return how it ended."""
    for strike in range(1, KILLS + 1):
        worker = workers()

        async def is_further(least: int = strike * step) -> bool:
            assert worker.is_there, "a worker ended by itself"  # noqa: B023 - called in this turn
            return await count() >= least

        await until(is_further)
        await asyncio.to_thread(worker.kill)
    last = workers()

    async def has_ended() -> bool:
        return (await found(database, job_id)).state in ENDED

    await until(has_ended)
    await asyncio.to_thread(last.stop)
    return await found(database, job_id)


async def tally_with_kills(
    workers: Callable[..., Worker], database: Database, kind: str
) -> Counter[int]:
    # Longer than a look takes: a kill that follows a look falls between the two commits.
    job_id = await asked(database, kind, pieces=PIECES, piece_s=0.1)

    async def count() -> int:
        return len(await numbers_left(database, job_id))

    job = await kill_again_and_again(workers, database, job_id, count, PIECES // (KILLS + 2))
    assert (job.state, job.attempt, job.done) == ("succeeded", KILLS + 1, PIECES)
    return Counter(await numbers_left(database, job_id))


async def test_kills_lose_no_piece_and_repeat_none(
    workers: Callable[..., Worker], database: Database
) -> None:
    left = await tally_with_kills(workers, database, "tally")
    assert left == Counter(range(1, PIECES + 1))


async def test_control_kills_find_pieces_done_twice_where_two_commits_tell_of_one(
    workers: Callable[..., Worker], database: Database
) -> None:
    left = await tally_with_kills(workers, database, "careless-tally")
    assert max(left.values()) > 1, left


async def run_with_kills(
    workers: Callable[..., Worker], database: Database, kind: str
) -> dict[str, int]:
    await add_wards(database, MORE_WARDS)
    job_id = await asked(database, kind, borough_code=ALDER)
    every = select(func.count(), func.count(Refresh.ward_code.distinct())).select_from(Refresh)

    async def count() -> int:
        async with database.reading() as session:
            return int((await session.execute(every)).one()[0])

    job = await kill_again_and_again(workers, database, job_id, count, 20)
    assert (job.state, job.attempt) == ("succeeded", KILLS + 1), job.problem
    assert job.result is not None
    async with database.reading() as session:
        rows, wards = (await session.execute(every)).one()
    return {**job.result, "refreshes": rows, "refreshed": wards}


async def test_kills_leave_each_ward_of_a_run_opened_once_and_counted_right(
    workers: Callable[..., Worker], database: Database
) -> None:
    result = await run_with_kills(workers, database, "refresh-run")
    wards = MORE_WARDS + 3
    assert (result["wards"], result["opened"], result["skipped"]) == (wards, wards, 0)
    assert (result["refreshes"], result["refreshed"]) == (wards, wards)


async def test_control_kills_find_a_run_that_forgets_what_it_opened(
    workers: Callable[..., Worker], database: Database
) -> None:
    result = await run_with_kills(workers, database, "careless-run")
    assert result["skipped"] > 0, "a ward opened before a kill is found again, and not counted"


async def test_three_workers_write_one_job_for_an_occurrence(
    workers: Callable[..., Worker], database: Database
) -> None:
    due = (datetime.now(UTC) - timedelta(minutes=1)).astimezone(LONDON).strftime("%H:%M")
    for _ in range(3):
        workers(DUE_AT=due)

    async def is_done() -> bool:
        async with database.reading() as session:
            states = list(await session.scalars(select(Job.state)))
        return states != [] and set(states) <= ENDED

    await until(is_done)
    await asyncio.sleep(2)
    async with database.reading() as session:
        jobs = list(await session.scalars(select(Job)))
    assert [(job.kind, job.state, job.attempt) for job in jobs] == [("tally", "succeeded", 1)]
    assert await numbers_left(database, jobs[0].id) == [1]


async def test_a_worker_told_to_stop_gives_its_job_back_at_once(
    workers: Callable[..., Worker], database: Database
) -> None:
    job_id = await asked(database, pieces=PIECES, piece_s=0.1)
    first = workers(LASTS_S="600")

    async def has_begun() -> bool:
        return len(await numbers_left(database, job_id)) >= 2

    await until(has_begun)
    await asyncio.to_thread(first.stop)
    assert (await found(database, job_id)).state == "queued"
    workers()

    async def has_ended() -> bool:
        return (await found(database, job_id)).state in ENDED

    await until(has_ended)
    assert await numbers_left(database, job_id) == list(range(1, PIECES + 1))
