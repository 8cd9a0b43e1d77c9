"""A ward's profile: one call for everything its page shows."""

import pytest

from tests.factories import A1, ALDER, C1
from tests.polling import draft_poll, leader_of, move
from tests.priorities import open_set
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

PARTS = ("team", "priorities", "polls", "events")
ALL = {"include": ",".join(PARTS)}


async def test_refuses_a_part_that_does_not_exist(api: Api) -> None:
    answer = await api.get(f"/v1/wards/{A1}", params={"include": "team,weather"})
    assert "weather" in assert_problem(answer, 422, "invalid_request")["detail"]


async def test_refuses_a_ward_that_does_not_exist(api: Api) -> None:
    assert_problem(await api.get("/v1/wards/E05099999", params=ALL), 404, "not_found")


async def test_leaves_out_what_nobody_asked_for(api: Api) -> None:
    told = (await api.get(f"/v1/wards/{A1}")).json()
    assert {told[part] for part in PARTS} == {None}


async def test_shows_an_empty_profile_of_a_ward_without_anything(api: Api) -> None:
    told = (await api.get(f"/v1/wards/{C1}", params=ALL)).json()
    assert told["team"]["members"] == []
    assert (told["priorities"], told["polls"], told["events"]) == (None, [], [])


async def test_shows_each_part_as_its_own_address_does(api: Api) -> None:
    await open_set(api, "burglary", "fraud")
    told = (await api.get(f"/v1/wards/{A1}", params=ALL)).json()
    assert told["team"] == (await api.get(f"/v1/wards/{A1}/team")).json()
    active = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
    assert told["priorities"] == active
    assert told["borough"]["code"] == ALDER


async def test_shows_the_polls_that_residents_can_vote_in(api: Api) -> None:
    leader = await leader_of(api)
    poll = await draft_poll(leader)
    assert (await api.get(f"/v1/wards/{A1}", params=ALL)).json()["polls"] == []
    await move(leader, poll, "scheduled")
    assert (await api.get(f"/v1/wards/{A1}", params=ALL)).json()["polls"] == []
    await move(leader, poll, "open")
    told = (await api.get(f"/v1/wards/{A1}", params=ALL)).json()
    assert [shown["ward"]["code"] for shown in told["polls"]] == [A1]


async def test_keeps_no_name_in_caches_that_cannot_be_told(api: Api) -> None:
    assert "no-cache" in (await api.get(f"/v1/wards/{A1}", params=ALL)).headers["cache-control"]
