"""The look-up: the straight way and FastAPI's way give one answer."""

import random
from typing import Any

import pytest

from tests.factories import A1, A2, ALDER, B1, ORIGIN, STEP, centre
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("lat=48.85&lng=2.35", 404, "outside_coverage"),
        ("lat=51.5&lon=-0.1", 400, "unknown_parameter"),
        ("lat=51.5", 422, "invalid_request"),
        ("", 422, "invalid_request"),
        ("lat=51.5&lng=-0.1&postcode=AL11AA", 422, "invalid_request"),
        ("lat=91&lng=0", 422, "validation_failed"),
        ("lat=nan&lng=0", 422, "validation_failed"),
        ("lat=1e400&lng=0", 422, "validation_failed"),
        ("lat=x&lng=0", 422, "validation_failed"),
        ("postcode=HELLO", 422, "invalid_request"),
        ("postcode=ZZ9%209ZZ", 404, "postcode_not_found"),
        ("postcode=AL11AA&as_of=2999-01-01", 422, "invalid_request"),
        ("postcode=AL11AA&as_of=yesterday", 422, "validation_failed"),
    ],
)
async def test_refuses_what_is_no_place(api: Api, query: str, status: int, code: str) -> None:
    assert_problem(await api.get(f"/v1/locate?{query}"), status, code)


async def test_finds_the_ward_of_a_point(api: Api) -> None:
    found = (await api.get("/v1/locate", params=centre(0, 1))).json()
    assert found["ward"] == {"code": A2, "name": "Alder 2"}
    assert found["borough"] == {"code": ALDER, "name": "Alder"}
    assert found["certainty"] == "indicative"
    assert 300 < found["distance_to_boundary_m"] < 600
    assert found["near_boundary"] is False


async def test_gives_a_point_on_a_shared_line_to_the_lower_code(api: Api) -> None:
    line = {"lat": ORIGIN[1] + STEP, "lng": ORIGIN[0] + STEP / 2}
    found = (await api.get("/v1/locate", params=line)).json()
    assert found["ward"]["code"] == min(A1, B1)
    assert found["near_boundary"] is True


@pytest.mark.parametrize("text", ["AL1 1AA", "al11aa", " aL1 1aa "])
async def test_finds_the_ward_of_a_postcode_in_any_spacing_and_case(api: Api, text: str) -> None:
    found = (await api.get("/v1/locate", params={"postcode": text})).json()
    assert found["ward"]["code"] == A1
    assert found["certainty"] == "exact"
    assert found["postcode"] == "AL1 1AA"


async def test_answers_alike_on_the_straight_way_and_on_fastapis(api: Api) -> None:
    rng = random.Random(7)
    for _ in range(60):
        lat = ORIGIN[1] + rng.uniform(-0.2, 3.2) * STEP
        lng = ORIGIN[0] + rng.uniform(-0.2, 3.2) * STEP
        straight = await api.get(f"/v1/locate?lat={lat}&lng={lng}")
        usual = await api.get(f"/v1/locate?lat={lat}&lng={lng}&as_of=2024-01-01")
        assert _told(straight) == _told(usual)


def _told(answer: Any) -> tuple[Any, ...]:
    kept = ("etag", "cache-control", "vary", "content-type", "content-length")
    body = answer.json()
    body.pop("instance", None)
    headers = {name: answer.headers.get(name) for name in kept}
    return answer.status_code, body, headers if answer.status_code == 200 else None
