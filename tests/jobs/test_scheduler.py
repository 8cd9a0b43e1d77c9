"""What is scheduled is owed once among all processes, and not for a day that is over."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from app.database import Database
from app.domain.jobs import LONDON, Daily, occurrence_key
from app.jobs import labour
from app.jobs.kinds import KINDS, SCHEDULES, Schedule
from app.jobs.labour import CATCH_UP, Labour, Scheduler
from app.models.jobs import Job
from app.settings import Settings
from tests.conftest import ROOT
from tests.working import second_database

pytestmark = pytest.mark.anyio

NIGHTLY = Schedule("nightly", Daily(time(3, 0)), "tally", {"pieces": 1})
DUE = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
PROCESSES = 8


async def owed(database: Database) -> list[str | None]:
    async with database.reading() as session:
        return list(await session.scalars(select(Job.occurrence).order_by(Job.id)))


async def owe_in_many_processes(database_url: str, now: datetime) -> int:
    """Let as many schedulers as there may be processes see the same moment; how many wrote."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(second_database(database_url)) for _ in range(PROCESSES)
        ]
        written = await asyncio.gather(*(Scheduler([NIGHTLY]).owe(one, now) for one in opened))
    return sum(map(len, written))


async def test_one_of_many_processes_writes_an_occurrence(
    database: Database, database_url: str
) -> None:
    assert await owe_in_many_processes(database_url, DUE) == 1
    assert await owe_in_many_processes(database_url, DUE + timedelta(hours=1)) == 0
    assert await owe_in_many_processes(database_url, DUE + timedelta(days=1)) == 1
    assert await owed(database) == ["nightly@2026-01-10", "nightly@2026-01-11"]


async def test_control_occurrences_of_different_names_are_all_written(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(range(100))
    monkeypatch.setattr(labour, "occurrence_key", lambda name, _: f"{name}@{next(names)}")
    assert await owe_in_many_processes(database_url, DUE) == PROCESSES


async def test_catches_up_with_what_was_missed_for_some_hours_and_no_longer(
    database: Database,
) -> None:
    late = DUE + CATCH_UP + timedelta(minutes=1)
    assert await Scheduler([NIGHTLY]).owe(database, late) == []
    assert len(await Scheduler([NIGHTLY]).owe(database, DUE + CATCH_UP)) == 1


async def test_a_process_asks_the_database_once_for_an_occurrence(database: Database) -> None:
    scheduler = Scheduler([NIGHTLY])
    assert len(await scheduler.owe(database, DUE)) == 1
    await database.close()
    assert await scheduler.owe(database, DUE + timedelta(hours=2)) == []


async def test_what_calls_out_is_not_scheduled_where_the_service_is_tried(
    database: Database, settings: Settings
) -> None:
    now = datetime.now(UTC).astimezone(LONDON)
    just_now = Daily(time(now.hour, now.minute))
    outside = Schedule("outside", just_now, "retention", in_evaluation=False)
    inside = Schedule("inside", just_now, "retention")
    trying = Labour(settings, database, schedules=(outside, inside))
    await trying.look()
    await trying.stop()
    assert await owed(database) == [occurrence_key("inside", now)]


def test_every_schedule_is_of_a_known_kind_with_parameters_that_fit() -> None:
    assert len({schedule.name for schedule in SCHEDULES}) == len(SCHEDULES)
    for schedule in SCHEDULES:
        KINDS[schedule.kind].parameters.model_validate(dict(schedule.parameters))


def test_every_kind_stands_under_its_name_with_roles_of_its_own() -> None:
    for name, kind in KINDS.items():
        assert (kind.name, len(name) <= 40, bool(kind.roles)) == (name, True, True)


def test_the_page_on_jobs_names_every_kind_and_when_it_is_scheduled() -> None:
    page = (ROOT / "docs/jobs.md").read_text(encoding="utf-8")
    lines = {line.split("|")[1].strip(): line for line in page.splitlines() if line[:3] == "| `"}
    assert set(lines) == {f"`{name}`" for name in KINDS}
    for schedule in SCHEDULES:
        assert f"{schedule.at.at:%H:%M}" in lines[f"`{schedule.kind}`"]
