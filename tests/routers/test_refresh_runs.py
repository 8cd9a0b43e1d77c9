"""Runs of refreshes over HTTP: proposals for a borough, or for all wards that are due."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.database import Database
from app.dependencies import LONDON, unit_of_work
from app.jobs.runner import Runner
from app.models.priorities import PrioritySet
from tests.factories import A1, A2, A3, ALDER, B1, B2, B3, CITY
from tests.priorities import open_set
from tests.refreshing import opened
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def leader_of(api: Api) -> Api:
    return await api.as_("borough_superintendent", boroughs=(ALDER,))


async def run(api: Api, **body: Any) -> dict[str, Any]:
    """Ask for a run, let a worker do it, and return its result."""
    answer = await api.post("/v1/refresh-runs", json=body)
    assert answer.status_code == 202, answer.text
    await Runner(api.app.state.settings).carry_out(UUID(answer.json()["id"]))
    job = (await api.get(answer.headers["location"])).json()
    assert job["state"] == "succeeded", job["problem"]
    assert (job["done"], job["total"]) == (job["result"]["wards"],) * 2
    result: dict[str, Any] = job["result"]
    return result


async def make_due(database: Database, ward: str, due_on: date) -> None:
    async with unit_of_work(database) as session:
        moved = update(PrioritySet).where(PrioritySet.ward_code == ward)
        await session.execute(moved.values(review_due_on=due_on))


def outcomes(result: dict[str, Any]) -> dict[str, str]:
    return {one["ward"]["code"]: one.get("code", one["outcome"]) for one in result["outcomes"]}


async def test_refuses_all_of_london_to_a_superintendent(api: Api) -> None:
    leader = await leader_of(api)
    assert_problem(await leader.post("/v1/refresh-runs", json={}), 403, "outside_territory")


async def test_refuses_a_borough_that_is_not_there(api: Api) -> None:
    admin = await api.as_("admin")
    answer = await admin.post("/v1/refresh-runs", json={"borough_code": "E09000999"})
    problem = assert_problem(answer, 422, "invalid_request")
    assert problem["errors"][0]["pointer"] == "/borough_code"


async def test_opens_the_proposals_of_a_borough_as_if_each_were_asked_for(api: Api) -> None:
    leader = await leader_of(api)
    result = await run(leader, borough_code=ALDER, trigger="event", seats=2)
    assert (result["wards"], result["opened"], result["skipped"]) == (3, 3, 0)
    assert outcomes(result) == dict.fromkeys((A1, A2, A3), "opened")
    for one in result["outcomes"]:
        refresh = (await leader.get(f"/v1/refreshes/{one['refresh_id']}")).json()
        assert refresh["ward"]["code"] == one["ward"]["code"]
        assert (refresh["status"], refresh["trigger"]) == ("proposed", "event")
        assert refresh["proposal"]["seats"] == 2
    entries = (await (await api.as_("auditor")).get(f"/v1/audit?borough={ALDER}")).json()["items"]
    assert [entry["action"] for entry in entries].count("open_refresh") == 3
    assert len({entry["actor"] for entry in entries}) == 1


async def test_skips_a_ward_with_a_refresh_in_progress_and_says_why(api: Api) -> None:
    leader = await leader_of(api)
    await opened(await api.as_("sergeant", wards=(A2,)), A2)
    result = await run(leader, borough_code=ALDER)
    assert outcomes(result) == {A1: "opened", A2: "refresh_in_progress", A3: "opened"}
    assert result["skipped_because"] == {"refresh_in_progress": 1}
    (skipped,) = (one for one in result["outcomes"] if one["outcome"] == "skipped")
    assert "Alder 2" in skipped["reason"]


async def test_without_a_borough_opens_what_is_due_in_all_of_the_met(
    api: Api, database: Database
) -> None:
    today = datetime.now(LONDON).date()
    for ward, due_on in ((A1, today + timedelta(days=40)), (B1, today - timedelta(days=1))):
        await open_set(api, "burglary", ward=ward)
        await make_due(database, ward, due_on)
    admin = await api.as_("admin")
    result = await run(admin)
    assert set(outcomes(result)) == {A2, A3, B1, B2, B3}, "not A1, and nothing of the City"


@pytest.mark.parametrize(
    ("said", "expected"), [({}, 3), ({"only_due": False}, 3), ({"only_due": True}, 2)]
)
async def test_a_borough_is_refreshed_whole_unless_only_what_is_due_is_wanted(
    api: Api, said: dict[str, bool], expected: int
) -> None:
    await open_set(api, "burglary", ward=A1)
    leader = await leader_of(api)
    assert (await run(leader, borough_code=ALDER, **said))["opened"] == expected


async def test_a_run_of_the_city_has_no_ward_of_the_met(api: Api) -> None:
    admin = await api.as_("admin")
    assert (await run(admin, borough_code=CITY))["wards"] == 0


async def test_reports_what_is_overdue_and_whether_anybody_is_at_it(
    api: Api, database: Database
) -> None:
    today = datetime.now(LONDON).date()
    for ward, days in ((A1, 15), (A2, 40), (A3, 14)):
        await open_set(api, "burglary", ward=ward)
        await make_due(database, ward, today - timedelta(days=days))
    await opened(await api.as_("sergeant", wards=(A2,)), A2)
    leader = await leader_of(api)
    body = {"kind": "overdue-reviews", "parameters": {"borough_code": ALDER}}
    answer = await leader.post("/v1/jobs", json=body)
    await Runner(api.app.state.settings).carry_out(UUID(answer.json()["id"]))
    result = (await leader.get(answer.headers["location"])).json()["result"]
    assert (result["overdue"], result["without_priorities"]) == (2, 0)
    assert result["by_borough"] == {ALDER: 2}
    shown = [(w["code"], w["overdue_days"], w["refresh_in_progress"]) for w in result["wards"]]
    assert shown == [(A2, 26, True), (A1, 1, False)], "a grace of 14 days is left"
