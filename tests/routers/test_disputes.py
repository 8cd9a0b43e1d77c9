"""Disputes over HTTP: filed, answered on the clock, decided by a second person, withdrawn."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.commitments import LONDON_CODE
from app.operations.disputes_queries import overdue_disputes
from tests import disputing, priorities
from tests.commitment_cards import card, check, line
from tests.disputing import (
    ANSWER,
    REDACTED,
    TEXT,
    UPHELD,
    act,
    dispute_of,
    filed,
    of_commitment,
    seen,
    step,
)
from tests.factories import A1, A2, ALDER, B1, BIRCH
from tests.polling import made
from tests.routers import event_samples
from tests.routers.conftest import Clock
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

NONE = {"open": 0, "answered": 0, "upheld": 0, "rejected": 0, "overdue": 0}
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


async def counts(api: Api, priority_id: str) -> dict[str, int]:
    answer = await api.get(f"/v1/priorities/{priority_id}")
    return dict(answer.json()["disputes"])


async def listed(api: Api, **query: str) -> list[str]:
    answer = await api.get("/v1/disputes", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_lives_from_the_filing_to_the_decision(api: Api):
    officer, priority = await disputing.ended_priority(api)
    assert await counts(api, priority) == NONE
    body = dispute_of(priority, evidence_url="https://diary.example/mews")
    _, dispute = await filed(api, body)
    assert await counts(api, priority) == {**NONE, "open": 1}
    answered = await act(officer, dispute, "answer", ANSWER)
    assert (answered["state"], answered["answered_late"]) == ("answered", False)
    assert await counts(api, priority) == {**NONE, "answered": 1}
    leader = await api.as_("borough_superintendent", boroughs=(ALDER,))
    await act(leader, dispute, "decision", UPHELD)
    public = await seen(api, dispute)
    assert public["state"] == "upheld"
    assert public["decision"] == UPHELD["reason"]
    assert public["answer"] == ANSWER["answer"]
    assert (public["text"], public["evidence_url"]) == (TEXT, "https://diary.example/mews")
    assert [step["act"] for step in public["history"]] == ["filed", "answered", "upheld"]
    audited = (await api.get("/v1/audit")).text
    acts = ("file_dispute", "answer_dispute", "uphold_dispute")
    assert all(act in audited for act in acts)


async def test_leaves_a_disputed_outcome_as_it_was_and_counts_beside_it_everywhere(api: Api):
    officer, priority = await disputing.ended_priority(api)
    _, dispute = await filed(api, dispute_of(priority))
    await act(officer, dispute, "answer", ANSWER)
    await act(await api.as_("admin"), dispute, "decision", UPHELD)
    active = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
    by_id = (await api.get(f"/v1/priority-sets/{active['id']}")).json()
    profile = (await api.get(f"/v1/wards/{A1}?include=priorities")).json()["priorities"]
    alone = (await api.get(f"/v1/priorities/{priority}")).json()
    for told in (active["priorities"][0], by_id["priorities"][0], profile["priorities"][0], alone):
        assert told["disputes"] == {**NONE, "upheld": 1}
        assert told["outcomes"][0]["statement"] == priorities.OUTCOME["statement"]
        assert told["status"] == "delivered"
        assert told["awaiting_correction"]
    (past,) = (await api.get(f"/v1/wards/{A1}/priority-sets")).json()["items"]
    assert past["priorities"][0]["disputes"] == {**NONE, "upheld": 1}
    path = f"/v1/priorities/{priority}"
    corrected = {**priorities.OUTCOME, "kind": "partly_delivered"}
    await made(await officer.post(f"{path}/outcomes", json=corrected))
    assert not (await api.get(path)).json()["awaiting_correction"]
    await made(await officer.post(f"{path}/outcomes", json=priorities.OUTCOME))
    assert not (await api.get(path)).json()["awaiting_correction"]


async def test_shows_an_unanswered_text_to_the_team_of_the_area_only(api: Api):
    officer, priority = await disputing.ended_priority(api)
    me, dispute = await filed(api, dispute_of(priority, evidence_url="https://diary.example/"))
    assert dispute["text"] == TEXT
    assert (await seen(officer, dispute))["text"] == TEXT
    strangers = [
        api,
        await api.as_("ward_officer", wards=(A2,)),
        await api.as_("resident", wards=(A1,)),
        await api.as_("analyst"),
        await api.as_("partner", boroughs=(ALDER,)),
    ]
    for stranger in strangers:
        shown = await seen(stranger, dispute)
        assert (shown["text"], shown["evidence_url"]) == (None, None)
        assert shown["due_at"] > shown["filed_at"]
    everything = (await officer.get("/v1/disputes")).text
    assert "mews" not in everything
    assert (await seen(me, dispute))["text"] == TEXT
    (own,) = (await me.get("/v1/me/disputes")).json()["items"]
    assert (own["id"], own["text"]) == (dispute["id"], TEXT)
    assert (await strangers[2].get("/v1/me/disputes")).json()["items"] == []


async def test_lets_the_team_leave_words_out_with_a_reason_and_change_none(api: Api):
    officer, priority = await disputing.ended_priority(api)
    _, dispute = await filed(api, dispute_of(priority, evidence_url="https://sam.example/"))
    path = f"/v1/disputes/{dispute['id']}/answer"
    reason = {"redaction_reason": "It names a neighbour."}
    for wrong in (
        {"redacted_text": REDACTED},
        {"hide_evidence_url": True},
        reason,
        {"redacted_text": "All is well. [redacted]", **reason},
    ):
        assert_problem(await officer.post(path, json={**ANSWER, **wrong}), 422, "redaction_refused")
    assert (await seen(api, dispute))["state"] == "open"
    left_out = {"redacted_text": REDACTED, "hide_evidence_url": True, **reason}
    await act(officer, dispute, "answer", {**ANSWER, **left_out})
    shown = await seen(api, dispute)
    assert (shown["text"], shown["evidence_url"]) == (REDACTED, None)
    assert shown["redaction_reason"] == reason["redaction_reason"]
    assert [step["act"] for step in shown["history"]] == ["filed", "redacted", "answered"]
    assert "Sam Sample" not in (await officer.get(f"/v1/disputes/{dispute['id']}")).text


async def test_needs_a_second_person_to_decide(api: Api):
    leader = await api.as_("borough_superintendent", boroughs=(ALDER,), subject="leader")
    officer, opened = await priorities.open_set(api, "burglary", "robbery")
    recorded, other = (one["id"] for one in opened["priorities"])
    await made(await leader.post(f"/v1/priorities/{recorded}/outcomes", json=priorities.OUTCOME))
    await made(await officer.post(f"/v1/priorities/{other}/outcomes", json=priorities.OUTCOME))
    _, first = await filed(api, dispute_of(recorded))
    _, second = await filed(api, dispute_of(other))
    await act(officer, first, "answer", ANSWER)
    await act(leader, second, "answer", ANSWER)
    for dispute in (first, second):
        answer = await leader.post(f"/v1/disputes/{dispute['id']}/decision", json=UPHELD)
        assert_problem(answer, 403, "second_person_required")
    admin = await api.as_("admin")
    rejected = {"decision": "rejected", "reason": "The log shows four evenings."}
    assert (await act(admin, first, "decision", rejected))["state"] == "rejected"
    assert await counts(api, recorded) == {**NONE, "rejected": 1}


async def test_takes_its_steps_in_order_and_once(api: Api):
    officer, priority = await disputing.ended_priority(api)
    me, dispute = await filed(api, dispute_of(priority))
    admin = await api.as_("admin")
    path = f"/v1/disputes/{dispute['id']}"
    early = await admin.post(f"{path}/decision", json=UPHELD)
    assert_problem(early, 409, "dispute_move_refused")
    await act(officer, dispute, "answer", ANSWER)
    again = await officer.post(f"{path}/answer", json=ANSWER)
    assert_problem(again, 409, "dispute_move_refused")
    await act(admin, dispute, "decision", UPHELD)
    for late in (
        await admin.post(f"{path}/decision", json=UPHELD),
        await me.post(f"{path}/withdrawal"),
    ):
        assert_problem(late, 409, "dispute_move_refused")


@pytest.mark.parametrize("answered", [True, False])
async def test_deletes_the_words_of_who_withdraws_and_of_nobody_else(api: Api, *, answered: bool):
    officer, priority = await disputing.ended_priority(api)
    me, dispute = await filed(api, dispute_of(priority))
    if answered:
        await act(officer, dispute, "answer", ANSWER)
    stranger = await api.as_("resident", wards=(B1,))
    refused = await stranger.post(f"/v1/disputes/{dispute['id']}/withdrawal")
    assert_problem(refused, 403, "not_allowed")
    await act(me, dispute, "withdrawal")
    shown = await seen(officer, dispute)
    assert (shown["state"], shown["text"]) == ("withdrawn", None)
    assert shown["answer"] == (ANSWER["answer"] if answered else None)
    assert await counts(api, priority) == NONE
    await made(await me.post("/v1/disputes", json=dispute_of(priority)))


async def test_takes_what_is_said_of_all_of_london_to_an_admin(api: Api, clock: Clock):
    clock.set(NOON)
    _, dispute = await filed(api, of_commitment(LONDON_CODE, "C43"))
    assert (dispute["borough_code"], dispute["ward_code"]) == (None, None)
    assert dispute["target"]["area_code"] == LONDON_CODE
    leader = await api.as_("borough_superintendent", boroughs=(ALDER,))
    assert_problem(await step(leader, dispute, "answer", ANSWER), 403, "outside_territory")
    assert (await seen(leader, dispute))["text"] is None
    lines = (await card(api, "london"))["lines"]
    disputed = [one["disputes"] for one in lines if one["commitment"] == "C43"]
    assert disputed == [{**NONE, "open": 1}] * 2
    clock.set(NOON + timedelta(hours=73))
    await check(api)
    late = line(await card(api, "london"), "NPG02", "disputes_answered")
    assert (late["status"], late["since"]) == ("breached", "2026-06-13")
    one, other = await api.as_("admin"), await api.as_("admin", subject="another-admin")
    answered = await act(one, dispute, "answer", ANSWER)
    assert answered["text"] == TEXT
    assert_problem(await step(one, dispute, "decision", UPHELD), 403, "second_person_required")
    await act(other, dispute, "decision", UPHELD)
    assert (await seen(api, dispute))["state"] == "upheld"
    rows = (await api.get("/v1/open-data/disputes?f=jsonl")).text
    assert f'"area_code":"{LONDON_CODE}"' in rows.replace(" ", "")


async def test_runs_a_public_clock_of_72_hours_over_the_end_of_summer_time(api: Api, clock: Clock):
    filed_at = datetime(2026, 10, 23, 8, tzinfo=UTC)
    clock.set(filed_at)
    officer, priority = await disputing.ended_priority(api)
    _, dispute = await filed(api, dispute_of(priority))
    assert dispute["due_at"] == "2026-10-26T08:00:00Z"
    clock.set(filed_at + timedelta(hours=72))
    assert await listed(officer, overdue="true") == []
    late = filed_at + timedelta(hours=72, seconds=1)
    clock.set(late)
    assert await listed(officer, overdue="true") == [dispute["id"]]
    assert await listed(officer, overdue="false") == []
    assert (await seen(officer, dispute))["overdue"]
    assert await counts(officer, priority) == {**NONE, "open": 1, "overdue": 1}
    async with api.app.state.database.reading() as session:
        (found,) = await overdue_disputes(session, now=late)
    assert (str(found.dispute_id), found.borough_code) == (dispute["id"], ALDER)
    assert (found.ward_code, found.target.id) == (A1, priority)
    await act(officer, dispute, "answer", ANSWER)
    shown = await seen(officer, dispute)
    assert (shown["overdue"], shown["answered_late"]) == (False, True)
    assert await listed(officer, overdue="true") == []


async def test_knows_whether_an_answered_dispute_was_overdue_before(api: Api, clock: Clock):
    clock.set(NOON)
    _, dispute = await filed(api, disputing.of_commitment(A1))
    clock.set(NOON + timedelta(hours=74))
    await act(await api.as_("pcso", wards=(A1,)), dispute, "answer", ANSWER)
    found = {}
    async with api.app.state.database.reading() as session:
        for hours in (72, 73, 75):
            at = NOON + timedelta(hours=hours)
            found[hours] = len(await overdue_disputes(session, now=at))
    assert found == {72: 0, 73: 1, 75: 0}


@pytest.mark.parametrize(("withdrawn_after", "overdue_then"), [(71, 0), (74, 1)])
async def test_knows_whether_a_withdrawn_dispute_was_overdue_before(
    api: Api, clock: Clock, *, withdrawn_after: int, overdue_then: int
):
    clock.set(NOON)
    me, dispute = await filed(api, disputing.of_commitment(A1))
    clock.set(NOON + timedelta(hours=withdrawn_after))
    await act(me, dispute, "withdrawal")
    async with api.app.state.database.reading() as session:
        then = await overdue_disputes(session, now=NOON + timedelta(hours=73))
        later = await overdue_disputes(session, now=NOON + timedelta(hours=75))
    assert (len(then), later) == (overdue_then, [])


async def test_counts_disputes_beside_an_event_s_record_for_teams_of_all_its_wards(
    api: Api, clock: Clock
):
    clock.set(NOON)
    leader = await api.as_("borough_superintendent", boroughs=(ALDER,))
    event = await event_samples.published(leader, wards=[A1, A2])
    me = await api.as_("resident", wards=(A1,))
    body = dispute_of(event["id"], "event_record")
    assert_problem(await me.post("/v1/disputes", json=body), 409, "nothing_to_dispute")
    clock.set(NOON + timedelta(days=3))
    path = f"/v1/events/{event['id']}"
    await made(await leader.put(f"{path}/record", json=event_samples.report()))
    dispute = await made(await me.post("/v1/disputes", json=body))
    assert (dispute["borough_code"], dispute["ward_code"]) == (ALDER, None)
    other = await api.as_("ward_officer", wards=(B1,))
    refused = await other.post(f"/v1/disputes/{dispute['id']}/answer", json=ANSWER)
    assert_problem(refused, 403, "outside_territory")
    await act(await api.as_("pcso", wards=(A2,)), dispute, "answer", ANSWER)
    record = (await leader.get(path)).json()["record"]
    assert record["disputes"] == {**NONE, "answered": 1}
    refused = await leader.post(f"/v1/disputes/{dispute['id']}/decision", json=UPHELD)
    assert_problem(refused, 403, "second_person_required")
    found = (await leader.get(f"/v1/wards/{A1}/events")).json()["items"]
    assert [one["record"]["disputes"]["answered"] for one in found] == [1]
    geojson = await leader.get(f"/v1/wards/{A1}/events", params={"f": "geojson"})
    assert geojson.status_code == 200


async def test_finds_disputes_by_area_state_and_kind(api: Api):
    officer, priority = await disputing.ended_priority(api)
    _, one = await filed(api, dispute_of(priority))
    _, two = await filed(api, disputing.of_commitment(BIRCH))
    _, three = await filed(api, disputing.of_commitment(A1, "NPG01"))
    await act(officer, one, "answer", ANSWER)
    ids = [dispute["id"] for dispute in (three, two, one)]
    assert await listed(api) == ids
    assert await listed(api, borough=BIRCH) == [two["id"]]
    assert await listed(api, ward=A1) == [three["id"], one["id"]]
    assert await listed(api, state="answered") == [one["id"]]
    assert await listed(api, target_kind="commitment_status") == [three["id"], two["id"]]
    assert await listed(api, target="NPG01") == [three["id"]]
    assert await listed(api, target=priority) == [one["id"]]
    assert three["target"]["as_of"] == "2026-03-01"
    page = (await api.get("/v1/disputes", params={"limit": 2})).json()
    rest = (await api.get(page["next"])).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == ids
