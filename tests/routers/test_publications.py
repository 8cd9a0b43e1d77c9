"""Promised publications over HTTP: the seeded series, releases, lateness and withdrawal."""

from datetime import UTC, datetime

import pytest

from tests.bodies import Row
from tests.polling import made
from tests.routers.conftest import Clock
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

UPDATES = "/v1/publications/serious-organised-crime-update"


def release(**facts: object) -> Row:
    plain = {"period": "First", "published_on": "2023-11-05", "url": "https://out.example/1"}
    return {**plain, **facts}


async def test_lists_what_the_plan_promises_to_publish(api: Api) -> None:
    listed = (await api.get("/v1/publications")).json()["items"]
    assert {one["code"]: (one["commitments"], one["cadence_months"]) for one in listed} == {
        "open-data-release": (["C31"], None),
        "serious-organised-crime-update": (["C27"], 6),
        "stop-and-search-annual-account": (["C32"], 12),
        "stop-and-search-charter": (["C32"], None),
        "violence-against-women-and-girls-maps": (["C29"], None),
    }
    assert {one["status"] for one in listed} == {"overdue"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"published_on": "2099-01-01"}, 422, "invalid_request"),
        ({"published_on": "1999-01-01"}, 422, "invalid_request"),
        ({"due_on": "2023-11-01"}, 422, "invalid_request"),
        ({"due_on": "2024-10-31"}, 422, "invalid_request"),
        ({"due_on": "9999-12-31"}, 422, "invalid_request"),
        ({"url": "ftp://out.example"}, 422, "validation_failed"),
        ({"sha256": "abc"}, 422, "validation_failed"),
    ],
)
async def test_refuses_a_release_that_cannot_be(
    api: Api, change: Row, status: int, code: str
) -> None:
    analyst = await api.as_("analyst")
    answer = await analyst.post(f"{UPDATES}/releases", json=release(**change))
    assert_problem(answer, status, code)
    assert (await api.get(f"{UPDATES}/releases")).json()["items"] == []


async def test_refuses_a_series_that_is_not_there(api: Api) -> None:
    analyst = await api.as_("analyst")
    for path in ("/v1/publications/diary", "/v1/publications/diary/releases"):
        assert_problem(await api.get(path), 404, "not_found")
    answer = await analyst.post("/v1/publications/diary/releases", json=release())
    assert_problem(answer, 404, "not_found")


async def test_says_how_late_each_due_date_was(api: Api, clock: Clock) -> None:
    analyst = await api.as_("analyst")
    await made(await analyst.post(f"{UPDATES}/releases", json=release()))
    clock.set(datetime(2024, 5, 3, 12, tzinfo=UTC))
    found = (await api.get(UPDATES)).json()
    assert [(due["due_on"], due["status"], due["days_late"]) for due in found["due_dates"]] == [
        ("2023-10-31", "late", 5),
        ("2024-04-30", "overdue", 3),
        ("2024-10-31", "not_due", 0),
    ]
    assert (found["status"], found["since"], found["overdue_days"]) == ("overdue", "2024-05-01", 3)
    assert found["next_due_on"] == "2024-10-31"


async def test_a_withdrawn_release_stays_and_answers_nothing(api: Api) -> None:
    analyst = await api.as_("analyst")
    maps = "/v1/publications/violence-against-women-and-girls-maps"
    one = await made(await analyst.post(f"{maps}/releases", json=release()))
    assert (await api.get(maps)).json()["status"] == "up_to_date"
    path = f"{maps}/releases/{one['id']}/withdrawal"
    wrong = f"{UPDATES}/releases/{one['id']}/withdrawal"
    reason = {"reason": "Wrong series"}
    assert_problem(await analyst.post(wrong, json=reason), 404, "not_found")
    gone = await analyst.post(path, json=reason)
    assert (gone.status_code, gone.json()["withdrawn_reason"]) == (200, "Wrong series")
    assert_problem(await analyst.post(path, json=reason), 409, "release_withdrawn")
    found = (await api.get(maps)).json()
    assert (found["status"], found["since"]) == ("overdue", "2024-01-01")
    assert [kept["id"] for kept in found["releases"]] == [one["id"]]
