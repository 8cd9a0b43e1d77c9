"""Places over HTTP: boroughs and boundaries."""

import pytest

from tests.factories import A1
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


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
