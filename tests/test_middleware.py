"""The layer around every request: id, size, CORS, and one shape for the framework's own errors."""

import pytest

from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def test_gives_every_answer_a_request_id_or_keeps_a_decent_one(api: Api) -> None:
    assert len((await api.get("/healthz")).headers["x-request-id"]) == 32
    kept = await api.get("/healthz", headers={"X-Request-ID": "trace-0123456789"})
    assert kept.headers["x-request-id"] == "trace-0123456789"
    replaced = await api.get("/healthz", headers={"X-Request-ID": "bad id\x7f"})
    assert replaced.headers["x-request-id"] != "bad id\x7f"


async def test_refuses_a_body_that_says_it_is_too_large(api: Api) -> None:
    answer = await api.post("/evaluation/tokens", content=b"x" * 1_000_001)
    assert_problem(answer, 413, "body_too_large")


async def test_refuses_a_body_that_grows_too_large_without_saying_so(api: Api) -> None:
    async def chunks():
        for _ in range(11):
            yield b"x" * 100_000

    answer = await api.post(
        "/evaluation/tokens", content=chunks(), headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 413, "body_too_large")


async def test_refuses_a_body_that_is_not_json(api: Api) -> None:
    as_json = {"Content-Type": "application/json"}
    answer = await api.post("/evaluation/tokens", content=b"{nope", headers=as_json)
    assert_problem(answer, 400, "malformed_request")
    answer = await api.post(
        "/evaluation/tokens", content=b"role=admin", headers={"Content-Type": "text/plain"}
    )
    assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"role": 7}', b'{"extra": 1}'])
async def test_refuses_json_of_the_wrong_shape_with_pointers(api: Api, body: bytes) -> None:
    as_json = {"Content-Type": "application/json"}
    answer = await api.post("/evaluation/tokens", content=body, headers=as_json)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/locate/", "/favicon.ico"])
async def test_says_that_nothing_is_at_an_unknown_address(api: Api, path: str) -> None:
    assert_problem(await api.get(path), 404, "route_not_found")


async def test_answers_a_preflight_and_lets_browsers_read(api: Api) -> None:
    asked = {"Origin": "https://front.example", "Access-Control-Request-Method": "PATCH"}
    preflight = await api.request("OPTIONS", "/v1/boroughs", headers=asked)
    assert preflight.status_code == 204
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    answer = await api.get("/v1/boroughs", headers={"Origin": "https://front.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]


async def test_answers_head_like_get(api: Api) -> None:
    get, head = await api.get("/v1/boroughs"), await api.request("HEAD", "/v1/boroughs")
    assert head.status_code == 200
    assert head.headers["etag"] == get.headers["etag"]


async def test_tells_a_fault_in_the_one_shape_with_its_request_id(api: Api) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    api.app.state.atlas.get = broken
    answer = await api.get("/v1/boroughs")
    assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
