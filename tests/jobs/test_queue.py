"""The queue holds ids and nothing else; losing it loses nothing, and it runs nobody's code."""

import asyncio
import pickle
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from huey.storage import PostgresStorage
from sqlalchemy import text

from app.database import Database
from app.domain.jobs import ENDED
from app.jobs.labour import Labour
from app.jobs.queue import NAME, Crew, PlainSerializer, open_queue, queue_file
from app.models.jobs import QUEUE_TABLES
from app.settings import Settings
from tests.working import KINDS, asked, found, numbers_left

pytestmark = pytest.mark.anyio


def labour_on(database: Database, settings: Settings) -> Labour:
    return Labour(settings, database, kinds=KINDS, schedules=())


async def until_ended(database: Database, labour: Labour, *jobs: Any) -> None:
    async with asyncio.timeout(30):
        while not all([(await found(database, job)).state in ENDED for job in jobs]):
            await labour.look()
            await asyncio.sleep(0.05)


async def test_does_what_waits_with_threads_beside_the_loop(
    database: Database, settings: Settings
) -> None:
    labour = labour_on(database, settings)
    jobs = [await asked(database, pieces=3) for _ in range(4)]
    labour.start(2)
    try:
        await until_ended(database, labour, *jobs)
    finally:
        await asyncio.wait_for(labour.stop(), 10)
    for job in jobs:
        assert await numbers_left(database, job) == [1, 2, 3]


async def test_threads_that_end_at_once_leave_without_a_fault(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(15):
        crew = Crew(database, lambda _: None)
        crew.start(4, 5.0)
        await asyncio.to_thread(crew.stop)
    assert [entry.message for entry in caplog.records if entry.levelname == "ERROR"] == []


async def test_an_id_that_stands_in_the_queue_is_not_put_in_again(
    database: Database, settings: Settings
) -> None:
    job = await asked(database, pieces=1)
    queue = open_queue(database)
    labour, other = labour_on(database, settings), labour_on(database, settings)
    for one in (labour, labour, other):
        await one.look()
    (item,) = queue.storage.enqueued_items()
    assert PlainSerializer().deserialize(item).args == (str(job),)
    queue.storage.close()
    for one in (labour, other):
        await one.stop()


async def test_a_queue_that_lost_everything_is_filled_again_from_the_table(
    database: Database, settings: Settings
) -> None:
    job = await asked(database, pieces=2)
    labour = labour_on(database, settings)
    await labour.look()
    queue = open_queue(database)
    queue.flush()
    assert queue.pending_count() == 0
    labour.start(1)
    try:
        await until_ended(database, labour, job)
    finally:
        await labour.stop()
        queue.storage.close()
    assert await numbers_left(database, job) == [1, 2]


async def test_control_without_the_relay_nobody_finds_the_job(
    database: Database, settings: Settings
) -> None:
    job = await asked(database, pieces=1)
    labour = labour_on(database, settings)
    labour.start(1)
    await asyncio.sleep(1.5)
    await labour.stop()
    assert (await found(database, job)).state == "queued"


async def test_an_id_twice_in_the_queue_is_done_once(
    database: Database, settings: Settings
) -> None:
    job = await asked(database, pieces=3)
    queue = open_queue(database)
    labour = labour_on(database, settings)
    await labour.look()
    (item,) = queue.storage.enqueued_items()
    for _ in range(5):
        queue.storage.enqueue(bytes(item))
    labour.start(3)
    try:
        await until_ended(database, labour, job)
        async with asyncio.timeout(20):
            while queue.pending_count():  # noqa: ASYNC110 - the threads tell nobody
                await asyncio.sleep(0.05)
    finally:
        await labour.stop()
        queue.storage.close()
    assert await numbers_left(database, job) == [1, 2, 3]
    assert (await found(database, job)).attempt == 1


class Bomb:
    """What runs code where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("exploded"),))


async def test_what_somebody_else_put_into_the_queue_runs_no_code(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = await asked(database, pieces=1)
    labour, queue = labour_on(database, settings), open_queue(database)
    queue.storage.enqueue(pickle.dumps(Bomb()))
    labour.start(1)
    try:
        await asyncio.sleep(1)
        await until_ended(database, labour, job)
    finally:
        await labour.stop()
        queue.storage.close()
    assert not (tmp_path / "exploded").exists()
    pickle.loads(pickle.dumps(Bomb()))  # noqa: S301 - the control
    assert (tmp_path / "exploded").exists(), "the control: it would have"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_the_tables_of_the_migration_are_those_that_huey_would_make(
    database: Database,
) -> None:
    PostgresStorage(NAME, dsn=database.address, table_prefix="fresh").close()
    columns = text(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_name = :table ORDER BY ordinal_position"
    )
    async with database.reading() as session:
        for table in QUEUE_TABLES:
            ours = (await session.execute(columns, {"table": table})).all()
            theirs = await session.execute(columns, {"table": table.replace("huey", "fresh")})
            assert ours == theirs.all() != [], table


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_queue_of_a_file_lies_beside_it_and_not_in_it(database: Database) -> None:
    Crew(database, print).offer(["one"])
    assert Path(queue_file(database)).parent == Path(database.url.database or "").parent
    with sqlite3.connect(database.url.database or "") as plain:
        names = {name for (name,) in plain.execute("SELECT name FROM sqlite_master")}
    plain.close()
    assert not names & {"task", "kv", "schedule", "counter"}
