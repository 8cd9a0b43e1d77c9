"""Refreshes over HTTP: who may open and see them, and what a proposal says of each concern."""

from typing import Any

import pytest

from tests.factories import A1, A2, ALDER, B1, C1
from tests.refreshing import (
    candidate,
    count_a_poll,
    decision,
    finding,
    heard,
    hold_an_event,
    opened,
    publish,
    renewed,
    succeed,
)
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

SOURCES = [
    *("poll", "events", "panel", "partners", "survey", "residents", "crime", "outgoing"),
    "documents",
]
OPTIONS = ("burglary", "robbery", "fraud", "shop-theft", "hate-crime")
BALLOTS = (
    (20, ("fraud",)),
    (15, ("robbery", "burglary")),
    (9, ("shop-theft",)),
)


@pytest.fixture
async def officer(api: Api) -> Api:
    return await api.as_("ward_officer", wards=(A1,))


@pytest.mark.parametrize("role", ["pcso", "partner", "analyst", "auditor"])
async def test_refuses_to_open_for_those_who_do_not_decide(api: Api, role: str) -> None:
    caller = await api.as_(role, wards=(A1,))
    answer = await caller.post(f"/v1/wards/{A1}/refreshes", json={"trigger": "poll"})
    assert_problem(answer, 403, "not_allowed")


async def test_refuses_to_open_in_another_ward(officer: Api) -> None:
    answer = await officer.post(f"/v1/wards/{A2}/refreshes", json={"trigger": "poll"})
    assert_problem(answer, 403, "outside_territory")


async def test_refuses_to_open_in_a_ward_of_another_force(api: Api) -> None:
    admin = await api.as_("admin")
    answer = await admin.post(f"/v1/wards/{C1}/refreshes", json={"trigger": "poll"})
    assert_problem(answer, 409, "not_policed_by_met")


@pytest.mark.parametrize("seats", [0, 6])
async def test_refuses_more_places_than_a_set_has(officer: Api, seats: int) -> None:
    body = {"trigger": "poll", "seats": seats}
    answer = await officer.post(f"/v1/wards/{A1}/refreshes", json=body)
    assert_problem(answer, 422, "validation_failed")


async def test_refuses_a_second_refresh_while_one_is_in_progress(officer: Api) -> None:
    await opened(officer)
    answer = await officer.post(f"/v1/wards/{A1}/refreshes", json={"trigger": "poll"})
    assert_problem(answer, 409, "refresh_in_progress")


@pytest.mark.parametrize(
    ("role", "area"),
    [
        (None, {}),
        ("resident", {"wards": (A1,)}),
        ("partner", {"wards": (A1,)}),
        ("ward_officer", {"wards": (A2,)}),
        ("borough_superintendent", {"boroughs": ("E09000102",)}),
    ],
)
async def test_hides_a_refresh_in_progress_from_all_but_its_team(
    api: Api, officer: Api, role: str | None, area: dict[str, Any]
) -> None:
    refresh = await opened(officer)
    caller = await api.as_(role, **area) if role else api
    assert_problem(await caller.get(f"/v1/refreshes/{refresh['id']}"), 404, "not_found")
    assert (await caller.get(f"/v1/wards/{A1}/refreshes")).json()["items"] == []


@pytest.mark.parametrize(
    ("role", "area"),
    [
        ("pcso", {"wards": (A1,)}),
        ("borough_superintendent", {"boroughs": (ALDER,)}),
        ("auditor", {}),
    ],
)
async def test_shows_a_refresh_in_progress_to_its_team_and_to_overseers(
    api: Api, officer: Api, role: str, area: dict[str, Any]
) -> None:
    refresh = await opened(officer)
    caller = await api.as_(role, **area)
    seen = await caller.get(f"/v1/refreshes/{refresh['id']}")
    assert (seen.status_code, seen.json()["status"]) == (200, "proposed")
    assert "public" not in seen.headers["cache-control"]
    listed = await caller.get(f"/v1/wards/{A1}/refreshes")
    assert [item["id"] for item in listed.json()["items"]] == [refresh["id"]]


async def test_refuses_to_abandon_without_saying_why(officer: Api) -> None:
    refresh = await opened(officer)
    answer = await officer.post(f"/v1/refreshes/{refresh['id']}/abandonment", json={"reason": " "})
    assert_problem(answer, 422, "validation_failed")


async def test_refuses_to_abandon_in_another_ward(api: Api, officer: Api) -> None:
    path = f"/v1/refreshes/{(await opened(officer))['id']}/abandonment"
    other = await api.as_("ward_officer", wards=(A2,))
    assert_problem(await other.post(path, json={"reason": "Why not."}), 403, "outside_territory")


async def test_opens_again_after_one_was_abandoned(officer: Api) -> None:
    path = f"/v1/refreshes/{(await opened(officer))['id']}/abandonment"
    abandoned = await officer.post(path, json={"reason": "Too early."})
    assert abandoned.json()["abandoned_reason"] == "Too early."
    again = await officer.post(path, json={"reason": "Too early."})
    assert_problem(again, 409, "refresh_closed")
    assert (await opened(officer))["status"] == "proposed"


async def test_proposes_nothing_when_nothing_speaks(officer: Api) -> None:
    proposal = (await opened(officer))["proposal"]
    assert (proposal["led_by"], proposal["proposed"]) == ("nothing", [])
    assert len(proposal["candidates"]) == 14
    for found in proposal["candidates"]:
        assert [heard_of["source"] for heard_of in found["inputs"]] == SOURCES
        assert not any(heard_of["found"] for heard_of in found["inputs"])
        assert found["why"] == "Out: nothing gives it points."


async def test_follows_the_ranking_of_a_counted_poll(api: Api, officer: Api) -> None:
    await count_a_poll(api.app.state.database, OPTIONS, BALLOTS)
    partner = await api.as_("partner", wards=(A1,))
    await partner.post("/v1/evidence", json=finding(mentions={"hate-crime": 900}))
    refresh = await opened(officer, trigger="poll")
    proposal = refresh["proposal"]
    assert proposal["led_by"] == "poll"
    assert proposal["proposed"] == proposal["poll_only"] == proposal["poll"]["ranking"][:3]
    assert proposal["proposed"][0] == "fraud"
    assert heard(refresh, "fraud", "poll")["says"] == (
        "Ranked 1st of 5 by the poll, chosen; 20 of 44 voters ticked it."
    )
    left_out = candidate(refresh, "hate-crime")
    assert left_out["verdict"] == "out"
    assert left_out["must_be_answered"]
    assert left_out["must_be_answered_because"] == (
        "The ward panel put it first, with 900 mentions about the ward itself."
    )


async def test_tells_no_more_of_a_small_poll_than_its_result_may(api: Api, officer: Api) -> None:
    await count_a_poll(api.app.state.database, OPTIONS, ((5, ("fraud",)), (4, ("robbery",))))
    refresh = await opened(officer)
    assert refresh["proposal"]["led_by"] == "nothing"
    assert refresh["proposal"]["poll"]["turnout"] is None
    assert refresh["proposal"]["poll"]["ranking"] == []
    assert refresh["had_a_say"]["says"].startswith(
        "The public: a ward poll of fewer than 10 ballots, of which nothing more is told"
    )
    assert "nothing is recorded" not in candidate(refresh, "fraud")["paragraph"]
    assert heard(refresh, "fraud", "poll")["figures"] == {}


async def test_rounds_the_figures_of_a_middling_poll(api: Api, officer: Api) -> None:
    ballots = ((11, ("fraud",)), (7, ("robbery",)))
    await count_a_poll(api.app.state.database, OPTIONS, ballots, seats=1)
    refresh = await opened(officer)
    assert refresh["proposal"]["poll"]["ranking"] == ["fraud"]
    assert heard(refresh, "fraud", "poll")["says"] == (
        "Ranked 1st of 5 by the poll, chosen; about 10 of about 20 voters ticked it."
    )


async def test_adds_up_what_every_source_says_without_a_poll(api: Api, officer: Api) -> None:
    database = api.app.state.database
    await hold_an_event(database, {"burglary": 12, "robbery": 3})
    await hold_an_event(database, {"fraud": 50}, wards=())
    await hold_an_event(database, {"hate-crime": 50}, wards=(B1,))
    partner = await api.as_("partner", boroughs=(ALDER,))
    series = [
        {"month": f"2026-{month:02}", "concern": "vehicle-crime", "count": 10 if month > 6 else 4}
        for month in range(4, 10)
    ]
    sent = [
        finding(mentions={"robbery": 2}),
        finding(mentions={"fly-tipping": 8}, kind="document"),
        finding(mentions={}, kind="crime_series", series=series, period_from="2026-04-01"),
    ]
    for body in sent:
        assert (await partner.post("/v1/evidence", json=body)).status_code == 201
    refresh = await opened(officer)
    proposal = refresh["proposal"]
    assert proposal["led_by"] == "other_inputs"
    assert proposal["proposed"] == ["robbery", "burglary", "vehicle-crime"]
    assert candidate(refresh, "robbery")["score"] == "3/2"
    assert heard(refresh, "vehicle-crime", "crime")["figures"]["rise"] == 18
    assert heard(refresh, "fraud", "events")["says"] == (
        "Raised 50 times at held events about the whole borough (in 1 of 2 held events); what was "
        "said of the whole borough gives no points here, because people at events named concerns "
        "of the ward itself too, and those come first."
    )
    assert heard(refresh, "hate-crime", "events")["found"] is False
    assert heard(refresh, "fly-tipping", "documents")["points"] is None
    assert len(proposal["events"]) == 2
    assert {e["kind"] for e in proposal["evidence"]} == {
        *("panel_submission", "document", "crime_series")
    }


async def test_weighs_each_input_in_one_refresh_only(api: Api, officer: Api) -> None:
    await hold_an_event(api.app.state.database, {"burglary": 12})
    await renewed(officer, "burglary")
    refresh = await opened(officer)
    assert refresh["proposal"]["events"] == []
    assert heard(refresh, "burglary", "outgoing")["figures"]["rank"] == 1
    assert refresh["proposal"]["outgoing"]["set_id"] == refresh["from_set_id"]


async def test_weighs_next_time_what_came_in_while_people_decided(api: Api, officer: Api) -> None:
    first = await opened(officer)
    await hold_an_event(api.app.state.database, {"burglary": 12})
    await publish(officer, first, decision("fraud"))
    assert len((await opened(officer))["proposal"]["events"]) == 1


@pytest.mark.parametrize(
    ("kinds", "owed"), [(("recoded",), ["burglary"]), (("merged", "merged"), [])]
)
async def test_a_demand_stands_across_a_new_code_but_not_across_new_bounds(
    api: Api, officer: Api, kinds: tuple[str, ...], owed: list[str]
) -> None:
    database = api.app.state.database
    (before, *_) = await succeed(database, *kinds)
    ballots = ((3, ("fraud",)), (18, ("fraud", "burglary")), (24, ("robbery",)))
    for ward in (before, A1):
        await count_a_poll(database, OPTIONS, ballots, ward=ward, seats=2)
    refresh = await opened(officer, trigger="poll", seats=2)
    proposal = refresh["proposal"]
    assert proposal["proposed"] == ["robbery", "fraud"]
    assert [c["concern"] for c in proposal["candidates"] if c["must_be_answered"]] == owed
    assert proposal["earlier_poll"]["is_same_ward"] is bool(owed)
    assert proposal["earlier_poll"]["ward"] == {"code": before, "name": "Old 1"}
    demand = candidate(refresh, "burglary")["standing_demand"]
    assert demand["latest"]["threshold"] == "15/1"
    assert (demand["before"] is None) is not bool(owed)
    answer = await publish(officer, refresh, decision("robbery", "fraud"))
    if owed:
        assert_problem(answer, 422, "reason_required")
        answer = await publish(officer, refresh, decision("robbery", "fraud", dropped=owed))
        items = {item["concern"]: item for item in answer.json()["items"]}
        assert "in two polls in a row" in items["burglary"]["had_to_be_answered"]
    assert answer.status_code == 201, answer.text


async def test_refuses_to_publish_before_the_earlier_poll_is_out(api: Api, officer: Api) -> None:
    database = api.app.state.database
    await count_a_poll(database, OPTIONS, BALLOTS, status="counted")
    await count_a_poll(database, OPTIONS, BALLOTS)
    refresh = await opened(officer, trigger="poll")
    body = decision(*refresh["proposal"]["proposed"])
    assert_problem(await publish(officer, refresh, body), 409, "poll_unpublished")
