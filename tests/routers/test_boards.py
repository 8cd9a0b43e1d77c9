"""Boards over HTTP: what is refused, who sits on them on a day, what they decided."""

import pytest

from tests import bodies
from tests.bodies import Row
from tests.factories import ALDER, BIRCH, CITY
from tests.polling import made
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


@pytest.fixture
async def leader(api: Api) -> Api:
    return await api.as_("borough_superintendent", boroughs=(ALDER,))


async def seat(leader: Api, board: Row, kind: str, **facts: object) -> Row:
    path = f"{bodies.at(board)}/members"
    return await made(await leader.post(path, json=bodies.member_body(kind, **facts)))


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"borough": "E09000999"}, 404, "not_found"),
        ({"established_on": "1999-12-31"}, 422, "invalid_request"),
        ({"name": ""}, 422, "validation_failed"),
        ({"terms_url": "http://plain.example"}, 422, "validation_failed"),
    ],
)
async def test_refuses_a_board_that_cannot_be(
    api: Api, change: Row, status: int, code: str
) -> None:
    admin = await api.as_("admin")
    answer = await admin.post("/v1/boards", json=bodies.board_body(**change))
    assert_problem(answer, status, code)
    assert (await api.get("/v1/boards")).json()["items"] == []


async def test_refuses_a_board_where_the_met_does_not_police(api: Api) -> None:
    admin = await api.as_("admin")
    answer = await admin.post("/v1/boards", json=bodies.board_body(borough=CITY))
    assert_problem(answer, 409, "not_policed_by_met")


async def test_refuses_an_end_without_a_reason_and_a_stale_edit(leader: Api) -> None:
    board = await bodies.make_board(leader)
    answer = await leader.patch(bodies.at(board), json={"dissolved_on": "2025-01-01"})
    assert_problem(answer, 422, "reason_required")
    ended = {"dissolved_on": "2025-01-01", "dissolve_reason": "Merged"}
    assert_problem(
        await leader.patch(bodies.at(board), json=ended, etag=None), 428, "precondition_required"
    )
    done = await leader.patch(bodies.at(board), json=ended)
    assert done.json()["active"] is False
    stale = await leader.patch(bodies.at(board), json={"name": "B"}, etag='"1"')
    assert_problem(stale, 412, "stale_version")
    late = bodies.member_body("police", starts_on="2025-01-01")
    refused = await leader.post(f"{bodies.at(board)}/members", json=late)
    assert_problem(refused, 409, "board_closed")


async def test_says_who_sits_on_a_board_on_a_day(leader: Api, api: Api) -> None:
    board = await bodies.make_board(leader)
    for kind in ("public", "community_leader", "police"):
        member = await seat(leader, board, kind)
    path = f"{bodies.at(board)}/members/{member['id']}"
    left = await leader.patch(path, json={"ends_on": "2025-01-01"})
    assert left.status_code == 200, left.text
    now = (await api.get(bodies.at(board))).json()
    then = (await api.get(bodies.at(board), params={"on": "2024-12-31"})).json()
    assert (now["mixed"], now["mixed_since"]) == (False, "2025-01-01")
    assert (then["mixed"], then["mixed_since"]) == (True, "2024-06-01")
    assert then["composition"] == {
        "public": 1,
        "community_leader": 1,
        "police": 1,
        "council": 0,
        "other": 0,
    }
    seats = (await api.get(f"{bodies.at(board)}/members")).json()["items"]
    assert {one["label"] for one in seats} == {
        "Member of the public",
        "Community leader",
        "Police member",
    }


async def test_lists_the_boards_of_a_borough(leader: Api, api: Api) -> None:
    board = await bodies.make_board(leader)
    for path in (f"/v1/boards?borough={ALDER}", f"/v1/boroughs/{ALDER}/boards"):
        assert [one["id"] for one in (await api.get(path)).json()["items"]] == [board["id"]]
    assert (await api.get(f"/v1/boroughs/{BIRCH}/boards")).json()["items"] == []
    assert_problem(await api.get("/v1/boroughs/E09000999/boards"), 404, "not_found")


async def test_a_planned_meeting_is_held_once_and_then_decides(leader: Api, api: Api) -> None:
    board = await bodies.make_board(leader)
    meetings = f"{bodies.at(board)}/meetings"
    plan = bodies.meeting_body(status="planned")
    meeting = await made(await leader.post(meetings, json=plan))
    path = f"{meetings}/{meeting['id']}"
    early = await leader.post(f"{path}/decisions", json=bodies.DECISION)
    assert_problem(early, 409, "meeting_move_refused")
    unexplained = await leader.patch(path, json={"status": "cancelled"})
    assert_problem(unexplained, 422, "reason_required")
    held = {
        "status": "held",
        "attendance": {"public": 4},
        "minutes_url": "https://boards.example/1",
        "minutes_published_on": "2024-10-01",
    }
    assert (await leader.patch(path, json=held)).json()["attendance"] == {"public": 4}
    back = await leader.patch(path, json={"status": "planned"})
    assert_problem(back, 409, "meeting_move_refused")
    decision = await made(await leader.post(f"{path}/decisions", json=bodies.DECISION))
    moved = await leader.patch(path, json={"meets_on": "2024-09-13"})
    assert_problem(moved, 409, "meeting_move_refused")
    found = (await api.get(bodies.at(board), params={"on": "2025-01-01"})).json()
    assert found["meetings"][0]["decisions"][0]["id"] == decision["id"]
    assert found["figures"] == {
        "meetings_held": 1,
        "meetings_cancelled": 0,
        "minutes_published": 1,
        "last_held_on": "2024-09-12",
        "next_planned_on": None,
        "decisions": 1,
        "decisions_open": 1,
        "decisions_overdue": 1,
    }


async def test_refuses_a_meeting_to_come_as_held(leader: Api) -> None:
    board = await bodies.make_board(leader)
    body = bodies.meeting_body(meets_on="2099-01-01")
    answer = await leader.post(f"{bodies.at(board)}/meetings", json=body)
    assert_problem(answer, 409, "meeting_move_refused")


async def test_follows_a_decision_to_its_outcome(leader: Api, api: Api) -> None:
    scene = await bodies.whole_board(leader)
    path = f"{bodies.at(scene['board'])}/decisions"
    one = f"{path}/{scene['decision']['id']}"
    assert_problem(await leader.patch(one, json={"outcome": "done"}), 422, "invalid_request")
    done = {"outcome": "done", "outcome_on": "2024-11-01"}
    assert (await leader.patch(one, json=done)).json()["outcome"] == "done"
    assert (await api.get(path, params={"open": "true"})).json()["items"] == []
    assert len((await api.get(path, params={"open": "false"})).json()["items"]) == 1
    other = await bodies.make_board(leader)
    strange = f"{bodies.at(other)}/decisions/{scene['decision']['id']}"
    assert_problem(await leader.patch(strange, json=done), 404, "not_found")


async def test_every_act_is_in_the_audit_trail(leader: Api, api: Api) -> None:
    scene = await bodies.whole_board(leader)
    await leader.patch(bodies.at(scene["board"]), json={"name": "Renamed"})
    auditor = await api.as_("auditor")
    trail = (await auditor.get("/v1/audit", params={"borough": ALDER})).json()["items"]
    assert [one["action"] for one in trail if one["subject_kind"] == "board"] == [
        "edit_board",
        "record_decision",
        "enter_meeting",
        "seat_member",
        "create_board",
    ]
    assert trail[0]["detail"]["before"] == {"name": "Alder board"}
