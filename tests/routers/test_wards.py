"""Places over HTTP: the look-up, boroughs and boundaries."""

import pytest

from tests.factories import A1, A2, ALDER, centre
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def test_refuses_a_point_outside_london(api: Api) -> None:
    answer = await api.get("/v1/locate", params={"lat": 48.85, "lng": 2.35})
    assert_problem(answer, 404, "outside_coverage")


async def test_refuses_a_query_parameter_it_does_not_know(api: Api) -> None:
    answer = await api.get("/v1/locate", params={"lat": 51.5, "lon": -0.1})
    assert_problem(answer, 400, "unknown_parameter")


async def test_refuses_latitude_without_longitude(api: Api) -> None:
    assert_problem(await api.get("/v1/locate", params={"lat": 51.5}), 422, "invalid_request")


async def test_finds_the_ward_of_a_point(api: Api) -> None:
    answer = await api.get("/v1/locate", params=centre(0, 1))
    assert answer.status_code == 200
    found = answer.json()
    assert found["ward"] == {"code": A2, "name": "Alder 2"}
    assert found["borough"] == {"code": ALDER, "name": "Alder"}
    assert found["certainty"] == "indicative"
    assert 300 < found["distance_to_boundary_m"] < 600


@pytest.mark.parametrize("text", ["AL1 1AA", "al11aa", " aL1 1aa "])
async def test_finds_the_ward_of_a_postcode_in_any_spacing_and_case(api: Api, text: str) -> None:
    found = (await api.get("/v1/locate", params={"postcode": text})).json()
    assert found["ward"]["code"] == A1
    assert found["certainty"] == "exact"
    assert found["postcode"] == "AL1 1AA"


async def test_answers_not_modified_to_a_client_that_has_the_answer(api: Api) -> None:
    first = await api.get("/v1/boroughs")
    again = await api.get("/v1/boroughs", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_names_every_method_of_an_address_when_it_refuses_one(api: Api) -> None:
    answer = await api.request("DELETE", "/v1/boroughs")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"


async def test_refuses_a_bad_token_even_on_a_public_address(api: Api) -> None:
    answer = await Api(api.client, api.app, "rubbish").get("/healthz")
    assert answer.status_code == 200


async def test_gives_a_token_to_anyone_in_evaluation(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    assert officer.token
