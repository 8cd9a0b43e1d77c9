"""Rounds over HTTP."""

from typing import Any

import pytest

from tests.factories import A1, ALDER, BIRCH
from tests.polling import FUTURE, leader_of, make_round, round_body
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def test_refuses_a_round_by_a_ward_officer(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    assert_problem(await officer.post("/v1/rounds", json=round_body()), 403, "not_allowed")


async def test_refuses_a_round_for_another_borough(api: Api) -> None:
    leader = await leader_of(api, BIRCH)
    assert_problem(await leader.post("/v1/rounds", json=round_body()), 403, "outside_territory")


async def test_refuses_a_round_for_all_london_unless_by_an_admin(api: Api) -> None:
    body = round_body(borough=None)
    leader, admin = await leader_of(api), await api.as_("admin")
    assert_problem(await leader.post("/v1/rounds", json=body), 403, "not_allowed")
    answer = await admin.post("/v1/rounds", json=body)
    assert (answer.status_code, answer.json()["borough"]) == (201, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"opens_at": FUTURE["closes_at"], "closes_at": FUTURE["opens_at"]}, "invalid_request"),
        ({"opens_at": FUTURE["opens_at"], "closes_at": FUTURE["opens_at"]}, "invalid_request"),
        (
            {"opens_at": "2020-01-01T00:00:00Z", "closes_at": "2020-01-02T00:00:00Z"},
            "invalid_request",
        ),
        ({"opens_at": "2125-01-01T00:00:00"}, "validation_failed"),
        ({"min_level": 3}, "validation_failed"),
        ({"borough": "E09000199"}, "not_found"),
        ({"colour": "blue"}, "validation_failed"),
    ],
)
async def test_refuses_a_round_that_makes_no_sense(
    api: Api, changes: dict[str, Any], code: str
) -> None:
    admin = await api.as_("admin")
    answer = await admin.post("/v1/rounds", json=round_body(**changes))
    assert_problem(answer, 404 if code == "not_found" else 422, code)
    assert (await api.get("/v1/rounds")).json()["items"] == []


async def test_makes_a_round_whose_secret_keys_stay_outside_the_database(api: Api) -> None:
    leader = await leader_of(api)
    answer = await leader.post("/v1/rounds", json=round_body(min_level=1))
    made = answer.json()
    assert answer.headers["location"] == f"/v1/rounds/{made['id']}"
    assert (made["status"], made["min_level"], made["borough"]) == ("open", 1, ALDER)
    assert len(bytes.fromhex(made["seal_public_key"])) == 32
    shown = await api.get(answer.headers["location"])
    assert shown.json() == made
    assert shown.headers["etag"].startswith('"1-')


async def test_lists_rounds_newest_first_in_pages(api: Api) -> None:
    leader = await leader_of(api)
    made = [(await make_round(leader, title=f"Round {n}", **FUTURE))["id"] for n in range(3)]
    first = (await api.get("/v1/rounds", params={"limit": 2})).json()
    rest = (await api.get(first["next"])).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]
    assert {item["status"] for item in first["items"]} == {"scheduled"}
    assert rest["next"] is None
