"""The demonstration on small London: whole, fictional, and continued where it was cut short."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.database import Database
from app.demonstration import build, rounds
from app.dependencies import unit_of_work
from app.keyring import Keyring
from app.models.events import CommunityEvent
from app.models.facilities import Facility
from app.models.polls import OpenedBallot, Poll
from app.models.priorities import PrioritySet
from app.models.refreshes import Refresh
from app.models.teams import Officer
from app.operations.boards_queries import boards_of
from app.operations.publications import publication_lateness
from tests.factories import ALDER, BIRCH

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _alder_demonstrates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "DEMONSTRATION_BOROUGH", ALDER)


async def built(database: Database, folder: Path) -> list[str]:
    """Build what is missing now; return the boroughs that were begun."""
    begun: list[str] = []
    now = datetime.now(UTC)
    await build.build_demonstration(
        database,
        Keyring(folder),
        missing=await build.find_missing(database),
        now=now,
        today=now.date(),
        begin=begun.append,
    )
    return begun


async def count(database: Database, table: Any, *conditions: Any) -> int:
    async with database.reading() as session:
        counted = select(func.count()).select_from(table).where(*conditions)
        return (await session.execute(counted)).scalar_one()


async def test_builds_every_borough_once(database: Database, tmp_path: Path) -> None:
    assert await built(database, tmp_path) == ["Alder", "Birch"]
    assert await built(database, tmp_path) == []
    assert await count(database, Officer, Officer.fictional.is_(False)) == 0
    assert await count(database, PrioritySet, PrioritySet.status == "active") == 6
    statuses = {"held", "not_held", "published", "postponed", "cancelled", "draft"}
    async with database.reading() as session:
        assert set(await session.scalars(select(CommunityEvent.status))) == statuses


async def test_finishes_a_round_and_opens_another(database: Database, tmp_path: Path) -> None:
    await built(database, tmp_path)
    assert await count(database, Poll, Poll.status == "published") == 3
    assert await count(database, Poll, Poll.status == "open") == 3
    assert await count(database, OpenedBallot) >= 3 * rounds.TURNOUT[0]


async def test_goes_on_where_it_was_cut_short(database: Database, tmp_path: Path) -> None:
    missing = await build.find_missing(database)
    assert missing == {ALDER, BIRCH}
    now = datetime.now(UTC)
    await build.build_demonstration(
        database, Keyring(tmp_path), missing={BIRCH}, now=now, today=now.date(), begin=str
    )
    assert await built(database, tmp_path) == ["Alder"]


async def test_leaves_a_database_with_real_officers_alone(database: Database) -> None:
    async with unit_of_work(database) as session:
        session.add(Officer(display_name="Real", rank="Constable", created_at=NOW, updated_at=NOW))
    assert await build.find_missing(database) == set()


async def test_refreshes_from_the_finished_round(database: Database, tmp_path: Path) -> None:
    await built(database, tmp_path)
    assert await count(database, Refresh, Refresh.status == "published") == 2


async def test_shows_boards_counters_and_late_publications(
    database: Database, tmp_path: Path
) -> None:
    await built(database, tmp_path)
    assert await count(database, Facility) == 4
    assert await count(database, Facility, Facility.location.is_(None)) == 0
    async with database.reading() as session:
        today = datetime.now(UTC).date()
        series = await publication_lateness(session, today=today)
        boards = await boards_of(session, on=today)
    assert {found.status for found in series.values()} == {"overdue", "up_to_date"}
    assert any(due.status == "late" for found in series.values() for due in found.dues)
    figures = [board.figures for found in boards.values() for board in found]
    assert figures
    assert all((each.meetings_held, each.decisions) == (3, 3) for each in figures)
