"""Every address refuses in the one shape, what the framework itself refuses included."""

import pytest

from tests.contracts.calls import Call, as_allowed, calls_of
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

TYPED = {"Content-Type": "application/json"}


def calls(api: Api, *, with_body: bool = False) -> list[Call]:
    found = [
        call for call in calls_of(api.app.openapi()) if call.example is not None or not with_body
    ]
    assert len(found) > 10
    return found


async def test_refuses_an_address_that_is_not_there(api: Api) -> None:
    for call in calls(api):
        answer = await api.get(f"{call.address}/nothing/at/all")
        assert_problem(answer, 404, "route_not_found")


async def test_refuses_a_method_and_names_those_there_are(api: Api) -> None:
    erasable = {call.path for call in calls(api) if call.method == "DELETE"}
    for call in calls(api):
        if call.path in erasable:
            continue
        answer = await api.request("DELETE", call.address)
        assert_problem(answer, 405, "method_not_allowed")
        assert call.method in answer.headers["allow"].split(", ")


async def test_refuses_an_unknown_query_parameter(api: Api) -> None:
    for call in calls(api):
        caller = await as_allowed(api, call)
        answer = await call.send(caller, params={"colour": "blue"})
        problem = assert_problem(answer, 400, "unknown_parameter")
        assert problem["errors"][0]["pointer"] == "colour", call.operation_id


async def test_refuses_a_format_that_it_does_not_have(api: Api) -> None:
    seen = 0
    for call in calls(api):
        if "406" in call.statuses:
            seen += 1
            answer = await call.send(api, headers={"Accept": "image/png"})
            assert_problem(answer, 406, "not_acceptable")
    assert seen > 0


async def test_refuses_a_body_that_is_too_large(api: Api) -> None:
    too_long = b" " * (api.app.state.settings.max_body_bytes + 1)
    for call in calls(api, with_body=True):
        caller = await as_allowed(api, call)
        answer = await call.send(caller, content=too_long, headers=TYPED)
        assert_problem(answer, 413, "body_too_large")


async def test_refuses_a_body_of_another_media_type(api: Api) -> None:
    for call in calls(api, with_body=True):
        caller = await as_allowed(api, call)
        answer = await call.send(caller, content=b"a=1", headers={"Content-Type": "text/plain"})
        assert_problem(answer, 415, "unsupported_media_type")


async def test_refuses_a_body_that_is_not_json(api: Api) -> None:
    for call in calls(api, with_body=True):
        caller = await as_allowed(api, call)
        answer = await call.send(caller, content=b'{"a": ', headers=TYPED)
        assert_problem(answer, 400, "malformed_request")


async def test_refuses_a_field_that_it_does_not_know_and_says_where(api: Api) -> None:
    for call in calls(api, with_body=True):
        caller = await as_allowed(api, call)
        answer = await call.send(caller, json={**call.example, "colour": "blue"})
        problem = assert_problem(answer, 422, "validation_failed")
        assert "/colour" in [item["pointer"] for item in problem["errors"]], call.operation_id


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"7"])
async def test_refuses_a_body_that_is_no_object(api: Api, body: bytes) -> None:
    for call in calls(api, with_body=True):
        caller = await as_allowed(api, call)
        answer = await call.send(caller, content=body, headers=TYPED)
        assert_problem(answer, 422, "validation_failed")


async def test_answers_a_head_like_a_get_without_its_body(api: Api) -> None:
    for call in calls(api):
        if call.method == "GET":
            caller = await as_allowed(api, call)
            full = await call.send(caller)
            head = await caller.request("HEAD", call.address)
            assert head.status_code == full.status_code, call.operation_id
            assert head.headers["content-type"] == full.headers["content-type"]


async def test_gives_no_answer_that_its_description_does_not_name(api: Api) -> None:
    for call in calls(api):
        caller = await as_allowed(api, call)
        answer = await call.send(caller)
        assert str(answer.status_code) in call.statuses, (call.operation_id, answer.text)
        assert answer.status_code < 500, (call.operation_id, answer.text)
