"""The demonstration on small London: whole, fictional, and continued where it was cut short."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.database import Database
from app.demonstration import build, rounds
from app.demonstration.crime import SHAPES
from app.dependencies import unit_of_work
from app.domain.disputes import DisputeState
from app.keyring import Keyring
from app.models.audit import AuditEntry
from app.models.crime import CrimeCount
from app.models.disputes import Dispute
from app.models.events import CommunityEvent
from app.models.facilities import Facility
from app.models.police_uk import PoliceUkListing, PoliceUkPriority, PoliceUkTeam
from app.models.polls import OpenedBallot, Poll
from app.models.population import PopulationCount
from app.models.priorities import PrioritySet
from app.models.refreshes import Refresh
from app.models.sources import SourceCopy
from app.models.teams import Officer
from app.operations.boards_queries import boards_of
from app.operations.crime_trends import crime_trends
from app.operations.disputes_queries import overdue_disputes
from app.operations.police_uk_queries import get_published_elsewhere
from app.operations.publications import publication_lateness
from tests.crime_loading import load_census
from tests.factories import A1, ALDER, B1, BIRCH
from tests.police_uk import fake, priority

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ELSEWHERE = (PoliceUkListing, PoliceUkPriority, PoliceUkTeam)


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
    assert await count(database, Poll, Poll.status == "published") == 5
    assert await count(database, Poll, Poll.status == "open") == 3
    assert await count(database, OpenedBallot) >= 3 * rounds.TURNOUT[0]


async def test_dates_nothing_in_the_future(database: Database, tmp_path: Path) -> None:
    await built(database, tmp_path)
    now = datetime.now(UTC)
    happened = (Poll.closed_at, Poll.counted_at, Poll.published_at, Refresh.published_at)
    async with database.reading() as session:
        for column in (*happened, AuditEntry.at):
            last = await session.scalar(select(func.max(column)))
            assert last is not None
            assert last <= now, column


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
    assert await count(database, Refresh, Refresh.status == "published") == 3


async def test_disputes_claims_in_every_state_and_leaves_one_unanswered_too_long(
    database: Database, tmp_path: Path
) -> None:
    await built(database, tmp_path)
    async with database.reading() as session:
        states = list(await session.scalars(select(Dispute.state)))
        late = await overdue_disputes(session, now=datetime.now(UTC))
        about = select(Dispute.target_kind, Dispute.area_code).distinct()
        kinds = (await session.execute(about)).all()
    assert set(states) == set(DisputeState)
    assert {
        ("commitment_status", "london"),
        ("commitment_status", ALDER),
        ("priority_outcome", A1),
    } <= {tuple(row) for row in kinds}
    assert "event_record" in {kind for kind, _ in kinds}
    assert {dispute.borough_code for dispute in late} == {ALDER, BIRCH}
    assert len(late) == 2


async def test_makes_up_crime_and_residents_marked_as_fictional(
    database: Database, tmp_path: Path
) -> None:
    await built(database, tmp_path)
    async with database.reading() as session:
        copies = list(await session.scalars(select(SourceCopy)))
        assert {(copy.source, copy.licence) for copy in copies} == {("demonstration", "fictional")}
        months = set(await session.scalars(select(CrimeCount.month)))
        majors = select(CrimeCount.category).where(CrimeCount.source == "mps")
        assert len(set(await session.scalars(majors))) == 13
        trends = await crime_trends(session, [A1])
        areas = set(await session.scalars(select(PopulationCount.area_code)))
    assert len(months) == 24
    assert max(months) < f"{datetime.now(UTC):%Y-%m}"
    assert {"burglary", "anti-social-behaviour", "shop-theft"} <= set(trends[A1])
    assert {A1, ALDER, BIRCH} <= areas
    wards = await count(database, CrimeCount, CrimeCount.ward_code == A1)
    assert wards == 24 * len(SHAPES)


async def test_makes_up_nothing_beside_real_counts(database: Database, tmp_path: Path) -> None:
    await load_census(database, {A1: 9_000})
    await built(database, tmp_path)
    assert await count(database, CrimeCount) == 0
    assert await count(database, PopulationCount, PopulationCount.area_code == BIRCH) == 0


async def test_shows_a_demand_that_stood_twice_and_a_set_without_partners(
    database: Database, tmp_path: Path
) -> None:
    await built(database, tmp_path)
    async with database.reading() as session:
        made = list(await session.scalars(select(Refresh)))
    proposals = [refresh.proposal for refresh in made]
    owed = [c for p in proposals for c in p["candidates"] if c["must_be_answered"]]
    assert any("in two polls in a row" in c["must_be_answered_because"] for c in owed)
    assert {p["led_by"] for p in proposals} == {"poll", "other_inputs"}
    assert any(p["comparison"]["poll_differs_from_others"] for p in proposals)
    parties = [{entry["party"] for entry in refresh.consulted} for refresh in made]
    assert {"public"} in parties
    assert {"public", "partner"} in parties


async def test_makes_up_what_the_polices_own_site_shows_until_it_is_really_read(
    database: Database, tmp_path: Path
) -> None:
    await built(database, tmp_path)
    shown = {table: await count(database, table) for table in ELSEWHERE}
    assert all(shown.values())
    now = datetime.now(UTC)
    there = fake()
    there.lists[f"metropolitan/{A1}/priorities"] = [priority("Really read")]
    report = await there.sync(database, now)
    assert (report.wards, report.already_today) == (3, 0), "what was made up today was not read"
    async with database.reading() as session:
        said = await get_published_elsewhere(session, A1)
    assert said.neighbourhood is not None
    assert said.neighbourhood.match == "exact"
    assert said.priorities is not None
    assert [item.issue for item in said.priorities.items] == ["Really read"]
    assert not said.priorities.gone, "fiction was never taken down: it was never there"
    assert await count(database, PoliceUkListing, PoliceUkListing.ward_code == A1) == 4
    assert await count(database, PoliceUkPriority, PoliceUkPriority.ward_code == B1)


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
