"""Acts that take two people: the first one's call waits, somebody else's carries it out."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.dependencies import unit_of_work
from app.models.approvals import Approval
from tests.factories import A1, BIRCH
from tests.polling import FUTURE, HOUR, draft_poll, leader_of, move, open_poll, shift_round
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

WHY = {"reason": "The ballot paper was wrong"}


async def ask(api: Api, poll: dict[str, Any], to: str, **options: Any) -> Any:
    return await api.patch(f"/v1/polls/{poll['id']}", json={"status": to, **WHY}, **options)


async def audited(api: Api) -> list[dict[str, Any]]:
    """Return the audit entries, newest first."""
    items: list[dict[str, Any]] = (await (await api.as_("auditor")).get("/v1/audit")).json()[
        "items"
    ]
    return items


async def test_refuses_to_let_the_scheduler_open_the_poll(api: Api) -> None:
    leader = await leader_of(api)
    poll = await move(leader, await draft_poll(leader), "scheduled")
    assert_problem(await ask(leader, poll, "open"), 403, "second_person_required")
    opened = (await ask(await leader_of(api), poll, "open")).json()
    assert (opened["status"], opened["awaits_second_person"]) == ("open", False)
    assert (await audited(api))[0]["detail"]["scheduled_by"] == (await audited(api))[1]["actor"]


async def test_refuses_ballots_while_only_one_person_wanted_the_poll(api: Api) -> None:
    leader = await leader_of(api)
    poll = await move(leader, await draft_poll(leader), "scheduled")
    assert (poll["status"], poll["awaits_second_person"]) == ("scheduled", True)
    resident = await api.as_("resident", wards=(A1,))
    ballot = {"approved_options": [poll["options"][0]["id"]]}
    path = f"/v1/polls/{poll['id']}/ballot"
    assert_problem(await resident.put(path, json=ballot), 409, "poll_not_open")
    await ask(await leader_of(api), poll, "open")
    assert (await resident.put(path, json=ballot)).status_code == 201


async def test_never_opens_a_poll_by_the_clock_alone(api: Api) -> None:
    leader = await leader_of(api)
    poll = await move(leader, await draft_poll(leader, times=FUTURE), "scheduled")
    now = datetime.now(UTC)
    await shift_round(api, poll, opens_at=now - HOUR)
    assert (await api.get(f"/v1/polls/{poll['id']}")).json()["status"] == "scheduled"
    await shift_round(api, poll, closes_at=now - timedelta(seconds=1))
    assert (await api.get(f"/v1/polls/{poll['id']}")).json()["status"] == "scheduled"
    second = await leader_of(api)
    for to in ("open", "closed", "counted"):
        assert_problem(await ask(second, poll, to), 409, "poll_move_refused")


async def test_refuses_an_opening_by_a_leader_of_another_borough(api: Api) -> None:
    leader = await leader_of(api)
    poll = await move(leader, await draft_poll(leader), "scheduled")
    assert_problem(await ask(await leader_of(api, BIRCH), poll, "open"), 403, "outside_territory")


@pytest.mark.parametrize("to", ["closed", "cancelled"])
async def test_changes_nothing_for_one_person_however_often_they_ask(api: Api, to: str) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    before = await api.get(f"/v1/polls/{poll['id']}")
    first, again = await ask(leader, poll, to), await ask(leader, poll, to)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert first.headers["location"] == f"/v1/approvals/{first.json()['id']}"
    after = await api.get(f"/v1/polls/{poll['id']}")
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])
    assert [entry["action"] for entry in await audited(api)].count(
        f"request_{first.json()['act']}"
    ) == 1


async def test_carries_it_out_for_a_second_person_on_the_version_the_first_one_saw(
    api: Api,
) -> None:
    leader, second = await leader_of(api), await leader_of(api)
    poll = await open_poll(leader)
    etag = (await leader.get(f"/v1/polls/{poll['id']}")).headers["etag"]
    waiting = (await ask(leader, poll, "cancelled", etag=etag)).json()
    done = await ask(second, poll, "cancelled", etag=etag)
    assert (done.status_code, done.json()["status"]) == (200, "cancelled")
    entry = (await audited(api))[0]
    assert (entry["action"], entry["detail"]["approval"]) == ("cancel_poll", waiting["id"])
    assert entry["detail"]["requested_by"] == waiting["requested_by"] != entry["actor"]
    seen = (await leader.get(f"/v1/approvals/{waiting['id']}")).json()
    assert (seen["status"], seen["closed_by"]) == ("carried_out", entry["actor"])


async def test_refuses_a_second_person_with_a_stale_version(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await ask(leader, poll, "cancelled")
    answer = await ask(await leader_of(api), poll, "cancelled", etag='"1"')
    assert_problem(answer, 412, "stale_version")


async def test_lets_one_person_cancel_a_draft(api: Api) -> None:
    leader = await leader_of(api)
    assert (await ask(leader, await draft_poll(leader), "cancelled")).status_code == 200


async def test_keeps_a_request_to_close_apart_from_one_to_cancel(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await ask(leader, poll, "closed")
    assert (await ask(await leader_of(api), poll, "cancelled")).status_code == 202


async def test_has_one_effect_when_two_second_persons_come_at_once(api: Api) -> None:
    leader = await leader_of(api)
    seconds = [await leader_of(api) for _ in range(4)]
    poll = await open_poll(leader)
    await ask(leader, poll, "closed")
    answers = await asyncio.gather(*(ask(second, poll, "closed") for second in seconds))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert [entry["action"] for entry in await audited(api)].count("close_poll") == 1


async def test_has_one_effect_when_many_ask_for_the_first_time_at_once(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    people = [await leader_of(api) for _ in range(4)]
    answers = await asyncio.gather(*(ask(person, poll, "closed") for person in people))
    assert sorted(answer.status_code for answer in answers) == [200, 202, 409, 409]


async def test_forgets_a_request_after_seven_days(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    waiting = (await ask(leader, poll, "closed")).json()
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with unit_of_work(api.app.state.database) as session:
        late = update(Approval).where(Approval.id == UUID(waiting["id"]))
        await session.execute(late.values(expires_at=past))
    assert (await leader.get("/v1/approvals")).json()["items"] == []
    answer = await ask(await leader_of(api), poll, "closed")
    assert (answer.status_code, answer.json()["id"] == waiting["id"]) == (202, False)
    expired = (await leader.get("/v1/approvals", params={"status": "expired"})).json()["items"]
    assert [item["id"] for item in expired] == [waiting["id"]]


async def test_forgets_a_request_of_somebody_who_is_posted_there_no_longer(api: Api) -> None:
    former = await leader_of(api)
    (mine,) = (await former.get("/v1/postings")).json()["items"]
    second, poll = await leader_of(api), await open_poll(former)
    waiting = (await ask(former, poll, "closed")).json()
    ended = {"ends_on": mine["starts_on"], "end_reason": "Moved on"}
    await (await api.as_("admin")).patch(f"/v1/postings/{mine['id']}", json=ended)
    answer = await ask(second, poll, "closed")
    assert (answer.status_code, answer.json()["id"] == waiting["id"]) == (202, False)
    expired = (await second.get("/v1/approvals", params={"status": "expired"})).json()["items"]
    assert [item["id"] for item in expired] == [waiting["id"]]
    assert (await ask(await leader_of(api), poll, "closed")).json()["status"] == "closed"


async def test_carries_out_no_request_of_before_the_poll_was_opened(api: Api) -> None:
    leader, second = await leader_of(api), await leader_of(api)
    poll = await move(leader, await draft_poll(leader), "scheduled")
    assert (await ask(leader, poll, "cancelled")).json()["asked"] == {"from_status": "scheduled"}
    await ask(second, poll, "open")
    assert (await ask(second, poll, "cancelled")).status_code == 202
    assert (await api.get(f"/v1/polls/{poll['id']}")).json()["status"] == "open"
    assert (await ask(leader, poll, "cancelled")).json()["status"] == "cancelled"


async def test_lets_only_the_asker_withdraw_and_only_once(api: Api) -> None:
    leader, second = await leader_of(api), await leader_of(api)
    poll = await open_poll(leader)
    waiting = (await ask(leader, poll, "closed")).json()
    path, body = f"/v1/approvals/{waiting['id']}", {"status": "withdrawn"}
    assert_problem(await second.patch(path, json=body), 403, "not_allowed")
    assert_problem(await (await leader_of(api, BIRCH)).patch(path, json=body), 404, "not_found")
    assert_problem(await leader.patch(path, json=body, etag='"7"'), 412, "stale_version")
    assert (await leader.patch(path, json=body)).json()["status"] == "withdrawn"
    assert_problem(await leader.patch(path, json=body), 409, "approval_closed")
    assert (await ask(second, poll, "closed")).status_code == 202


async def test_lets_one_person_sign_alone_where_the_operator_said_so(api: Api) -> None:
    api.app.state.settings.second_person = False
    leader = await leader_of(api)
    poll = await move(leader, await draft_poll(leader), "scheduled")
    assert (await ask(leader, poll, "open")).json()["status"] == "open"
    closed = await ask(leader, poll, "closed")
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    entry = (await audited(api))[0]
    assert entry["detail"]["requested_by"] == entry["actor"]


async def test_shows_requests_to_the_borough_and_to_overseers_only(api: Api) -> None:
    leader = await leader_of(api)
    waiting = (await ask(leader, await open_poll(leader), "closed")).json()
    for insider in (await leader_of(api), await api.as_("auditor"), await api.as_("admin")):
        assert (await insider.get("/v1/approvals")).json()["items"] == [waiting]
    outsider = await leader_of(api, BIRCH)
    assert (await outsider.get("/v1/approvals")).json()["items"] == []
    assert_problem(await outsider.get(f"/v1/approvals/{waiting['id']}"), 404, "not_found")
