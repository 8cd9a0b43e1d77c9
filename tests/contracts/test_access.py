"""Who may call what: every guarded operation, as every role and as nobody, exactly as declared."""

import pytest

from tests.contracts.acts import Act, Scene
from tests.contracts.calls import ROLES, Call, as_role, calls_of
from tests.contracts.territory import ANYWHERE, TERRITORY
from tests.factories import A1, A2, ALDER, B1, BIRCH
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

BY_ROLE = "may not do this."
"""How a call is refused for the caller's role alone."""


def guarded_calls(api: Api) -> list[Call]:
    return [call for call in calls_of(api.app.openapi()) if call.access != "public"]


async def test_refuses_a_call_without_a_token(api: Api) -> None:
    calls = guarded_calls(api)
    assert len(calls) > 10
    for call in calls:
        answer = await call.send(api)
        assert_problem(answer, 401, "not_authenticated")
        assert answer.headers["www-authenticate"] == "Bearer", call.operation_id


@pytest.mark.parametrize("header", ["Bearer rubbish", "Basic c2FtOnNhbQ==", "Bearer"])
async def test_refuses_a_call_with_a_bad_token(api: Api, header: str) -> None:
    for call in guarded_calls(api):
        answer = await call.send(api, headers={"Authorization": header})
        assert_problem(answer, 401, "not_authenticated")


@pytest.mark.parametrize("role", ROLES)
async def test_lets_a_role_make_its_calls_and_no_others(api: Api, role: str) -> None:
    caller = await as_role(api, role)
    for call in guarded_calls(api):
        answer = await call.send(caller)
        if role in call.allowed:
            assert answer.status_code != 401, (call.operation_id, answer.text)
            assert BY_ROLE not in answer.text, (call.operation_id, answer.text)
        else:
            assert BY_ROLE in assert_problem(answer, 403, "not_allowed")["detail"]


async def test_tells_a_refused_role_nothing_about_its_body(api: Api) -> None:
    resident = await as_role(api, "resident")
    for call in guarded_calls(api):
        if "resident" not in call.allowed and call.example is not None:
            assert_problem(await call.send(resident, json={"x": 1}), 403, "not_allowed")


async def test_every_public_call_needs_no_token(api: Api) -> None:
    for call in calls_of(api.app.openapi()):
        if call.access == "public":
            answer = await call.send(api)
            assert answer.status_code not in {401, 403}, (call.operation_id, answer.text)


async def test_every_guarded_call_is_bound_to_a_territory_or_says_why_not(api: Api) -> None:
    known = {act.operation_id for act in TERRITORY} | ANYWHERE.keys()
    guarded = {call.operation_id for call in guarded_calls(api)}
    assert guarded == known, "tests/contracts/territory.py knows every guarded operation"


@pytest.mark.parametrize("act", TERRITORY, ids=lambda act: f"{act.operation_id}-{act.role}")
async def test_lets_a_caller_act_in_their_own_territory_only(api: Api, act: Act) -> None:
    scene: Scene = await act.prepare(api)
    elsewhere = [
        await act.caller(api, ward=B1, borough=BIRCH),
        await act.caller_whose_posting_ended(api, ward=A1, borough=ALDER),
    ]
    if act.by_ward:
        elsewhere.append(await act.caller(api, ward=A2, borough=ALDER))
    for caller in elsewhere:
        answer = await act.send(caller, scene)
        assert_problem(answer, act.refused_with[0], act.refused_with[1])
    answer = await act.send(await act.caller(api, ward=A1, borough=ALDER), scene)
    assert answer.status_code < 300, (act.operation_id, answer.text)
