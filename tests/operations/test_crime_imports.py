"""Imports of crime and census: all or what was committed, nothing twice, nothing lost."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.database import Database
from app.dependencies import unit_of_work
from app.errors import EvidenceFileError
from app.models.audit import AuditEntry, Revision
from app.models.crime import CrimeCategory, CrimeCount, Deprivation
from app.models.population import PopulationCount
from app.models.sources import SourceCopy
from app.operations import crime_imports
from app.operations.area_figures import import_deprivation
from app.operations.crime_store import (
    FICTIONAL,
    Copied,
    add_categories,
    keep_copy,
    write_counts,
)
from app.progress import StoppedError
from app.sources.deprivation import parse_deprivation
from tests.crime_files import BURGLARY, MONTHS, SHOPS, small_crime, steady
from tests.crime_loading import NOW, load_census, load_crime, order
from tests.factories import A1, A2, A3, ALDER, B1, B2, BIRCH, C1, CITY

pytestmark = pytest.mark.anyio


async def ask(database: Database, statement: Any) -> Any:
    async with database.reading() as session:
        return (await session.execute(statement)).scalar()


async def stored(database: Database) -> dict[tuple[str, str, str], int]:
    async with database.reading() as session:
        rows = await session.scalars(select(CrimeCount))
        return {(row.ward_code, row.month, row.subcategory): row.count for row in rows}


async def test_writes_every_count_once(database: Database) -> None:
    report = await load_crime(database, small_crime())
    assert (report.added, report.revised, report.unchanged) == (192, 0, 0)
    assert report.offences == sum(map(sum, small_crime().values()))
    assert await ask(database, select(func.sum(CrimeCount.count))) == report.offences
    copy = await ask(database, select(SourceCopy))
    assert (copy.url, copy.licence) == ("file:crime.csv", "Open Government Licence v3.0")
    acts = select(func.count()).where(AuditEntry.action == "import_crime")
    assert await ask(database, acts) == 1
    before = await ask(database, select(Revision.number))
    again = await load_crime(database, small_crime())
    assert (again.changes, again.unchanged) == (0, 192)
    assert await ask(database, select(Revision.number)) == before
    assert await ask(database, select(func.count()).select_from(SourceCopy)) == 1


async def test_revised_counts_replace_and_other_wards_and_months_stay(database: Database) -> None:
    await load_crime(database, small_crime())
    later = {(A1, *BURGLARY): [9, *[8] * 22, 11], (A1, *SHOPS): [10] * 24}
    report = await load_crime(database, later, [*MONTHS[1:24], "202601"])
    assert (report.added, report.revised, report.revised_by) == (2, 1, 1)
    assert (report.removed, report.removed_kinds) == (0, {})
    found = await stored(database)
    assert found[A1, "2024-02", "res-burglary-of-a-home"] == 9
    assert found[A1, "2024-01", "shoplifting"] == 10
    assert found[A2, "2024-02", "shoplifting"] == 5
    copies = select(func.count(CrimeCount.copy_id.distinct()))
    assert await ask(database, copies) == 2, "what is as before keeps its older copy"


def renamed(count: int = 12) -> dict[tuple[str, str, str], Any]:
    """Return the small file as the Met would give it out after it renamed a kind."""
    kinds = {key: counts[-count:] for key, counts in small_crime().items()}
    return {
        (ward, major, "DOMESTIC BURGLARY" if minor == BURGLARY[1] else minor): counts
        for (ward, major, minor), counts in kinds.items()
    }


async def test_a_renamed_kind_is_counted_once_in_the_months_the_file_covers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crime_imports, "WARDS_AT_ONCE", 3)
    first = await load_crime(database, small_crime())
    tried = await load_crime(database, renamed(), MONTHS[-12:], dry_run=True)
    assert (tried.added, tried.removed) == (48, 48)
    assert await ask(database, select(func.sum(CrimeCount.count))) == first.offences
    report = await load_crime(database, renamed(), MONTHS[-12:])
    assert (report.added, report.revised, report.removed) == (48, 0, 48)
    assert report.removed_kinds == {"burglary/res-burglary-of-a-home": 12 * (8 + 4 + 4 + 12)}
    assert await ask(database, select(func.sum(CrimeCount.count))) == first.offences
    found = await stored(database)
    assert (A1, "2024-12", "res-burglary-of-a-home") in found, "before the file's first month"
    assert (A1, "2025-01", "res-burglary-of-a-home") not in found
    assert found[A1, "2025-01", "domestic-burglary"] == 8
    async with database.reading() as session:
        acts = select(AuditEntry).where(AuditEntry.action == "remove_crime_counts")
        entries = list(await session.scalars(acts.order_by(AuditEntry.position)))
    assert [entry.detail["wards"] for entry in entries] == [[A1, A2, A3], [B1]]
    assert entries[1].detail["offences_by_kind"] == {"burglary/res-burglary-of-a-home": 144}
    assert (await load_crime(database, renamed(), MONTHS[-12:])).changes == 0


async def test_a_kind_without_a_line_counts_nothing(database: Database) -> None:
    rare = ("FRAUD AND FORGERY", "FRAUD AND FORGERY")
    await load_crime(database, {**small_crime(), (A1, *rare): [1, *[0] * 23]})
    report = await load_crime(database, small_crime())
    assert report.removed_kinds == {"fraud-and-forgery/fraud-and-forgery": 1}
    assert (A1, "2024-01", "fraud-and-forgery") not in await stored(database)


async def test_a_month_the_file_leaves_out_between_others_stays(database: Database) -> None:
    await load_crime(database, small_crime())
    kinds = {key: [*counts[:2], *counts[3:]] for key, counts in renamed(24).items()}
    report = await load_crime(database, kinds, [*MONTHS[:2], *MONTHS[3:]])
    assert report.removed == 4 * 23
    assert (A1, "2024-03", "res-burglary-of-a-home") in await stored(database)


async def test_refuses_a_file_of_some_kinds_only_and_takes_it_when_told(
    database: Database,
) -> None:
    await load_crime(database, small_crime())
    before = await stored(database)
    shops = {key: counts for key, counts in small_crime().items() if key[2] == SHOPS[1]}
    with pytest.raises(EvidenceFileError, match=rf"in {A1} \(240 of 432\), {A2} .*accept-fewer"):
        await load_crime(database, shops)
    assert await stored(database) == before
    report = await load_crime(database, shops, accept_fewer=True)
    assert report.removed == 96
    assert {kind for _, _, kind in await stored(database)} == {"shoplifting"}


async def test_a_dry_run_says_the_same_and_writes_nothing(database: Database) -> None:
    report = await load_crime(database, small_crime(), dry_run=True)
    assert report.added == 192
    assert await stored(database) == {}
    assert await ask(database, select(func.count()).select_from(SourceCopy)) == 0


async def test_names_what_it_leaves_out_and_what_is_called_otherwise(database: Database) -> None:
    kinds = {**small_crime(), ("E05000999", *SHOPS): steady(3), (B2, "ODD THING", "NEW"): steady(1)}
    report = await load_crime(database, kinds)
    assert report.left_out == {"E05000999": 72}
    assert report.renamed == {B2: ("Elsewhere", "Birch 2")}
    assert report.new_kinds == ["odd-thing", "odd-thing/new"]
    new = select(CrimeCategory.label).where(CrimeCategory.subcategory == "new")
    assert await ask(database, new) == "New"


async def test_refuses_a_file_of_unknown_wards_and_writes_nothing(database: Database) -> None:
    with pytest.raises(EvidenceFileError, match="no ward that is known here"):
        await load_crime(database, {("E05000999", *SHOPS): steady(3)})
    assert await ask(database, select(func.count()).select_from(SourceCopy)) == 0


async def test_goes_on_where_it_was_stopped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crime_imports, "WARDS_AT_ONCE", 1)

    async def stop_after_two(done: int, total: int | None, message: str) -> None:
        assert total == 4
        assert message.endswith("counts changed")
        if done == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        await load_crime(database, small_crime(), progress=stop_after_two)
    assert {ward for ward, _, _ in await stored(database)} == {A1, A2}
    report = await load_crime(database, small_crime())
    assert (report.added, report.unchanged) == (96, 96)
    assert {ward for ward, _, _ in await stored(database)} == {A1, A2, A3, B1}
    assert await ask(database, select(func.count()).select_from(SourceCopy)) == 1


async def test_made_up_counts_go_when_real_ones_come(database: Database) -> None:
    async with unit_of_work(database) as session:
        copy = await keep_copy(session, Copied(FICTIONAL, "x", "0" * 64, 0, "fictional"), NOW)
        await add_categories(session, "mps", {("burglary", "made-up"): "Made up"})
        made_up = {(C1, "2024-01", "burglary", "made-up"): 7}
        await write_counts(session, "mps", made_up, copy)
    await load_crime(database, small_crime())
    found = await stored(database)
    assert len(found) == 192
    assert (C1, "2024-01", "made-up") not in found


async def test_boroughs_are_the_sums_of_their_wards_where_all_are_known(
    database: Database,
) -> None:
    residents = {A1: 9_000, A2: 8_000, A3: 7_000, B1: 5_000, C1: None, "E05000999": 1}
    report = await load_census(database, residents)
    assert report.left_out == ("E05000999",)
    assert report.empty == (C1,)
    assert report.residents == 29_000
    async with database.reading() as session:
        rows = await session.scalars(select(PopulationCount))
        people = {(row.area_code, row.category): row.count for row in rows}
    assert people[ALDER, "all"] == 24_000
    assert people[ALDER, "5-15"] == 1_170 + 1_040 + 910
    assert {BIRCH, CITY}.isdisjoint(area for area, _ in people), "not all of their wards are known"
    assert (await load_census(database, residents)).changes == 0
    again = await load_census(database, {**residents, A1: 9_001})
    assert again.revised > 0
    assert again.added == 0


async def test_deprivation_is_kept_by_release(database: Database) -> None:
    for release, score in (("2019", 20.5), ("2025", 21.5), ("2025", 22.5)):
        file = parse_deprivation("imd.csv", f"ward_code,imd_score\n{A1},{score}\n".encode())
        await import_deprivation(database, file, release, order(database))
    async with database.reading() as session:
        rows = list(await session.scalars(select(Deprivation).order_by(Deprivation.release)))
    assert [(row.release, row.score) for row in rows] == [("2019", 20.5), ("2025", 22.5)]
