"""Drafting, reading and editing ward polls over HTTP."""

import asyncio
from typing import Any

import pytest

from tests.factories import A1, A2, ALDER, B1, BIRCH, C1
from tests.polling import (
    FUTURE,
    draft_poll,
    leader_of,
    make_round,
    move,
    open_poll,
    poll_body,
)
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio
MISSING_ID = "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"
ONE = [{"concern": "burglary", "text": "Burglary"}]
TWICE = [*ONE, {"concern": "burglary", "text": "Break-ins"}]
UNKNOWN = [*ONE, {"concern": "dragons", "text": "Dragons"}]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"options": ONE}, 422, "validation_failed"),
        ({"options": TWICE}, 422, "invalid_request"),
        ({"options": UNKNOWN}, 422, "invalid_request"),
        ({"seats": 5}, 422, "invalid_request"),
        ({"seats": 6}, 422, "validation_failed"),
        ({"rule": "first_past_the_post"}, 422, "validation_failed"),
        ({"question": " "}, 422, "validation_failed"),
        ({"ward": B1}, 422, "invalid_request"),
        ({"ward": C1}, 409, "not_policed_by_met"),
        ({"ward": "E05099999"}, 404, "not_found"),
        ({"round": MISSING_ID}, 404, "not_found"),
    ],
)
async def test_refuses_a_poll_that_makes_no_sense(
    api: Api, changes: dict[str, Any], status: int, code: str
) -> None:
    round_ = await make_round(await leader_of(api))
    admin = await api.as_("admin")
    answer = await admin.post("/v1/polls", json=poll_body(round_["id"]) | changes)
    assert_problem(answer, status, code)
    assert (await admin.get("/v1/polls")).json()["items"] == []


async def test_refuses_a_poll_outside_the_callers_borough(api: Api) -> None:
    admin, leader = await api.as_("admin"), await leader_of(api, BIRCH)
    round_ = await make_round(admin, borough=None)
    answer = await leader.post("/v1/polls", json=poll_body(round_["id"]))
    assert_problem(answer, 403, "outside_territory")


async def test_lets_one_of_two_polls_for_a_ward_and_round_through(api: Api) -> None:
    leader = await leader_of(api)
    body = poll_body((await make_round(leader))["id"])
    answers = await asyncio.gather(*(leader.post("/v1/polls", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert_problem(refused, 409, "poll_exists")


async def test_drafts_a_poll(api: Api) -> None:
    leader = await leader_of(api)
    round_ = await make_round(leader)
    answer = await leader.post("/v1/polls", json=poll_body(round_["id"]))
    poll = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/polls/{poll['id']}"
    assert (poll["status"], poll["rule"], poll["seats"]) == ("draft", "phragmen", 2)
    assert poll["round"] == {"id": round_["id"], "title": "Spring refresh"}
    assert poll["ward"] == {"code": A1, "name": "Alder 1"}
    assert poll["borough"] == {"code": ALDER, "name": "Alder"}
    assert set(poll["options"][0]) == {"id", "concern", "text"}
    assert poll["turnout"] == {"at_least": 0, "exact": None}
    assert poll["manifest_sha256"] is None


async def test_hides_drafts_from_everyone_but_the_teams_of_the_area(api: Api) -> None:
    poll = await draft_poll(await leader_of(api))
    outsiders = [
        api,
        await leader_of(api, BIRCH),
        await api.as_("resident", wards=(A1,)),
        await api.as_("ward_officer", wards=(A2,)),
    ]
    insiders = [
        await leader_of(api),
        await api.as_("pcso", wards=(A1,)),
        await api.as_("auditor"),
    ]
    for outsider in outsiders:
        assert_problem(await outsider.get(f"/v1/polls/{poll['id']}"), 404, "not_found")
        assert_problem(await outsider.get(f"/v1/polls/{poll['id']}/manifest"), 404, "not_found")
        assert (await outsider.get("/v1/polls", params={"ward": A1})).json()["items"] == []
    for insider in insiders:
        assert (await insider.get(f"/v1/polls/{poll['id']}")).json()["status"] == "draft"
        assert (await insider.get("/v1/polls")).json()["items"] == [poll]


async def test_filters_polls_by_place_round_and_status_of_the_clock(api: Api) -> None:
    leader = await leader_of(api)
    later = await open_poll(leader, times=FUTURE)
    running = await open_poll(leader, ward=A2)
    draft = await draft_poll(leader)

    async def found(**wanted: str) -> list[str]:
        answer = await leader.get("/v1/polls", params=wanted)
        return [item["id"] for item in answer.json()["items"]]

    assert await found() == [draft["id"], running["id"], later["id"]]
    assert await found(status="open") == [running["id"]]
    assert await found(status="scheduled") == [later["id"]]
    assert await found(status="draft") == [draft["id"]]
    assert await found(status="closed") == []
    assert await found(ward=A1) == [draft["id"], later["id"]]
    assert await found(borough=BIRCH) == []
    assert await found(round=later["round"]["id"]) == [later["id"]]
    assert_problem(await api.get("/v1/polls", params={"status": "odd"}), 422, "validation_failed")


@pytest.mark.parametrize("body", [{}, {"reason": "Only why"}, {"seats": None}, {"status": "draft"}])
async def test_refuses_a_change_that_changes_nothing(api: Api, body: dict[str, Any]) -> None:
    leader = await leader_of(api)
    poll = await draft_poll(leader)
    answer = await leader.patch(f"/v1/polls/{poll['id']}", json=body)
    assert_problem(answer, 422, "validation_failed")


async def test_refuses_an_edit_based_on_an_older_version(api: Api) -> None:
    leader = await leader_of(api)
    address = f"/v1/polls/{(await draft_poll(leader))['id']}"
    seen = (await leader.get(address)).headers["etag"]
    body = {"question": "And now?"}
    assert_problem(await leader.patch(address, etag=None, json=body), 428, "precondition_required")
    assert (await leader.patch(address, etag=seen, json=body)).json()["version"] == 2
    assert_problem(await leader.patch(address, etag=seen, json=body), 412, "stale_version")


@pytest.mark.parametrize("etag", ['"²"', "later", '"99999999999"'])
async def test_refuses_an_if_match_that_names_no_version(api: Api, etag: str) -> None:
    leader = await leader_of(api)
    address = f"/v1/polls/{(await draft_poll(leader))['id']}"
    headers = {b"If-Match": etag.encode("latin-1")}
    answer = await leader.client.patch(
        address,
        json={"seats": 1},
        headers={**headers, b"Authorization": f"Bearer {leader.token}".encode()},
    )
    assert_problem(answer, 412, "stale_version")


async def test_edits_a_draft(api: Api) -> None:
    leader = await leader_of(api)
    poll = await draft_poll(leader)
    options = [{"concern": "fraud", "text": "Scams"}, {"concern": "burglary", "text": "Burglary"}]
    body = {"question": "And now?", "seats": 1, "rule": "pav", "options": options}
    edited = (await leader.patch(f"/v1/polls/{poll['id']}", json=body)).json()
    assert [(o["concern"], o["text"]) for o in edited["options"]] == [
        ("fraud", "Scams"),
        ("burglary", "Burglary"),
    ]
    assert (edited["question"], edited["seats"], edited["rule"]) == ("And now?", 1, "pav")
    assert (await leader.get(f"/v1/polls/{poll['id']}")).json() == edited


async def test_refuses_an_edit_that_leaves_more_seats_than_options(api: Api) -> None:
    leader = await leader_of(api)
    poll = await draft_poll(leader)
    answer = await leader.patch(f"/v1/polls/{poll['id']}", json={"seats": 5})
    assert_problem(answer, 422, "invalid_request")
    assert (await leader.get(f"/v1/polls/{poll['id']}")).json() == poll


@pytest.mark.parametrize(
    "body", [{"seats": 1}, {"question": "Other?"}, {"rule": "approval"}, {"options": TWICE}]
)
async def test_refuses_to_change_what_was_frozen(api: Api, body: dict[str, Any]) -> None:
    leader = await leader_of(api)
    poll = await move(leader, await draft_poll(leader, times=FUTURE), "scheduled")
    answer = await leader.patch(f"/v1/polls/{poll['id']}", json=body)
    assert_problem(answer, 409, "poll_frozen")
    assert (await api.get(f"/v1/polls/{poll['id']}")).json() == poll
