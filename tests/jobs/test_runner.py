"""A job is done once, by one worker, piece by piece; what it fails of is told in the one shape."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.database import Database, database_now
from app.dependencies import unit_of_work
from app.domain.jobs import JobState
from app.errors import InvalidRequestError, JobEndedError
from app.jobs.kinds import Kind
from app.jobs.runner import MAX_FRUITLESS, Runner
from app.jobs.work import Work
from app.models.jobs import Job
from app.operations import job_leases
from app.operations.job_leases import LeaseLostError, hold, list_waiting, take_up
from app.operations.jobs import cancel_job
from app.settings import Settings
from tests.working import (
    ASKER,
    KINDS,
    TallyIn,
    asked,
    found,
    leave,
    numbers_left,
    second_database,
    tally,
    told,
    until_left,
)

pytestmark = pytest.mark.anyio

LASTS = timedelta(seconds=30)


async def expire(database: Database, job_id: UUID) -> None:
    """Let a lease run out, as time would."""
    async with database.writing() as session:
        past = await database_now(session) - timedelta(seconds=1)
        await session.execute(update(Job).where(Job.id == job_id).values(leased_until=past))


async def cancel(database: Database, job_id: UUID) -> None:
    async with unit_of_work(database) as session:
        await cancel_job(session, ASKER, job_id, now=await database_now(session))


async def test_does_each_piece_once_and_tells_what_came_of_it(
    database: Database, settings: Settings
) -> None:
    job_id = await asked(database, pieces=5)
    assert await Runner(settings, KINDS).carry_out(job_id) is JobState.SUCCEEDED
    job = await found(database, job_id)
    assert (job.done, job.total, job.attempt, job.result) == (5, 5, 1, {"pieces": 5})
    assert None not in {job.started_at, job.finished_at}
    assert job.lease is None
    assert await numbers_left(database, job_id) == [1, 2, 3, 4, 5]
    events = await told(database, job_id)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [events[0].state, events[-1].state] == ["queued", "succeeded"]
    assert await Runner(settings, KINDS).carry_out(job_id) is None, "an ended job is left alone"


async def test_only_one_of_many_workers_takes_a_job_up(
    database: Database, database_url: str, settings: Settings
) -> None:
    job_id = await asked(database, pieces=3, piece_s=0.05)
    runners = [Runner(settings, KINDS) for _ in range(6)]
    outcomes = await asyncio.gather(*(runner.carry_out(job_id) for runner in runners))
    assert sorted(map(str, outcomes)) == ["None"] * 5 + ["succeeded"]
    assert await numbers_left(database, job_id) == [1, 2, 3]


async def test_of_a_kind_that_is_done_singly_one_is_in_hand_at_a_time(
    database: Database, database_url: str, settings: Settings
) -> None:
    kinds = {name: replace(kind, singly=True) for name, kind in KINDS.items()}
    jobs = [await asked(database, pieces=3, piece_s=0.5) for _ in range(4)]
    async with database.reading() as session:
        assert await list_waiting(session, singly=kinds) == jobs
    at_once = await asyncio.gather(*(Runner(settings, kinds).carry_out(one) for one in jobs))
    assert at_once.count(JobState.SUCCEEDED) == 1
    async with database.writing() as session:
        first = next(job for job, came in zip(jobs, at_once, strict=True) if came is None)
        assert await take_up(session, first, lasts=LASTS) is not None
    async with database.reading() as session:
        assert await list_waiting(session, singly=kinds) == []
        assert await list_waiting(session), "the others wait all the same"
    await expire(database, first)
    async with database.reading() as session:
        assert len(await list_waiting(session, singly=kinds)) == 3, "the lease is over"


async def test_control_of_other_kinds_many_are_in_hand_at_once(
    database: Database, database_url: str, settings: Settings
) -> None:
    jobs = [await asked(database, pieces=3, piece_s=0.05) for _ in range(4)]
    at_once = await asyncio.gather(*(Runner(settings, KINDS).carry_out(one) for one in jobs))
    assert at_once == [JobState.SUCCEEDED] * 4


async def test_control_without_the_claim_two_workers_do_the_same_twice(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_leases, "_to_be_taken_up", lambda now, _: Job.created_at < now)
    monkeypatch.setattr(job_leases, "_is_held", lambda lease: Job.id == lease.job_id)
    job_id = await asked(database, pieces=3, piece_s=0.05)
    await asyncio.gather(*(Runner(settings, KINDS).carry_out(job_id) for _ in range(2)))
    assert len(await numbers_left(database, job_id)) > 3


async def test_a_job_left_by_its_worker_waits_again_when_the_lease_is_over(
    database: Database, settings: Settings
) -> None:
    job_id = await asked(database, pieces=2)
    async with database.writing() as session:
        assert await take_up(session, job_id, lasts=LASTS) is not None
    async with database.reading() as session:
        assert await list_waiting(session) == []
    assert await Runner(settings, KINDS).carry_out(job_id) is None
    await expire(database, job_id)
    async with database.reading() as session:
        assert await list_waiting(session) == [job_id]
    assert await Runner(settings, KINDS).carry_out(job_id) is JobState.SUCCEEDED
    assert (await found(database, job_id)).attempt == 2


async def test_a_worker_that_slept_through_its_lease_commits_nothing_more(
    database: Database, settings: Settings
) -> None:
    job_id = await asked(database, pieces=2)
    async with database.writing() as session:
        taken = await take_up(session, job_id, lasts=LASTS)
    assert taken is not None
    await expire(database, job_id)
    assert await Runner(settings, KINDS).carry_out(job_id) is JobState.SUCCEEDED
    with pytest.raises(LeaseLostError):
        async with unit_of_work(database) as session:
            leave(session, job_id, 99)
            await hold(session, taken[1], {"done": 99})
    assert await numbers_left(database, job_id) == [1, 2]
    assert (await found(database, job_id)).checkpoint == {"done": 2}


async def test_a_cancelled_job_stops_after_its_piece_and_keeps_what_it_did(
    database: Database, database_url: str, settings: Settings
) -> None:
    job_id = await asked(database, pieces=1000, piece_s=0.02)
    async with second_database(database_url) as other:
        working = asyncio.create_task(Runner(settings, KINDS).carry_out(job_id))
        await until_left(other, job_id, 3)
        await cancel(other, job_id)
        assert await asyncio.wait_for(working, 10) is JobState.CANCELLED
    job = await found(database, job_id)
    left = await numbers_left(database, job_id)
    assert left == list(range(1, len(left) + 1))
    assert job.checkpoint == {"done": len(left)}
    assert 3 <= len(left) < 1000
    assert job.cancel_requested
    assert (await told(database, job_id))[-1].state == "cancelled"
    with pytest.raises(JobEndedError):
        await cancel(database, job_id)


async def test_a_job_that_waits_is_cancelled_at_once(
    database: Database, settings: Settings
) -> None:
    job_id = await asked(database, pieces=3)
    await cancel(database, job_id)
    assert (await found(database, job_id)).state == "cancelled"
    assert await Runner(settings, KINDS).carry_out(job_id) is None
    assert await numbers_left(database, job_id) == []


async def test_a_runner_told_to_stop_gives_its_job_back_for_another(
    database: Database, settings: Settings
) -> None:
    job_id = await asked(database, pieces=40, piece_s=0.02)
    first = Runner(settings, KINDS)
    working = asyncio.create_task(first.carry_out(job_id))
    await until_left(database, job_id, 2)
    first.stopping.set()
    assert await asyncio.wait_for(working, 10) is None
    job = await found(database, job_id)
    assert (job.state, job.lease, job.done) == ("queued", None, job.checkpoint["done"])
    assert await Runner(settings, KINDS).carry_out(job_id) is JobState.SUCCEEDED
    assert await numbers_left(database, job_id) == list(range(1, 41))


async def test_a_fault_is_told_as_a_problem_that_gives_nothing_away(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = await asked(database, "stumble", pieces=1)
    assert await Runner(settings, KINDS).carry_out(job_id) is JobState.FAILED
    problem = (await found(database, job_id)).problem
    assert problem is not None
    assert (problem["status"], problem["code"]) == (500, "internal_error")
    assert problem["instance"] == f"/v1/jobs/{job_id}"
    assert "canary" not in str(problem)
    assert any(getattr(record, "job", None) == str(job_id) for record in caplog.records)


async def test_a_refusal_is_told_with_its_own_code_and_place(
    database: Database, settings: Settings
) -> None:
    async def refuse(work: Work[Any]) -> dict[str, Any]:
        raise InvalidRequestError("There is no such month.", pointer="/month")

    job_id = await asked(database, "picky", pieces=1)
    kinds = {"picky": Kind("picky", "Refuse.", refuse, TallyIn)}
    assert await Runner(settings, kinds).carry_out(job_id) is JobState.FAILED
    problem = (await found(database, job_id)).problem
    assert problem is not None
    assert (problem["status"], problem["code"]) == (422, "invalid_request")
    assert problem["errors"][0]["pointer"] == "/month"


@pytest.mark.parametrize(
    ("kind", "parameters", "code"),
    [("unheard-of", {}, "not_found"), ("tally", {"pieces": -1}, "validation_failed")],
)
async def test_a_job_that_this_release_does_not_understand_fails(
    database: Database, settings: Settings, kind: str, parameters: dict[str, Any], code: str
) -> None:
    job_id = await asked(database, kind, **parameters)
    assert await Runner(settings, KINDS).carry_out(job_id) is JobState.FAILED
    assert ((await found(database, job_id)).problem or {})["code"] == code


async def test_a_job_that_takes_every_worker_with_it_is_given_up(
    database: Database, settings: Settings
) -> None:
    job_id = await asked(database, pieces=2)
    for _ in range(MAX_FRUITLESS):
        async with database.writing() as session:
            assert await take_up(session, job_id, lasts=LASTS) is not None
        await expire(database, job_id)
    assert await Runner(settings, KINDS).carry_out(job_id) is JobState.FAILED
    assert ((await found(database, job_id)).problem or {})["code"] == "job_given_up"


async def test_a_job_that_gets_somewhere_each_time_is_never_given_up(
    database: Database, settings: Settings
) -> None:
    job_id = await asked(database, pieces=2 * MAX_FRUITLESS)
    for number in range(1, 2 * MAX_FRUITLESS):
        async with unit_of_work(database) as session:
            taken = await take_up(session, job_id, lasts=LASTS)
            assert taken is not None
            leave(session, job_id, number)
            await hold(session, taken[1], {"done": number})
        await expire(database, job_id)
    assert await Runner(settings, KINDS).carry_out(job_id) is JobState.SUCCEEDED
    assert await numbers_left(database, job_id) == list(range(1, 2 * MAX_FRUITLESS + 1))


async def test_a_piece_longer_than_the_lease_keeps_it(
    database: Database, database_url: str, settings: Settings
) -> None:
    lasts = timedelta(seconds=0.8)
    kinds = {"slow": Kind("slow", "One long piece.", tally, TallyIn)}
    job_id = await asked(database, "slow", pieces=1, piece_s=2.0)
    working = asyncio.create_task(Runner(settings, kinds, lasts=lasts).carry_out(job_id))
    await asyncio.sleep(1.5)
    assert await Runner(settings, kinds, lasts=lasts).carry_out(job_id) is None
    assert await working is JobState.SUCCEEDED
    assert (await found(database, job_id)).attempt == 1
