"""A sync with data.police.uk: what is kept, what is refused whole, where it goes on after a stop."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.database import Database
from app.errors import SourceMalformedError
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
from app.progress import StoppedError, in_silence
from tests.factories import A1, A2, A3, B1, C1
from tests.police_uk import FakePoliceUk, crime, dump, event, failing, fake, order_for, priority

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
    return await sync_police_uk(
        database, there.publisher(), order_for(database, now, **wanted), in_silence
    )


MALFORMED = {
    "truncated": b'[{"issue": "<p>x</p>", "issue-da',
    "an object": b'{"issue": "x"}',
    "a page": b"<html>Maintenance</html>",
    "wrong type": b'[{"issue": 7, "issue-date": null}]',
    "underscores": b'[{"issue": "x", "issue_date": null}]',
    "no date": b'[{"issue": "x", "issue-date": "last week"}]',
    "year 0": b'[{"issue": "x", "issue-date": "0000-01-01T00:00:00"}]',
    "lone surrogate": b'[{"issue": "\\ud800", "issue-date": null}]',
    "nothing": b"",
    "null": b"null",
    "deep": b"[" * 100_000,
    "oversized": b" " * 1_000_001 + b"[]",
}


SHAPES = [kind for kind in MALFORMED if kind not in {"underscores", "no date", "year 0"}]


@pytest.mark.parametrize("path", ["neighbourhoods", "crime-last-updated", "crime-categories"])
@pytest.mark.parametrize("kind", SHAPES)
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
@pytest.mark.parametrize("kind", SHAPES)
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
