"""Publishing a refresh over HTTP: refused without reasons, then done whole or not at all."""

from typing import Any

import pytest
from sqlalchemy import select

from app.models.audit import AuditEntry
from tests.factories import A1, A2
from tests.refreshing import (
    OBJECTIVE,
    count_a_poll,
    decided,
    decision,
    finding,
    opened,
    publish,
    renewed,
)
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

OPTIONS = ("burglary", "robbery", "fraud", "shop-theft")
BALLOTS = ((20, ("fraud",)), (15, ("robbery",)), (9, ("burglary",)), (1, ("shop-theft",)))
BY_POLL = ("fraud", "robbery", "burglary")


@pytest.fixture
async def officer(api: Api) -> Api:
    return await api.as_("ward_officer", wards=(A1,))


@pytest.fixture
async def polled(api: Api, officer: Api) -> dict[str, Any]:
    """A refresh of A1 led by a poll, over a set of drug dealing."""
    await renewed(officer, "drug-dealing")
    await count_a_poll(api.app.state.database, OPTIONS, BALLOTS)
    refresh = await opened(officer, trigger="poll")
    assert refresh["proposal"]["proposed"] == list(BY_POLL)
    return refresh


def pointers(problem: dict[str, Any]) -> list[str]:
    return [item["pointer"] for item in problem["errors"]]


async def active_concerns(api: Api) -> list[str]:
    found = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
    return [priority["concern"] for priority in found["priorities"]]


async def test_refuses_to_publish_in_another_ward(api: Api, officer: Api) -> None:
    refresh = await opened(officer)
    other = await api.as_("ward_officer", wards=(A2,))
    answer = await publish(other, refresh, decision("fraud"))
    assert_problem(answer, 403, "outside_territory")


async def test_refuses_to_tell_what_a_poll_chose_before_its_own_result_does(
    api: Api, officer: Api
) -> None:
    await count_a_poll(api.app.state.database, OPTIONS, BALLOTS, status="counted")
    refresh = await opened(officer, trigger="poll")
    answer = await publish(officer, refresh, decision(*BY_POLL))
    assert_problem(answer, 409, "poll_unpublished")


async def test_refuses_an_item_without_a_reason(officer: Api) -> None:
    refresh = await opened(officer)
    bare = {key: value for key, value in decided("fraud", 1).items() if key != "reason"}
    answer = await publish(officer, refresh, {"based_on": 1, "priorities": [bare]})
    problem = assert_problem(answer, 422, "validation_failed")
    assert pointers(problem) == ["/priorities/0/reason"]


async def test_refuses_to_drop_a_priority_without_a_reason(
    api: Api, officer: Api, polled: dict[str, Any]
) -> None:
    answer = await publish(officer, polled, decision(*BY_POLL))
    problem = assert_problem(answer, 422, "reason_required")
    assert pointers(problem) == ["/dropped"]
    assert "drug-dealing" in problem["errors"][0]["message"]
    assert await active_concerns(api) == ["drug-dealing"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            decision("robbery", "fraud", "burglary", dropped=["drug-dealing"]),
            ["/priorities/0/departure_reason", "/priorities/1/departure_reason"],
        ),
        (
            decision("fraud", "robbery", "drug-dealing", dropped=["burglary"]),
            ["/priorities/2/departure_reason", "/dropped/0/departure_reason"],
        ),
        (decision("fraud", "robbery", dropped=["burglary", "drug-dealing"]), None),
    ],
)
async def test_refuses_a_departure_from_the_poll_without_its_own_reason(
    officer: Api, polled: dict[str, Any], body: dict[str, Any], expected: list[str] | None
) -> None:
    answer = await publish(officer, polled, body)
    problem = assert_problem(answer, 422, "departure_reason_required")
    assert pointers(problem) == (expected or ["/dropped/0/departure_reason"])


async def test_refuses_to_pass_over_what_must_be_answered(api: Api, officer: Api) -> None:
    partner = await api.as_("partner", wards=(A1,))
    mentions = {"burglary": 3, "robbery": 3, "fraud": 3, "hate-crime": 3}
    await partner.post("/v1/evidence", json=finding(mentions=mentions))
    refresh = await opened(officer)
    body = decision("burglary", "robbery", "hate-crime")
    problem = assert_problem(await publish(officer, refresh, body), 422, "reason_required")
    assert "fraud must be answered" in problem["detail"] or "hate-crime" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (decision("fraud", "fraud"), "invalid_request"),
        (decision("fraud", dropped=["fraud"]), "invalid_request"),
        ({"based_on": 1, "priorities": [decided("fraud", 2)]}, "invalid_request"),
        (decision("ghosts"), "unknown_concern"),
        (decision("fraud", review_due_on="2020-01-01"), "invalid_request"),
        (
            decision(
                "fraud",
                consulted=[
                    {"party": "public", "who": "x", "how": "y", "consulted_on": "2999-01-01"}
                ],
            ),
            "invalid_request",
        ),
    ],
)
async def test_refuses_a_decision_that_makes_no_sense(
    api: Api, officer: Api, body: dict[str, Any], code: str
) -> None:
    refresh = await opened(officer)
    assert_problem(await publish(officer, refresh, body), 422, code)
    assert (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"] is None
    assert (await officer.get(f"/v1/refreshes/{refresh['id']}")).json()["status"] == "proposed"


async def test_refuses_a_decision_based_on_another_version(officer: Api) -> None:
    answer = await publish(officer, await opened(officer), decision("fraud", based_on=2))
    assert_problem(answer, 412, "stale_version")


async def test_refuses_to_publish_twice(officer: Api) -> None:
    refresh = await opened(officer)
    assert (await publish(officer, refresh, decision("fraud"))).status_code == 201
    assert_problem(await publish(officer, refresh, decision("fraud")), 409, "refresh_closed")


async def test_publishes_the_poll_with_a_reason_for_everything(
    api: Api, officer: Api, polled: dict[str, Any]
) -> None:
    consulted = [
        {
            "party": "partner",
            "who": "Council",
            "how": "call",
            "consulted_on": "2026-01-05",
            "people": 2,
        }
    ]
    body = decision(*BY_POLL, dropped=["drug-dealing"], consulted=consulted)
    answer = await publish(officer, polled, body)
    assert answer.status_code == 201, answer.text
    done = (await api.get(f"/v1/refreshes/{polled['id']}")).json()
    assert done == answer.json()
    assert answer.headers["location"] == f"/v1/priority-sets/{done['to_set_id']}"
    assert await active_concerns(api) == list(BY_POLL)
    changes = {item["concern"]: item["change"] for item in done["items"]}
    assert changes == {**dict.fromkeys(BY_POLL, "added"), "drug-dealing": "dropped"}
    say = done["had_a_say"]
    assert (say["public"], say["partners"], say["both"]) == (True, True, True)
    assert [voice["by"] for voice in say["voices"]] == ["poll", "consultation"]
    assert "Fraud and scams is new, 1st. Why: Because of fraud." in done["explanation"]
    assert "Drug dealing and use was 1st and is dropped." in done["explanation"]
    assert "Partners: Council (call, 5 January 2026, 2 people)" in done["explanation"]
    assert "The decision is what was proposed, in the same order." in done["explanation"]
    assert done["proposal"] == polled["proposal"]
    assert "Nothing shows" not in done["proposal"]["summary"]
    assert "When this was proposed, on " in done["proposal"]["summary"]
    past = await api.get(f"/v1/priority-sets/{polled['from_set_id']}")
    assert past.json()["status"] == "superseded"


async def test_computes_what_changed_and_where_it_departs(
    api: Api, officer: Api, polled: dict[str, Any]
) -> None:
    because = {"departure_reason": "The panel insists."}
    body = {
        "based_on": 1,
        "priorities": [
            decided("drug-dealing", 1, title="New words", **because),
            decided("fraud", 2),
        ],
        "dropped": [
            {"concern": "robbery", "reason": "Borough-wide team.", **because},
            {"concern": "burglary", "reason": "Few cases.", **because},
            {"concern": "fly-tipping", "reason": "The council leads."},
        ],
    }
    done = (await publish(officer, polled, body)).json()
    seen = [(i["concern"], i["change"], i["departs_from_poll"] is not None) for i in done["items"]]
    assert seen == [
        ("drug-dealing", "reworded", True),
        ("fraud", "added", False),
        ("robbery", "not_taken", True),
        ("burglary", "not_taken", True),
        ("fly-tipping", "not_taken", False),
    ]
    assert "This departs from the poll" in done["explanation"]
    assert done["explanation"].count("This differs from the proposal: ") == 4
    for item in done["items"]:
        if item["differs_from_proposal"]:
            assert item["differs_from_proposal"] in done["explanation"]
    assert "Nothing shows that partners had a say." in done["explanation"]


async def test_tells_kept_from_reranked(officer: Api) -> None:
    await renewed(officer, "fraud", "robbery", "burglary")
    refresh = await opened(officer)
    done = (await publish(officer, refresh, decision("fraud", "burglary", "robbery"))).json()
    changes = {item["concern"]: item["change"] for item in done["items"]}
    assert changes == {"fraud": "kept", "burglary": "reranked", "robbery": "reranked"}
    assert "moves from 3rd to 2nd" in done["explanation"]


async def test_lists_published_refreshes_newest_first_for_everybody(api: Api, officer: Api) -> None:
    first = await renewed(officer, "fraud")
    second = await renewed(officer, "fraud")
    await opened(officer)
    seen, path = [], f"/v1/wards/{A1}/refreshes?limit=1"
    while path:
        page = (await api.get(path)).json()
        seen += [item["id"] for item in page["items"]]
        path = page["next"]
    assert seen == [second["id"], first["id"]]


async def test_leaves_one_audit_row_for_each_act(api: Api, officer: Api) -> None:
    done = await renewed(officer, "fraud")
    async with api.app.state.database.reading() as session:
        rows = (await session.scalars(select(AuditEntry).order_by(AuditEntry.position))).all()
    acts = [row.action for row in rows if row.subject_id in {done["id"], done["to_set_id"]}]
    assert acts == ["open_refresh", "publish_priority_set", "publish_refresh"]
    assert rows[-1].detail["items"] == {"fraud": "added"}
    assert OBJECTIVE["specific"] not in str(rows[-1].detail)
