"""The moves of a poll over HTTP: scheduling, closing, counting, publishing, cancelling."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import A1, BIRCH
from tests.polling import (
    FUTURE,
    HOUR,
    draft_poll,
    fill_box,
    leader_of,
    move,
    open_poll,
    second_of,
    shift_round,
)
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio
WHY = "The ballot paper was wrong"


async def patch(api: Api, poll: dict[str, Any], to: str, **more: Any) -> Any:
    """Ask for a move."""
    return await api.patch(f"/v1/polls/{poll['id']}", json={"status": to, **more})


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ((), "open"),
        ((), "closed"),
        ((), "counted"),
        (("scheduled",), "scheduled"),
        (("scheduled",), "counted"),
        (("scheduled",), "published"),
        (("scheduled", "open"), "open"),
        (("scheduled",), "closed"),
        (("scheduled", "open", "closed"), "closed"),
        (("scheduled", "open", "closed"), "open"),
        (("scheduled", "open", "closed"), "published"),
        (("scheduled", "open", "closed", "counted"), "counted"),
        (("scheduled", "open", "closed", "counted"), "cancelled"),
        (("scheduled", "open", "closed", "counted", "published"), "cancelled"),
        (("cancelled",), "scheduled"),
        (("scheduled", "cancelled"), "closed"),
    ],
)
async def test_refuses_a_move_that_skips_or_goes_back(
    api: Api, path: tuple[str, ...], to: str
) -> None:
    leader = await leader_of(api)
    poll = await move(leader, await draft_poll(leader), *path)
    assert_problem(await patch(leader, poll, to, reason=WHY), 409, "poll_move_refused")
    assert (await leader.get(f"/v1/polls/{poll['id']}")).json() == poll


@pytest.mark.parametrize("to", ["closed", "cancelled"])
async def test_refuses_to_close_early_or_cancel_without_a_reason(api: Api, to: str) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    assert_problem(await patch(leader, poll, to), 422, "reason_required")
    assert (await patch(leader, poll, to, reason=WHY)).status_code == 202
    moved = (await patch(await second_of(api, poll), poll, to, reason="As asked")).json()
    assert (moved["status"], moved["status_reason"]) == (to, WHY)


async def test_refuses_to_open_or_close_before_the_round_does(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader, times=FUTURE)
    assert poll["status"] == "scheduled"
    for to in ("open", "closed", "counted"):
        assert_problem(await patch(leader, poll, to, reason=WHY), 409, "poll_move_refused")


async def test_refuses_to_schedule_after_the_round(api: Api) -> None:
    leader = await leader_of(api)
    poll = await draft_poll(leader)
    await shift_round(api, poll, closes_at=datetime.now(UTC) - timedelta(seconds=1))
    assert_problem(await patch(leader, poll, "scheduled"), 409, "poll_move_refused")


async def test_refuses_moves_by_people_who_do_not_lead_the_borough(api: Api) -> None:
    poll = await open_poll(await leader_of(api))
    officer = await api.as_("ward_officer", wards=(A1,))
    assert_problem(await patch(officer, poll, "cancelled", reason=WHY), 403, "not_allowed")
    other = await leader_of(api, BIRCH)
    assert_problem(await patch(other, poll, "cancelled", reason=WHY), 403, "outside_territory")
    assert_problem(await patch(api, poll, "cancelled", reason=WHY), 401, "not_authenticated")


async def test_freezes_a_manifest_that_anyone_can_hash(api: Api) -> None:
    leader = await leader_of(api)
    draft = await draft_poll(leader, times=FUTURE)
    poll = (await patch(leader, draft, "scheduled")).json()
    answer = await api.get(f"/v1/polls/{poll['id']}/manifest")
    manifest = answer.json()
    assert answer.headers["cache-control"].startswith("public")
    assert hashlib.sha256(answer.content).hexdigest() == poll["manifest_sha256"]
    canonical = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical.encode() == answer.content
    assert manifest["options"] == poll["options"] == draft["options"]
    assert (manifest["rule"], manifest["seats"]) == ("phragmen", 2)
    assert manifest["closes_at"] == "2125-01-15T09:00:00+00:00"
    assert manifest["boundary_edition"]["label"] == "synthetic"


async def test_the_clock_begins_and_ends_what_two_people_opened(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader, times=FUTURE)
    now = datetime.now(UTC)

    async def status() -> str:
        return str((await api.get(f"/v1/polls/{poll['id']}")).json()["status"])

    assert await status() == "scheduled"
    await shift_round(api, poll, opens_at=now - HOUR)
    assert await status() == "open"
    await shift_round(api, poll, closes_at=now - timedelta(seconds=1))
    assert await status() == "closed"
    for wanted, found in (("closed", [poll["id"]]), ("open", []), ("scheduled", [])):
        items = (await api.get("/v1/polls", params={"status": wanted})).json()["items"]
        assert [item["id"] for item in items] == found
    counted = (await patch(leader, poll, "counted")).json()
    assert counted["status"] == "counted"
    assert datetime.fromisoformat(counted["closed_at"]) == now - timedelta(seconds=1)


async def test_refuses_the_count_one_moment_before_the_close(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    assert_problem(await patch(leader, poll, "counted"), 409, "poll_move_refused")
    closes_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    await shift_round(api, poll, closes_at=closes_at)
    asked_at = datetime.now(UTC)
    while (answer := await patch(leader, poll, "counted")).status_code == 409:
        assert asked_at < closes_at, answer.text
        await asyncio.sleep(0.1)
        asked_at = datetime.now(UTC)
    assert answer.status_code == 200
    assert datetime.now(UTC) >= closes_at


async def test_counts_once_when_many_ask_at_the_same_time(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, [[0, 1]] * 12)
    await move(leader, poll, "closed")
    answers = await asyncio.gather(*(patch(leader, poll, "counted") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    for refused in (answer for answer in answers if answer.status_code == 409):
        assert_problem(refused, 409, "poll_move_refused")
    result = await leader.get(f"/v1/polls/{poll['id']}/result")
    assert result.json()["turnout"]["ballots"] == 10


async def test_edits_a_draft_and_schedules_it_in_one_request(api: Api) -> None:
    leader = await leader_of(api)
    poll = (await patch(leader, await draft_poll(leader), "scheduled", seats=1)).json()
    manifest = (await api.get(f"/v1/polls/{poll['id']}/manifest")).json()
    assert (poll["status"], poll["seats"], manifest["seats"]) == ("scheduled", 1, 1)


async def test_leaves_nothing_behind_when_an_envelope_does_not_open(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    strange = {**poll, "manifest_sha256": "0" * 64}
    await fill_box(api, strange, [[0]] * 12)
    await move(leader, poll, "closed")
    answer = await patch(leader, poll, "counted")
    assert_problem(answer, 500, "ballot_box_damaged")
    assert (await leader.get(f"/v1/polls/{poll['id']}")).json()["status"] == "closed"
    await fill_box(api, poll, [[0]] * 12)
    assert (await patch(leader, poll, "counted")).status_code == 200
