"""A staff POST has one effect under its Idempotency-Key, however often it is sent."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.dependencies import unit_of_work
from app.models.identity import IdempotentAnswer
from tests.factories import A1, A2
from tests.priorities import set_body
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

SETS = f"/v1/wards/{A1}/priority-sets"


async def officer_of(api: Api) -> Api:
    return await api.as_("ward_officer", wards=(A1, A2))


async def test_refuses_a_staff_post_without_a_key(api: Api) -> None:
    officer = await officer_of(api)
    answer = await officer.post(SETS, json=set_body("burglary"), key="")
    assert_problem(answer, 400, "idempotency_key_required")


async def test_refuses_a_key_without_end(api: Api) -> None:
    officer = await officer_of(api)
    answer = await officer.post(SETS, json=set_body("burglary"), key="k" * 201)
    assert_problem(answer, 422, "invalid_request")


async def test_refuses_a_key_that_came_with_another_request(api: Api) -> None:
    officer = await officer_of(api)
    assert (await officer.post(SETS, json=set_body("burglary"), key="one")).status_code == 201
    other_body = await officer.post(SETS, json=set_body("fraud"), key="one")
    assert_problem(other_body, 422, "idempotency_key_reused")
    path = f"/v1/wards/{A2}/priority-sets"
    other_path = await officer.post(path, json=set_body("burglary"), key="one")
    assert_problem(other_path, 422, "idempotency_key_reused")


async def test_gives_a_retry_the_first_answer(api: Api) -> None:
    officer = await officer_of(api)
    first = await officer.post(SETS, json=set_body("burglary"), key="one")
    again = await officer.post(SETS, json=set_body("burglary"), key="one")
    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_remembers_no_refusal(api: Api) -> None:
    officer = await officer_of(api)
    refused = await officer.post(SETS, json=set_body("dragons"), key="one")
    assert refused.status_code == 422
    assert (await officer.post(SETS, json=set_body("burglary"), key="one")).status_code == 201


async def test_keeps_the_keys_of_different_callers_apart(api: Api) -> None:
    first, second = await officer_of(api), await officer_of(api)
    assert (await first.post(SETS, json=set_body("burglary"), key="one")).status_code == 201
    path = f"/v1/wards/{A2}/priority-sets"
    assert (await second.post(path, json=set_body("burglary"), key="one")).status_code == 201


async def test_has_one_effect_when_sent_many_times_at_once(api: Api) -> None:
    officer = await officer_of(api)
    answers = await asyncio.gather(
        *(officer.post(SETS, json=set_body("burglary"), key="one") for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len((await api.get(SETS)).json()["items"]) == 1


async def test_forgets_a_key_after_a_day(api: Api) -> None:
    officer = await officer_of(api)
    first = await officer.post(SETS, json=set_body("burglary"), key="one")
    assert first.status_code == 201
    async with unit_of_work(api.app.state.database) as session:
        yesterday = datetime.now(UTC) - timedelta(hours=25)
        await session.execute(update(IdempotentAnswer).values(created_at=yesterday))
    again = await officer.post(SETS, json=set_body("burglary"), key="one")
    assert_problem(again, 409, "active_set_exists")
