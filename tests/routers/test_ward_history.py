"""The history of a ward over HTTP: what happened, newest first, as far as the caller may see it."""

import base64
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.factories import A1, A2, ALDER
from tests.refreshing import count_a_poll, finding, hold_an_event, opened, renewed, succeed
from tests.routers.test_team_view import staffed
from tests.statements import selects_of
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

OPTIONS = ("burglary", "robbery", "fraud")
BALLOTS = ((20, ("fraud",)), (15, ("robbery",)))
PATH = f"/v1/wards/{A1}/history"


async def history(api: Api, query: str = "", path: str = PATH) -> list[dict[str, Any]]:
    answer = await api.get(f"{path}{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def kinds(items: list[dict[str, Any]]) -> list[str]:
    return [item["kind"] for item in items]


@pytest.fixture
async def officer(api: Api) -> Api:
    return await api.as_("ward_officer", wards=(A1,))


@pytest.fixture
async def leader(api: Api) -> Api:
    return await api.as_("borough_superintendent", boroughs=(ALDER,))


async def live_a_little(api: Api, officer: Api) -> None:
    """Let a ward have a poll, an event, evidence and two refreshes."""
    database = api.app.state.database
    await count_a_poll(database, OPTIONS, BALLOTS)
    await hold_an_event(database, {"burglary": 4})
    partner = await api.as_("partner", wards=(A1,))
    assert (await partner.post("/v1/evidence", json=finding())).status_code == 201
    await renewed(officer, "fraud", "robbery", "burglary")
    await renewed(officer, "burglary", "robbery", dropped=["fraud"])


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "values",
    [
        ("2026-01-01T00:00:00+00:00", "99", "x"),
        ("2026-01-01T00:00:00+00:00", "-1", "x"),
        ("2026-01-01T00:00:00+00:00", "5", "no uuid"),
        ("0001-01-01T00:00:00+00:00", "0", "x"),
        ("2026-01-01T00:00:00+00:00", "5"),
        ("2026-01-01T00:00:00+00:00", "15", "no number"),
        ("2026-01-01T00:00:00+00:00", "15", "99999999999999999999"),
        ("2026-01-01T00:00:00+00:00", "16", "12"),
    ],
)
async def test_refuses_a_cursor_of_another_list(api: Api, values: tuple[str, ...]) -> None:
    assert_problem(await api.get(f"{PATH}?cursor={cursor(*values)}"), 400, "invalid_cursor")


async def test_refuses_a_ward_nobody_knows_and_days_out_of_order(api: Api) -> None:
    assert_problem(await api.get("/v1/wards/E05099999/history"), 404, "not_found")
    backwards = await api.get(f"{PATH}?from=2026-02-01&to=2026-01-01")
    assert_problem(backwards, 422, "invalid_request")


async def test_tells_everything_newest_first_with_reasons(api: Api, officer: Api) -> None:
    await live_a_little(api, officer)
    items = await history(api)
    assert items == sorted(items, key=lambda item: item["at"], reverse=True)
    assert set(kinds(items)) == {
        *("poll_opened", "poll_closed", "poll_result", "event_held", "evidence_submitted"),
        *("refresh_opened", "refresh_published", "priorities_published", "vacancy_changed"),
        "posting_began",
    }
    published = [item for item in items if item["kind"] == "priorities_published"]
    changes = {c["concern"]: (c["change"], c["reason"]) for c in published[0]["changes"]}
    assert changes == {
        "burglary": ("reranked", "Because of burglary."),
        "robbery": ("kept", "Because of robbery."),
        "fraud": ("dropped", "No longer fraud."),
    }
    for item in items:
        assert item["says"].endswith((".", "?"))
        if item["url"] is not None and item["kind"] != "poll_result":
            assert (await officer.get(item["url"])).status_code == 200, item


async def test_pages_are_the_whole_and_repeat_nothing(api: Api, officer: Api, leader: Api) -> None:
    await staffed(leader, "Rowan Example")
    await staffed(leader, "Sorrel Example", "pcso", ends_on="2026-02-01")
    await succeed(api.app.state.database, "merged", "merged")
    await live_a_little(api, officer)
    whole, seen, path = await history(api), [], f"{PATH}?limit=1"
    assert {"boundary_changed", "posting_began", "posting_ended"} <= set(kinds(whole))
    while path:
        page = (await api.get(path)).json()
        seen += page["items"]
        path = page["next"]
    assert seen == whole
    assert len({(item["kind"], item["id"]) for item in whole}) == len(whole)


async def test_filters_by_kind_and_day(api: Api, officer: Api, leader: Api) -> None:
    await staffed(leader, "Rowan Example")
    await live_a_little(api, officer)
    assert set(kinds(await history(api, "?kind=event_held&kind=poll_result"))) == {
        *("event_held", "poll_result"),
    }
    january = await history(api, "?from=2026-01-01&to=2026-01-02&kind=posting_began")
    assert [item["on"] for item in january] == ["2026-01-01"]
    assert await history(api, "?from=2026-01-02&to=2026-02-01&kind=posting_began") == []
    assert await history(api, "?to=2026-01-01&kind=posting_began") == []
    assert await history(api, path=f"/v1/wards/{A2}/history", query="?kind=event_held") == []


async def test_tells_nothing_of_a_hidden_officer(api: Api, leader: Api) -> None:
    officer_id, _ = await staffed(leader, "Rowan Example", ends_on="2026-02-01")
    query = "?kind=posting_began&kind=posting_ended"
    assert len(await history(api, query)) == 2
    hidden = await leader.patch(f"/v1/officers/{officer_id}", json={"hidden": True})
    assert hidden.status_code == 200, hidden.text
    assert await history(api, query) == []


async def test_tells_no_posting_before_it_begins(api: Api, leader: Api) -> None:
    await staffed(leader, "Rowan Example", starts_on="2090-01-01")
    assert await history(api, "?kind=posting_began") == []


async def test_tells_when_the_team_was_short_and_when_it_was_complete(
    api: Api, leader: Api
) -> None:
    for name in ("Rowan Example", "Sorrel Example"):
        await staffed(leader, name, starts_on="2026-03-01")
    told = await history(api, "?kind=vacancy_changed&from=2026-03-01&to=2026-03-02")
    assert [item["says"] for item in told] == [
        "The team has every dedicated ward officer again that the standard asks for."
    ]
    before = await history(api, "?kind=vacancy_changed&to=2026-03-01")
    assert before[-1]["says"].startswith("The team is short of ")


async def test_tells_a_refresh_in_progress_or_given_up_only_to_its_team(
    api: Api, officer: Api
) -> None:
    refresh = await opened(officer)
    query = "?kind=refresh_opened&kind=refresh_abandoned"
    assert await history(api, query) == []
    assert kinds(await history(officer, query)) == ["refresh_opened"]
    path = f"/v1/refreshes/{refresh['id']}/abandonment"
    await officer.post(path, json={"reason": "Too early."})
    assert await history(api, query) == []
    assert kinds(await history(officer, query)) == ["refresh_abandoned", "refresh_opened"]


async def test_tells_no_more_of_a_small_poll_than_its_result(api: Api) -> None:
    await count_a_poll(api.app.state.database, OPTIONS, ((5, ("fraud",)), (4, ("robbery",))))
    (told,) = await history(api, "?kind=poll_result")
    assert (told["concerns"], told["figures"]) == ([], {"ballots": None})
    assert "fewer than 10 ballots" in told["says"]


async def test_tells_no_result_before_it_is_published(api: Api, officer: Api) -> None:
    await count_a_poll(api.app.state.database, OPTIONS, BALLOTS, status="counted")
    assert await history(officer, "?kind=poll_result") == []


async def test_links_the_histories_before_a_boundary_change(api: Api) -> None:
    codes = await succeed(api.app.state.database, "merged", "merged", on=date(2022, 5, 5))
    answer = (await api.get(f"{PATH}?kind=boundary_changed")).json()
    assert [kin["code"] for kin in answer["predecessors"]] == codes
    assert {item["on"] for item in answer["items"]} == {"2022-05-05"}
    assert "50 % of Alder 1, by area, came from Old 1" in answer["items"][-1]["says"]
    old = (await api.get(answer["predecessors"][0]["history"])).json()
    assert [kin["code"] for kin in old["successors"]] == [A1]
    assert kinds(old["items"]) == ["boundary_changed"]


async def statements_for(api: Api, path: str) -> int:
    with selects_of(api.app.state.database) as selects:
        answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return len(selects)


async def test_takes_no_more_statements_for_a_long_history(api: Api, officer: Api) -> None:
    await live_a_little(api, officer)
    short = await statements_for(api, f"{PATH}?to={datetime.now(UTC).year + 1}-01-01")
    for _ in range(3):
        await renewed(officer, "burglary", "robbery")
    long = await statements_for(api, f"{PATH}?to={datetime.now(UTC).year + 2}-01-01")
    assert 0 < long == short <= 32
