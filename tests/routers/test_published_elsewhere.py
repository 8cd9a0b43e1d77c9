"""What data.police.uk says of a ward beside ours, with where it is from and how fresh it is."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.database import Database
from tests.factories import A1, A2, B1
from tests.police_uk import event, failing, fake, priority
from tests.support import Api

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)


async def test_refuses_a_ward_that_there_is_not(api: Api) -> None:
    answer = await api.get("/v1/wards/E05999999/published-elsewhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_says_that_nothing_was_read_of_a_ward(api: Api) -> None:
    said = (await api.get(f"/v1/wards/{B1}/published-elsewhere")).json()
    assert said["neighbourhood"] is None
    assert said["priorities"] is said["events"] is said["team"] is None
    assert said["our_priorities"] == []


async def test_shows_each_list_with_its_dates_its_copy_and_what_was_taken_down(
    api: Api, database: Database
) -> None:
    there = fake()
    there.lists[f"metropolitan/{A1}/priorities"] = [
        priority("Old"),
        priority("New", **{"issue-date": "2026-09-01T00:00:00"}),
    ]
    there.lists[f"metropolitan/{A1}/events"] = [event("Open morning")]
    await there.sync(database, NOW)
    there.lists[f"metropolitan/{A1}/priorities"].pop(0)
    await there.sync(database, NOW + timedelta(days=1))
    said = (await api.get(f"/v1/wards/{A1}/published-elsewhere")).json()
    assert said["publisher"] == "data.police.uk"
    assert said["neighbourhood"]["match"] == "exact"
    assert said["neighbourhood"]["boundary_overlap"] == pytest.approx(1.0)
    listed = said["priorities"]
    assert [p["issue"] for p in listed["items"]] == ["New"]
    assert [(p["issue"], p["gone_at"]) for p in listed["gone"]] == [("Old", "2026-11-30T09:00:00Z")]
    assert (listed["stale"], listed["empty_since"]) == (False, None)
    assert listed["last_changed_at"] == "2026-11-30T09:00:00Z"
    assert listed["provenance"]["url"].endswith(f"/metropolitan/{A1}/priorities")
    assert listed["provenance"]["licence"] == "Open Government Licence v3.0"
    assert said["events"]["items"][0]["starts_at"] == "2026-12-11T13:30:00Z"
    assert said["team"]["empty_since"] == "2026-11-29T09:00:00Z"
    other = (await api.get(f"/v1/wards/{A2}/published-elsewhere")).json()
    assert (other["neighbourhood"]["id"], other["neighbourhood"]["match"]) == (f"{A2}N", "suffix")


async def test_calls_what_is_kept_stale_while_the_publisher_is_away(
    api: Api, database: Database
) -> None:
    there = fake()
    there.lists[f"metropolitan/{A1}/priorities"] = [priority("Kept")]
    await there.sync(database, NOW)
    there.faults = [failing("", httpx.Response(503, content=b"x"), forever=True)]
    await there.sync(database, NOW + timedelta(days=1))
    listed = (await api.get(f"/v1/wards/{A1}/published-elsewhere")).json()["priorities"]
    assert (listed["stale"], listed["away_since"]) == (True, "2026-11-30T09:00:00Z")
    assert listed["checked_at"] == "2026-11-29T09:00:00Z"
    assert [p["issue"] for p in listed["items"]] == ["Kept"]
