"""Ready answers: used while nothing was written, dropped at once after, never across callers."""

import pytest

from app.answers import Answers
from app.database import Database
from app.dependencies import unit_of_work
from app.models.wards import Borough
from tests.factories import ALDER, BIRCH
from tests.support import Api

pytestmark = pytest.mark.anyio


async def rename(database: Database, name: str, answers: object = None) -> None:
    async with unit_of_work(database, answers) as session:
        borough = await session.get_one(Borough, ALDER)
        borough.name = name


async def test_gives_a_ready_answer_again_without_asking_the_database(api: Api) -> None:
    path = f"/v1/boroughs/{BIRCH}"
    first = await api.get(path)
    async with api.app.state.database.engine.begin() as connection:
        await connection.exec_driver_sql(
            f"UPDATE borough SET name = 'Unseen' WHERE code = '{BIRCH}'"
        )
    again = await api.get(path)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


async def test_forgets_its_answers_when_this_process_writes(api: Api) -> None:
    path = f"/v1/boroughs/{ALDER}"
    assert (await api.get(path)).json()["name"] == "Alder"
    await rename(api.app.state.database, "Elder", api.app.state.answers)
    assert (await api.get(path)).json()["name"] == "Elder"


async def test_answers_not_modified_from_memory(api: Api) -> None:
    first = await api.get("/v1/boroughs")
    again = await api.get("/v1/boroughs", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_keeps_no_answer_that_was_being_made_while_something_was_written(api: Api) -> None:
    answers = api.app.state.answers
    scope = {"path": "/v1/boroughs", "query_string": b"", "headers": [(b"accept", b"*/*")]}
    key = answers.key(scope)
    response = await api.get("/v1/boroughs")
    answers.moved_to(answers.revision + 1)
    from fastapi import Response

    made = Response(response.content, media_type="application/json", headers={"etag": '"x"'})
    answers.keep(key, made, revision=answers.revision - 1, fresh_for=60)
    assert answers.find(key) is None


async def test_a_header_sent_twice_leaves_no_answer_for_others(api: Api) -> None:
    twice = [("Accept", "text/csv"), ("Accept", "application/json")]
    await api.client.get("/v1/wards", headers=twice)
    answer = await api.get("/v1/wards", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", [b"accept", b"accept-encoding"])
@pytest.mark.parametrize("first", [b"", b"gzip"])
async def test_a_header_sent_twice_has_no_key(name: bytes, first: bytes) -> None:
    scope = {"path": "/v1/wards", "query_string": b"", "headers": [(name, first), (name, b"a/b")]}
    assert Answers().key(scope) is None
    assert Answers().key(scope | {"headers": scope["headers"][:1]}) is not None


async def test_never_shares_an_answer_given_to_a_signed_in_caller(api: Api) -> None:
    officer = await api.as_("admin")
    path = f"/v1/boroughs/{BIRCH}"
    await officer.get(path)
    key = (path, b"", b"*/*", True)
    assert api.app.state.answers.find(key) is None
    await api.get(path)
    assert api.app.state.answers.find(key) is not None
