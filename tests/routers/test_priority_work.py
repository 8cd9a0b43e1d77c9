"""Work on priorities over HTTP: edits with a reason, actions, and the outcomes that end them."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.priorities import OutcomeKind
from app.models.audit import AuditEntry
from app.models.priorities import Priority, PrioritySet
from tests.factories import A1, A2, ORIGIN
from tests.priorities import OBJECTIVE, OUTCOME, open_set, square_area
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def open_priority(api: Api) -> tuple[Api, str, dict[str, Any]]:
    """Return an officer, the address of a priority they work on, and the priority."""
    officer, opened = await open_set(api, "burglary", "fraud")
    return officer, f"/v1/priorities/{opened['priorities'][0]['id']}", opened["priorities"][0]


async def audit_entries(database: Database) -> list[AuditEntry]:
    async with database.reading() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.position)))


async def close_set(api: Api, database: Database) -> None:
    async with unit_of_work(database, api.app.state.answers) as session:
        await session.execute(update(PrioritySet).values(status="superseded"))


async def test_refuses_work_from_anyone_but_the_wards_team(api: Api) -> None:
    _, path, _ = await open_priority(api)
    stranger = await api.as_("ward_officer", wards=(A2,))
    resident = await api.as_("resident", wards=(A1,))
    for caller, status, code in (
        (api, 401, "not_authenticated"),
        (resident, 403, "not_allowed"),
        (stranger, 403, "outside_territory"),
    ):
        edit = await caller.patch(path, json={"reason": "Mine now", "title": "Mine"})
        assert_problem(edit, status, code)
        action = {"kind": "patrol", "text": "Walked", "planned_on": "2026-11-21"}
        assert_problem(await caller.post(f"{path}/actions", json=action), status, code)
        assert_problem(await caller.post(f"{path}/outcomes", json=OUTCOME), status, code)


async def test_refuses_an_outcome_or_a_status_move_from_a_pcso(api: Api) -> None:
    officer, path, _ = await open_priority(api)
    pcso = await api.as_("pcso", wards=(A1,))
    assert_problem(await pcso.post(f"{path}/outcomes", json=OUTCOME), 403, "not_allowed")
    assert (await officer.post(f"{path}/outcomes", json=OUTCOME)).status_code == 201
    reopened = {"reason": "It goes on", "status": "in_progress"}
    assert_problem(await pcso.patch(path, json=reopened), 403, "not_allowed")


async def test_refuses_work_on_a_priority_that_is_not_there(api: Api) -> None:
    officer, _, _ = await open_priority(api)
    path = f"/v1/priorities/{uuid4()}"
    assert_problem(await officer.patch(path, json={"reason": "Gone"}), 404, "not_found")
    assert_problem(await officer.post(f"{path}/outcomes", json=OUTCOME), 404, "not_found")


async def test_refuses_an_edit_without_the_version_it_was_based_on(api: Api) -> None:
    officer, path, _ = await open_priority(api)
    edit = {"reason": "Clearer words", "title": "Break-ins"}
    assert_problem(await officer.patch(path, json=edit, etag=None), 428, "precondition_required")
    read = (await api.get(path)).headers["etag"]
    assert (await officer.patch(path, json=edit, etag=read)).status_code == 200
    edit["title"] = "Burglary again"
    assert_problem(await officer.patch(path, json=edit, etag=read), 412, "stale_version")
    assert (await api.get(path)).json()["title"] == "Break-ins"


@pytest.mark.parametrize(
    ("edit", "code", "pointer"),
    [
        ({"title": "No reason"}, "validation_failed", "/reason"),
        ({"reason": " ", "title": "Blank reason"}, "validation_failed", "/reason"),
        ({"reason": "r", "title": None}, "validation_failed", "/title"),
        ({"reason": "r", "rank": 2}, "validation_failed", "/rank"),
        ({"reason": "r", "concern": "fraud"}, "validation_failed", "/concern"),
        ({"reason": "r", "review_due_on": "2020-01-01"}, "invalid_request", "/review_due_on"),
        ({"reason": "r", "area": square_area(1, 1)}, "invalid_request", "/area"),
    ],
)
async def test_refuses_an_edit_that_makes_no_sense(
    api: Api, edit: dict[str, Any], code: str, pointer: str
) -> None:
    officer, path, before = await open_priority(api)
    problem = assert_problem(await officer.patch(path, json=edit), 422, code)
    assert pointer in [item["pointer"] for item in problem["errors"]]
    assert (await api.get(path)).json() == before


async def test_refuses_to_end_or_carry_forward_by_an_edit(api: Api) -> None:
    officer, path, _ = await open_priority(api)
    for status, code in (
        *((kind.value, "outcome_required") for kind in OutcomeKind),
        ("carried_forward", "illegal_priority_move"),
    ):
        edit = {"reason": "Done with it", "status": status}
        assert_problem(await officer.patch(path, json=edit), 409, code)
    assert (await api.get(path)).json()["status"] == "in_progress"


async def test_refuses_edits_and_actions_once_the_set_is_closed(
    api: Api, database: Database
) -> None:
    officer, path, before = await open_priority(api)
    await close_set(api, database)
    edit = await officer.patch(path, json={"reason": "Late", "title": "Other words"})
    assert_problem(edit, 409, "priority_set_closed")
    action = {"kind": "other", "text": "Late", "planned_on": before["set_on"]}
    assert_problem(await officer.post(f"{path}/actions", json=action), 409, "priority_set_closed")


async def test_takes_an_outcome_of_a_closed_set_unless_it_was_carried_forward(
    api: Api, database: Database
) -> None:
    officer, path, _ = await open_priority(api)
    await close_set(api, database)
    assert (await api.get(path)).json()["awaiting_outcome"]
    assert (await officer.post(f"{path}/outcomes", json=OUTCOME)).status_code == 201
    assert not (await api.get(path)).json()["awaiting_outcome"]
    async with unit_of_work(database) as session:
        await session.execute(update(Priority).values(status="carried_forward"))
    refused = await officer.post(f"{path}/outcomes", json=OUTCOME)
    assert_problem(refused, 409, "illegal_priority_move")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "magic"}, "/kind"),
        ({"text": ""}, "/text"),
        ({"planned_on": None}, "/planned_on"),
        ({"planned_on": "2100-01-01"}, "/planned_on"),
        ({"done_on": "2100-01-01"}, "/done_on"),
        ({"recorded_by": "me"}, "/recorded_by"),
    ],
)
async def test_refuses_an_action_that_cannot_be(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    officer, path, before = await open_priority(api)
    action = {"kind": "patrol", "text": "Walked", "planned_on": before["set_on"], **change}
    answer = await officer.post(f"{path}/actions", json=action)
    assert answer.status_code == 422, answer.text
    assert pointer in [item["pointer"] for item in answer.json()["errors"]]
    assert (await api.get(f"{path}/actions")).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "in_progress"}, "/kind"),
        ({"claimed_by": "nobody"}, "/claimed_by"),
        ({"evidence": []}, "/evidence"),
        ({"evidence": [{"text": "x", "url": "javascript:alert(1)"}]}, "/evidence/0/url"),
        ({"statement": "x" * 1001}, "/statement"),
    ],
)
async def test_refuses_an_outcome_without_who_and_what(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    officer, path, _ = await open_priority(api)
    answer = await officer.post(f"{path}/outcomes", json={**OUTCOME, **change})
    problem = assert_problem(answer, 422, "validation_failed")
    assert pointer in [item["pointer"] for item in problem["errors"]]
    assert (await api.get(path)).json()["status"] == "in_progress"


async def test_keeps_what_an_edit_replaced_in_the_audit_trail(api: Api, database: Database) -> None:
    officer, path, before = await open_priority(api)
    area = square_area(ORIGIN[0], ORIGIN[1])
    due = date.fromisoformat(before["set_on"]) + timedelta(days=45)
    edit = {
        "reason": "The panel asked for the mews",
        "title": "Burglary and the mews",
        "objective": {**OBJECTIVE, "specific": "Also the mews"},
        "place": "The mews",
        "area": area,
        "partners": ["Council"],
        "review_due_on": due.isoformat(),
    }
    answer = await officer.patch(path, json=edit)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert {name: after[name] for name in edit if name not in {"reason", "area"}} == {
        name: edit[name] for name in edit if name not in {"reason", "area"}
    }
    assert after["area"]["coordinates"] == area["coordinates"]
    assert after == (await api.get(path)).json()
    assert answer.headers["etag"] == (await api.get(path)).headers["etag"]
    cleared = await officer.patch(path, json={"reason": "Too exact", "area": None, "place": None})
    assert (cleared.json()["area"], cleared.json()["place"]) == (None, None)
    _, changed, emptied = await audit_entries(database)
    assert (changed.action, changed.reason) == ("edit_priority", "The panel asked for the mews")
    assert changed.detail["title"] == {"before": before["title"], "after": edit["title"]}
    assert changed.detail["review_due_on"]["before"] == before["review_due_on"]
    assert set(changed.detail) == set(edit) - {"reason"}
    assert emptied.detail["area"]["before"]["coordinates"] == area["coordinates"]
    assert emptied.detail["place"] == {"before": "The mews", "after": None}


async def test_changes_nothing_when_an_edit_says_what_stands(api: Api, database: Database) -> None:
    officer, path, before = await open_priority(api)
    etag = (await api.get(path)).headers["etag"]
    same = {"reason": "Nothing new", "title": before["title"], "objective": OBJECTIVE}
    assert (await officer.patch(path, json=same)).json() == before
    assert (await api.get(path)).headers["etag"] == etag
    assert len(await audit_entries(database)) == 1


async def test_lets_one_of_two_simultaneous_edits_through(api: Api) -> None:
    officer, path, _ = await open_priority(api)
    etag = (await api.get(path)).headers["etag"]
    edits = [{"reason": "Race", "title": f"Title {number}"} for number in range(6)]
    answers = await asyncio.gather(*(officer.patch(path, json=e, etag=etag) for e in edits))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5


async def test_tells_what_was_done_and_when_last(api: Api) -> None:
    officer, path, before = await open_priority(api)
    pcso = await api.as_("pcso", wards=(A1,))
    today = date.fromisoformat(before["set_on"])
    first_etag = (await api.get(path)).headers["etag"]
    done = {"kind": "patrol", "text": "Evening patrols", "done_on": today.isoformat()}
    answer = await pcso.post(f"{path}/actions", json=done)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{path}/actions"
    assert answer.json()["priority_id"] == before["id"]
    assert "recorded_by" not in answer.json()
    earlier = {"kind": "partner", "text": "x", "done_on": (today - timedelta(days=9)).isoformat()}
    planned = {"kind": "engagement", "text": "y", "planned_on": today.isoformat()}
    for action in (earlier, planned, planned, planned, planned):
        assert (await officer.post(f"{path}/actions", json=action)).status_code == 201
    shown = await api.get(path)
    assert shown.headers["etag"] != first_etag
    assert (shown.json()["last_action_on"], shown.json()["action_count"]) == (today.isoformat(), 6)
    assert [a["kind"] for a in shown.json()["recent_actions"]] == ["engagement"] * 4 + ["partner"]
    page = (await api.get(f"{path}/actions?limit=4")).json()
    rest = (await api.get(page["next"])).json()
    assert [a["kind"] for a in rest["items"]] == ["partner", "patrol"]
    assert rest["next"] is None


async def test_ends_a_priority_and_keeps_every_outcome_claimed(
    api: Api, database: Database
) -> None:
    officer, path, before = await open_priority(api)
    first = await officer.post(f"{path}/outcomes", json=OUTCOME)
    assert first.status_code == 201, first.text
    assert first.headers["location"] == path
    correction = {**OUTCOME, "kind": "not_delivered", "claimed_by": "residents"}
    second = await officer.post(f"{path}/outcomes", json=correction)
    shown = (await api.get(path)).json()
    assert shown["status"] == "not_delivered"
    assert shown["outcomes"] == [second.json(), first.json()]
    assert shown["outcomes"][1]["evidence"] == OUTCOME["evidence"]
    refused = await officer.patch(path, json={"reason": "Late", "title": "Other"})
    assert_problem(refused, 409, "priority_ended")
    action = {"kind": "other", "text": "Late", "planned_on": before["set_on"]}
    assert_problem(await officer.post(f"{path}/actions", json=action), 409, "priority_ended")
    entries = await audit_entries(database)
    assert [(e.detail["before"], e.detail["after"]) for e in entries[1:]] == [
        ("in_progress", "delivered"),
        ("delivered", "not_delivered"),
    ]


async def test_takes_a_priority_up_again_after_a_mistaken_outcome(api: Api) -> None:
    officer, path, _ = await open_priority(api)
    await officer.post(f"{path}/outcomes", json=OUTCOME)
    edit = {"reason": "Recorded on the wrong priority", "status": "in_progress", "title": "Anew"}
    reopened = (await officer.patch(path, json=edit)).json()
    assert (reopened["status"], reopened["title"]) == ("in_progress", "Anew")
    assert len(reopened["outcomes"]) == 1
