"""What cannot be disputed, how often one person may, and that nobody learns who they are."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.dependencies import unit_of_work
from app.domain import disputes as rules
from app.domain.commitments import LONDON_CODE
from app.domain.disputes import (
    MOST_OF_ONE,
    MOST_OPEN,
    DisputeCounts,
    DisputeTarget,
    TargetKind,
)
from app.models.audit import AuditEntry
from app.models.disputes import Dispute
from app.operations.disputes_queries import dispute_counts
from tests import disputing, priorities
from tests.contracts.calls import STRANGER
from tests.disputing import ANSWER, TEXT, UPHELD, act, dispute_of, filed, of_commitment
from tests.factories import A1, A2, A3, ALDER, B1, BIRCH
from tests.polling import made
from tests.routers import event_samples
from tests.routers.conftest import Clock
from tests.routers.test_partner_keys import live
from tests.support import Api, assert_problem

WARD_PROMISES = ["C01", "C02", "C03", "C07", "C08", "C09", "C10", "C12", "C21", "C22", "C28", "C33"]
pytestmark = pytest.mark.anyio

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (dispute_of(STRANGER), 404, "not_found"),
        (dispute_of(STRANGER, "event_record"), 404, "not_found"),
        (of_commitment("E09000199"), 404, "not_found"),
        (of_commitment("E05099999"), 404, "not_found"),
        (of_commitment("londinium"), 422, "validation_failed"),
        (of_commitment(LONDON_CODE, "X99"), 422, "unknown_commitment"),
        (of_commitment(A1, "X99"), 422, "unknown_commitment"),
        (of_commitment(A1, as_of="2199-01-01"), 422, "invalid_request"),
        (dispute_of("nothing"), 422, "validation_failed"),
        ({**of_commitment(A1), "text": "x" * 2001}, 422, "validation_failed"),
        ({**of_commitment(A1), "text": " "}, 422, "validation_failed"),
        ({**of_commitment(A1), "evidence_url": "http://plain.example/"}, 422, "validation_failed"),
    ],
)
async def test_refuses_what_cannot_be_disputed(
    api: Api, body: dict[str, Any], status: int, code: str
):
    resident = await api.as_("resident", wards=(A1,))
    assert_problem(await resident.post("/v1/disputes", json=body), status, code)
    assert (await api.get("/v1/disputes")).json()["items"] == []


async def test_refuses_a_priority_that_has_not_ended_and_an_event_that_is_a_draft(api: Api):
    _, opened = await priorities.open_set(api, "burglary")
    resident = await api.as_("resident", wards=(A1,))
    body = dispute_of(opened["priorities"][0]["id"])
    assert_problem(await resident.post("/v1/disputes", json=body), 409, "nothing_to_dispute")
    draft = await event_samples.made(
        await api.as_("admin"),
        starts_at="2095-06-11T18:00:00+01:00",
        ends_at="2095-06-11T20:00:00+01:00",
    )
    body = dispute_of(draft["id"], "event_record")
    assert_problem(await resident.post("/v1/disputes", json=body), 404, "not_found")


async def test_takes_one_undecided_dispute_of_a_thing_from_a_person(api: Api):
    officer, priority = await disputing.ended_priority(api)
    me, dispute = await filed(api, dispute_of(priority))
    again = await me.post("/v1/disputes", json=dispute_of(priority))
    assert dispute["id"] in assert_problem(again, 409, "dispute_exists")["detail"]
    await act(officer, dispute, "answer", ANSWER)
    again = await me.post("/v1/disputes", json=dispute_of(priority))
    assert_problem(again, 409, "dispute_exists")
    await filed(api, dispute_of(priority))
    await act(await api.as_("admin"), dispute, "decision", UPHELD)
    await made(await me.post("/v1/disputes", json=dispute_of(priority)))


async def test_takes_so_many_unanswered_disputes_from_a_person_and_no_more(api: Api):
    me = await api.as_("resident", wards=(A1,))
    bodies = [of_commitment(A1, code) for code in WARD_PROMISES[: MOST_OPEN + 1]]
    first, *others = [await me.post("/v1/disputes", json=body) for body in bodies[:-1]]
    assert {answer.status_code for answer in (first, *others)} == {201}
    assert_problem(await me.post("/v1/disputes", json=bodies[-1]), 409, "too_many_disputes")
    await act(await api.as_("pcso", wards=(A1,)), first.json(), "answer", ANSWER)
    assert (await me.post("/v1/disputes", json=bodies[-1])).status_code == 201


async def test_takes_three_disputes_of_a_thing_from_a_person_withdrawn_ones_too(api: Api):
    me = await api.as_("resident", wards=(A1,))
    for _ in range(MOST_OF_ONE):
        dispute = await made(await me.post("/v1/disputes", json=of_commitment(A1)))
        await act(me, dispute, "withdrawal")
    refused = await me.post("/v1/disputes", json=of_commitment(A1))
    assert_problem(refused, 409, "too_many_disputes")
    await made(await me.post("/v1/disputes", json=of_commitment(A2)))


async def test_takes_so_many_disputes_a_day_from_a_person_withdrawn_ones_too(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rules, "MOST_A_DAY", 2)
    clock.set(NOON)
    me = await api.as_("resident", wards=(A1,))
    for area in (A1, A2):
        body = of_commitment(area)
        await act(me, await made(await me.post("/v1/disputes", json=body)), "withdrawal")
    refused = await me.post("/v1/disputes", json=of_commitment(A3))
    assert_problem(refused, 409, "too_many_disputes")
    clock.set(NOON + timedelta(hours=24))
    await made(await me.post("/v1/disputes", json=of_commitment(A3)))


async def test_takes_one_of_many_filed_at_once(api: Api):
    me = await api.as_("resident", wards=(A1,))
    sent = [me.post("/v1/disputes", json=of_commitment(A1)) for _ in range(5)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*sent))
    assert statuses == [201, 409, 409, 409, 409]


async def test_lets_a_partner_s_key_file_where_it_names_the_scope_and_the_borough(api: Api):
    _, partner = await live(api, scopes=["disputes:write"], boroughs=[ALDER])
    await made(await partner.post("/v1/disputes", json=of_commitment(A1)))
    await made(await partner.post("/v1/disputes", json=of_commitment(LONDON_CODE)))
    outside = await partner.post("/v1/disputes", json=of_commitment(BIRCH))
    assert_problem(outside, 403, "outside_territory")
    _, other = await live(api, partner="Another board", scopes=["evidence:write"])
    assert_problem(await other.post("/v1/disputes", json=of_commitment(A1)), 403, "not_allowed")


async def test_tells_nobody_who_filed_a_dispute(api: Api):
    officer, priority = await disputing.ended_priority(api)
    me = await api.as_("resident", wards=(B1,), subject="sam-the-filer")
    one = await made(await me.post("/v1/disputes", json=dispute_of(priority)))
    two = await made(await me.post("/v1/disputes", json=of_commitment(A2)))
    async with api.app.state.database.reading() as session:
        filers = list(await session.scalars(select(Dispute.filer)))
    assert filers[0] == filers[1] is not None
    trails = ["/v1/disputes", "/v1/audit", *(f"/v1/disputes/{one['id']}" for _ in range(1))]
    admin = await api.as_("admin")
    await act(officer, one, "answer", ANSWER)
    told = [(await caller.get(path)).text for caller in (api, officer, admin) for path in trails]
    for words in told:
        assert "sam-the-filer" not in words
        assert filers[0].hex() not in words
        assert B1 not in words
    await act(admin, one, "decision", UPHELD)
    await act(me, two, "withdrawal")
    async with api.app.state.database.reading() as session:
        entries = select(AuditEntry).where(AuditEntry.subject_kind == "dispute")
        acts = [(one.action, one.actor) for one in await session.scalars(entries)]
        stored = (await session.execute(text("SELECT * FROM dispute_event"))).all()
        assert "sam-the-filer" not in str(stored)
        assert await session.scalar(text("SELECT count(*) FROM dispute_event")) == 5
    assert ("file_dispute", "resident") in acts
    assert ("withdraw_dispute", "resident") in acts
    assert "sam-the-filer" not in str(acts)


async def test_cuts_the_tie_to_whoever_is_erased(api: Api):
    me, dispute = await filed(api, of_commitment(A1))
    other, kept = await filed(api, of_commitment(A1))
    assert (await me.request("DELETE", "/v1/me")).status_code == 200
    async with api.app.state.database.reading() as session:
        rows = select(Dispute.id).where(Dispute.filer.is_(None))
        assert [str(one) for one in await session.scalars(rows)] == [dispute["id"]]
    refused = await me.post(f"/v1/disputes/{dispute['id']}/withdrawal")
    assert_problem(refused, 403, "not_allowed")
    states = [(await disputing.seen(api, one))["state"] for one in (dispute, kept)]
    assert states == ["withdrawn", "open"]
    assert len((await other.get("/v1/me/disputes")).json()["items"]) == 1
    assert (await me.get("/v1/me/disputes")).json()["items"] == []


async def test_never_changes_or_removes_a_step(api: Api):
    await filed(api, of_commitment(A1))
    for statement in ("UPDATE dispute_event SET act = 'upheld'", "DELETE FROM dispute_event"):
        with pytest.raises(Exception, match="never changed or removed"):
            async with unit_of_work(api.app.state.database) as session:
                await session.execute(text(statement))


async def test_counts_many_targets_at_once_and_keeps_areas_apart(api: Api, app: Any):
    for area in (A1, A1, A3):
        await filed(api, of_commitment(area))
    kind = TargetKind.COMMITMENT_STATUS
    targets = [DisputeTarget(kind, "C01", area) for area in (A1, A2, A3)]
    async with app.state.database.reading() as session:
        now = await session.scalar(select(func.max(Dispute.filed_at)))
        found = await dispute_counts(session, targets, now=now)
    assert [found[one] for one in targets] == [
        DisputeCounts(open=2),
        DisputeCounts(),
        DisputeCounts(open=1),
    ]


async def test_keeps_no_words_in_the_audit_trail(api: Api):
    officer, priority = await disputing.ended_priority(api)
    _, dispute = await filed(api, dispute_of(priority))
    await act(officer, dispute, "answer", ANSWER)
    trail = (await (await api.as_("auditor")).get("/v1/audit")).text
    assert dispute["id"] in trail
    assert TEXT not in trail


async def test_tells_the_feed_of_changes_of_every_step_and_of_no_person(api: Api):
    me = await api.as_("resident", wards=(A1,), subject="sam-the-filer")
    dispute = await made(await me.post("/v1/disputes", json=of_commitment(A1)))
    await act(me, dispute, "withdrawal")
    page = (await api.get("/v1/changes")).json()
    told = [(one["action"], one["id"]) for one in page["items"] if one["noun"] == "dispute"]
    assert told == [("file_dispute", dispute["id"]), ("withdraw_dispute", dispute["id"])]
    assert "sam-the-filer" not in str(page)
