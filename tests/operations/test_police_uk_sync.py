"""A sync with data.police.uk: what is kept, what is refused whole, where it goes on after."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.database import Database
from app.errors import InvalidRequestError, SourceMalformedError
from app.models.crime import CrimeCount
from app.models.police_uk import (
    PoliceUkEvent,
    PoliceUkListing,
    PoliceUkNeighbourhood,
    PoliceUkPriority,
    PoliceUkTeam,
)
from app.models.sources import SourceBody, SourceCopy
from app.operations.police_uk_sync import sync_police_uk
from app.progress import StoppedError
from tests.factories import A1, A2, A3, B1, C1
from tests.police_uk import (
    FakePoliceUk,
    crime,
    dump,
    event,
    failing,
    fake,
    order_for,
    priority,
    ring_of,
)

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
LISTS = 4
WHOLE = 3 + 3 * LISTS + 3 * 3
"""Requests of a sync of three wards: list, latest month, categories; four lists; three months."""


async def rows(database: Database, table: Any, *order: Any) -> list[Any]:
    async with database.reading() as session:
        return list(await session.scalars(select(table).order_by(*order)))


async def sync(database: Database, there: FakePoliceUk, now: datetime = NOW, **wanted: Any) -> Any:
    return await there.sync(database, now, **wanted)


MALFORMED = {
    "truncated": b'[{"issue": "<p>x</p>", "issue-da',
    "wrong type": b'[{"issue": 7, "issue-date": null}]',
    "oversized": b" " * 1_000_001 + b"[]",
}


@pytest.mark.parametrize("path", ["neighbourhoods", "crime-last-updated", "crime-categories"])
@pytest.mark.parametrize("kind", MALFORMED)
async def test_leaves_every_byte_where_what_comes_first_is_malformed(
    database: Database, kind: str, path: str
) -> None:
    there = fake()
    there.faults = [failing(path, httpx.Response(200, content=MALFORMED[kind]), forever=True)]
    before = await dump(database)
    with pytest.raises(SourceMalformedError, match=path):
        await sync(database, there)
    assert await dump(database) == before


@pytest.mark.parametrize("path", ["boundary", "priorities", "events", "people"])
@pytest.mark.parametrize("kind", MALFORMED)
async def test_leaves_every_byte_of_a_ward_with_a_malformed_answer(
    database: Database, kind: str, path: str
) -> None:
    there = fake()
    there.lists[f"metropolitan/{A1}/priorities"] = [priority("<p>Would be kept</p>")]
    there.lists[f"metropolitan/{A1}/events"] = [event("Would be kept")]
    body = httpx.Response(200, content=MALFORMED[kind])
    there.faults = [failing(f"/{path}", body, forever=True)]
    first = await sync(database, there)
    assert set(first.malformed) == {A1, A2, A3}
    assert f"/{path}" in first.malformed[A1]
    before = await dump(database)
    again = await sync(database, there)
    assert set(again.malformed) == {A1, A2, A3}
    assert await dump(database) == before
    there.faults = []
    await sync(database, there)  # the control: it is the malformed answer that kept them out
    assert await dump(database) != before
    assert len(await rows(database, PoliceUkPriority)) == 1


async def test_says_which_neighbourhoods_and_wards_do_not_match(database: Database) -> None:
    there = fake()
    odd = ["neighbourhoods", "E05099999", "00AEGW", "COL01", f"{A1}N", f"{A1}X", C1]
    there.neighbourhoods += [{"id": one, "name": one} for one in odd]
    there.neighbourhoods = [n for n in there.neighbourhoods if n["id"] != A3]
    report = await sync(database, there)
    assert report.neighbourhoods == {"exact": 1, "suffix": 1, "duplicate": 1, "other_force": 1,
                                     "unknown": 5}  # fmt: skip
    assert report.unmatched[f"{A1}N"] == "duplicate"
    assert set(report.unmatched) == set(odd)
    assert A3 in report.without_neighbourhood
    assert B1 in report.without_neighbourhood
    assert C1 not in report.without_neighbourhood  # another force's
    asked = {path.split("/")[1] for path in there.asked if path.startswith("metropolitan/")}
    assert asked == {"neighbourhoods", A1, f"{A2}N"}  # no odd id ever becomes an address
    kept = await rows(database, PoliceUkNeighbourhood)
    assert {row.neighbourhood_id: row.match for row in kept}[f"{A2}N"] == "suffix"


async def test_keeps_plain_text_dates_and_instants_with_the_copy_they_come_from(
    database: Database,
) -> None:
    there = fake()
    there.lists[f"metropolitan/{A1}/priorities"] = [
        priority("<p>Theft &amp; damage</p><script>alert(1)</script>", action="<p>Patrols</p>"),
        priority("<p>No dates</p>", **{"issue-date": None}),
        priority("<p>  </p>"),
    ]
    there.lists[f"metropolitan/{A1}/events"] = [
        event("Winter", start_date="2026-12-11T13:30:00"),
        event("Summer", start_date="2026-07-11T13:30:00"),
        event("Clocks go back", start_date="2026-10-25T01:30:00"),
    ]
    await sync(database, there)
    kept = await rows(database, PoliceUkPriority, PoliceUkPriority.issue)
    assert [(p.issue, p.action, str(p.issued_on)) for p in kept] == [
        ("No dates", None, "None"),
        ("Theft & damage", "Patrols", "2026-04-14"),
    ]
    events = {e.title: e.starts_at for e in await rows(database, PoliceUkEvent)}
    assert events["Winter"] == datetime(2026, 12, 11, 13, 30, tzinfo=UTC)
    assert events["Summer"] == datetime(2026, 7, 11, 12, 30, tzinfo=UTC)
    assert events["Clocks go back"] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    copies = {copy.id: copy for copy in await rows(database, SourceCopy)}
    copy = copies[kept[0].copy_id]
    assert copy.url.endswith(f"/metropolitan/{A1}/priorities")
    assert copy.licence == "Open Government Licence v3.0"
    assert copy.retrieved_at == NOW
    assert len(copy.sha256) == 64


async def test_counts_ranks_and_keeps_no_name_unless_told_to(database: Database) -> None:
    there = fake()
    invented = [
        {"name": "Invented One", "rank": "PC", "bio": None, "contact_details": {}},
        {"name": "Invented Two", "rank": "PC", "bio": "<p>x</p>", "contact_details": {}},
        {"name": "Invented Three", "rank": "PCSO", "bio": None, "contact_details": {}},
    ]
    there.lists[f"metropolitan/{A1}/people"] = invented
    await sync(database, there)
    (team,) = await rows(database, PoliceUkTeam)
    assert (team.people, team.ranks, team.names) == (3, {"PC": 2, "PCSO": 1}, None)
    assert "Invented" not in await dump(database)
    bodies = b"".join(body.content for body in await rows(database, SourceBody))
    assert b"Invented" not in bodies
    await sync(database, there, TOMORROW, with_names=True)
    (team,) = await rows(database, PoliceUkTeam)
    assert team.names == ["Invented One", "Invented Two", "Invented Three"]
    await sync(database, there, TOMORROW + timedelta(days=1))
    assert "Invented" not in await dump(database)


async def test_tells_new_changed_gone_and_empty_apart(database: Database) -> None:
    there = fake()
    path = f"metropolitan/{A1}/priorities"
    there.lists[path] = [priority("One"), priority("Two")]
    first = await sync(database, there)
    assert first.added == {"priorities": 2}
    there.lists[path] = [priority("Two"), priority("One", action="Done")]
    second = await sync(database, there, TOMORROW)
    assert (second.added, second.gone) == ({"priorities": 1}, {"priorities": 1})
    there.lists[path] = []
    later = TOMORROW + timedelta(days=1)
    await sync(database, there, later)
    await sync(database, there, later + timedelta(days=1))
    listing = next(
        row
        for row in await rows(database, PoliceUkListing)
        if (row.ward_code, row.kind) == (A1, "priorities")
    )
    assert (listing.empty_since, listing.last_changed_at, listing.items) == (later, later, 0)
    assert listing.checked_at == later + timedelta(days=1)
    kept = await rows(database, PoliceUkPriority)
    assert len(kept) == 3
    assert all(row.gone_at is not None for row in kept)
    quiet = await sync(database, there, later + timedelta(days=2))
    assert quiet.changes == 0


async def test_counts_what_lies_in_the_ward_and_keeps_neither_id_nor_place(
    database: Database,
) -> None:
    there = fake()
    there.crimes = [crime(n, A1) for n in range(101, 104)]
    there.crimes += [
        crime(200, A2, "drugs"),
        crime(300, A1, "new-kind"),
        crime(400, A1, month="2026-08"),
    ]
    report = await sync(database, there)
    kept = {(c.ward_code, c.month, c.category): c.count for c in await rows(database, CrimeCount)}
    assert kept[A1, "2026-09", "burglary"] == 3
    assert kept[A1, "2026-09", "drugs"] == 0  # a zero is said, so that it is no gap
    assert kept[A2, "2026-09", "drugs"] == 1
    assert kept[A1, "2026-08", "burglary"] == 1
    assert report.new_kinds == ["new-kind"]
    held = await dump(database)
    assert "abab" not in held
    assert "Synthetic Street" not in held
    assert all(len(body) < 4094 for body in there.bodies)


async def test_a_crime_that_changes_its_category_is_counted_once(database: Database) -> None:
    there = fake()
    there.crimes = [crime(1, A1, "old-name"), crime(2, A1)]
    await sync(database, there, since="2026-09")
    there.crimes = [crime(1, A1, "drugs"), crime(2, A1)]
    report = await sync(database, there, TOMORROW, since="2026-09")
    kept = {c.category: c.count for c in await rows(database, CrimeCount) if c.ward_code == A1}
    assert "old-name" not in kept
    assert sum(kept.values()) == 2
    assert report.crime_revised >= 2


async def test_goes_on_where_it_was_stopped_and_asks_for_nothing_twice(database: Database) -> None:
    there = fake()
    there.crimes = [crime(1, A1)]

    async def stop(done: int, total: int | None, message: str) -> None:
        del total, message
        if done == 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        await sync_police_uk(database, there.publisher(), order_for(database, NOW), stop)
    first = there.total()
    assert first == 3 + 3 * LISTS + 2
    later = NOW + timedelta(hours=2)
    report = await sync(database, there, later)
    assert there.total() - first == 3 * 3 - 2
    assert (report.already_today, report.crime_already_today) == (3, 2)
    assert there.total() == WHOLE
    await sync(database, there, later + timedelta(hours=1))
    assert there.total() == WHOLE
    await sync(database, there, TOMORROW)
    assert there.total() == 2 * WHOLE


async def test_keeps_the_last_copy_and_calls_it_stale_while_the_publisher_is_away(
    database: Database,
) -> None:
    there = fake()
    there.lists[f"metropolitan/{A1}/priorities"] = [priority("Kept")]
    await sync(database, there)
    there.faults = [failing("", httpx.Response(500), forever=True)]
    report = await sync(database, there, TOMORROW)
    assert report.list_is_from == NOW.isoformat()
    assert {A1, A2, A3} <= set(report.away)
    assert report.stopped is not None
    listings = await rows(database, PoliceUkListing)
    assert {row.away_since for row in listings} == {TOMORROW}
    assert {row.checked_at for row in listings} == {NOW}
    there.faults = []
    await sync(database, there, TOMORROW + timedelta(hours=1))
    assert {row.away_since for row in await rows(database, PoliceUkListing)} == {None}
    assert [p.gone_at for p in await rows(database, PoliceUkPriority)] == [None]


async def test_refuses_months_that_the_publisher_does_not_have(database: Database) -> None:
    for month in ("2023-09", "2026-10"):
        with pytest.raises(InvalidRequestError, match="2023-10 to 2026-09"):
            await sync(database, fake(), since=month)
    report = await sync(database, fake(), since="2025-10")
    assert len(report.months) == 12


async def test_writes_nothing_of_a_ward_that_the_publisher_does_not_know(
    database: Database,
) -> None:
    there = fake()
    there.faults = [failing(f"{A1}/people", httpx.Response(404), forever=True)]
    report = await sync(database, there)
    assert report.refused == {
        A1: f"https://police.example/api/metropolitan/{A1}/people answers 404."
    }
    assert there.asked[f"metropolitan/{A1}/people"] == 1
    assert {row.ward_code for row in await rows(database, PoliceUkListing)} == {A2, A3}


async def test_a_boundary_is_compared_with_ours_whether_its_ring_is_closed_or_not(
    database: Database,
) -> None:
    there = fake()
    closed = ring_of(A2)
    there.lists[f"metropolitan/{A2}N/boundary"] = [*closed, closed[0]]
    there.lists[f"metropolitan/{A3}/boundary"] = ring_of(A2)
    report = await sync(database, there)
    assert report.overlaps == {A1: 1.0, A2: 1.0, A3: 0.0}
