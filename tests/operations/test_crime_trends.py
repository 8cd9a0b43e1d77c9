"""Trends by concern: the Met's file first, police.uk for what it lacks, submitted series after."""

import pytest
from sqlalchemy import event, select

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.evidence import CrimeTrend
from app.models.evidence import Evidence
from app.models.wards import Ward
from app.operations.crime_store import Copied, keep_copy, write_counts
from app.operations.crime_trends import borough_crime_counts, crime_trends
from app.operations.refresh_inputs import latest_trends
from tests.crime_files import BURGLARY, SHOPS, small_crime, steady
from tests.crime_loading import NOW, load_crime
from tests.factories import A1, A2, ALDER, B1, BIRCH

pytestmark = pytest.mark.anyio

DRUNK = ("THEFT", "THEFT FROM THE PERSON")
MUGGED = ("ROBBERY", "ROBBERY OF PERSONAL PROPERTY")


async def load_police_uk(database: Database, kinds: dict[str, list[int]]) -> None:
    """Write police.uk's counts of Alder 1 up to December 2025."""
    async with unit_of_work(database) as session:
        copy = await keep_copy(session, Copied("police_uk", "x", "0" * 64, 0, "OGL"), NOW)
        counts = {
            (A1, f"{2024 + place // 12}-{place % 12 + 1:02}", slug, ""): count
            for slug, series in kinds.items()
            for place, count in enumerate(series)
        }
        await write_counts(session, "police_uk", counts, copy)


async def trends_of(database: Database, *wards: str) -> dict[str, dict[str, CrimeTrend]]:
    async with database.reading() as session:
        return await crime_trends(session, wards)


async def test_a_ward_without_counts_has_no_trends(database: Database) -> None:
    assert await trends_of(database, A1, B1) == {}


async def test_the_mets_file_goes_first_and_police_uk_fills_its_gaps(database: Database) -> None:
    await load_crime(database, small_crime())
    await load_police_uk(database, {"anti-social-behaviour": steady(20), "burglary": steady(99)})
    found = await trends_of(database, A1, A2)
    assert found[A1]["burglary"] == CrimeTrend("2025-10", "2025-12", 24, 24, 24, "mps")
    asb = found[A1]["anti-social-behaviour"]
    assert asb == CrimeTrend("2025-10", "2025-12", 60, 60, 60, "police_uk")
    assert set(found[A2]) == {"burglary", "shop-theft"}


async def test_a_concern_adds_up_whole_categories_and_parts_of_others(database: Database) -> None:
    kinds = {
        (A1, *DRUNK): steady(5),
        (A1, *MUGGED): [*[2] * 23, 8],
        (A1, *SHOPS): steady(50),
    }
    await load_crime(database, kinds)
    robbery = (await trends_of(database, A1))[A1]["robbery"]
    assert (robbery.recent, robbery.before, robbery.year_before) == (27, 21, 21)


async def test_submitted_series_speak_only_where_counts_are_silent() -> None:
    rows = [
        Evidence(
            series=[
                {"month": f"2026-{month:02}", "concern": concern, "count": 3}
                for month in (7, 8, 9)
                for concern in ("burglary", "fraud")
            ]
        )
    ]
    counted = {"burglary": CrimeTrend("2025-10", "2025-12", 24, 24, 24, "mps")}
    trends, used = latest_trends(rows, counted)
    assert trends["burglary"].source == "mps"
    assert trends["fraud"].source is None
    assert used == rows
    assert latest_trends(rows[:0], counted) == (counted, [])
    everything = {**counted, "fraud": counted["burglary"]}
    assert latest_trends(rows, everything) == (everything, []), "then no series was read"


async def test_borough_totals_leave_out_wards_with_a_gap(database: Database) -> None:
    kinds = small_crime()
    await load_crime(database, {key: counts for key, counts in kinds.items() if key[0] != A2})
    await load_crime(database, {(A2, *BURGLARY): [4] * 11}, [f"2025{m:02}" for m in range(1, 12)])
    async with database.reading() as session:
        found = await borough_crime_counts(session, "2025-01", "2025-12")
        upto = await borough_crime_counts(session, "2025-01", "2025-11")
    assert set(found[ALDER]) == {A1, "E05090003"}
    assert found[ALDER][A1] == 12 * 18
    assert found[BIRCH] == {B1: 12 * 27}
    assert upto[ALDER][A2] == 44


async def test_all_wards_at_once_cost_a_few_statements(database: Database) -> None:
    await load_crime(database, small_crime())
    async with database.reading() as session:
        codes = list(await session.scalars(select(Ward.code)))
        statements: list[str] = []
        connection = await session.connection()
        real = connection.sync_connection
        assert real is not None
        event.listen(real, "before_cursor_execute", lambda *args: statements.append(args[2]))
        found = await crime_trends(session, codes)
    assert len(found) == 4
    assert len(statements) <= 4
