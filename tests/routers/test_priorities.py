"""A ward's priorities over HTTP: the first set, the active one, and the history."""

import asyncio
from datetime import date, timedelta
from json import dumps
from math import inf, nan
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.models.priorities import PrioritySet
from app.operations.priorities import NewPriority, publish_set
from tests.factories import A1, A2, ALDER, C1, ORIGIN
from tests.priorities import OBJECTIVE, open_set, priority, set_body, square_area
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

SETS = f"/v1/wards/{A1}/priority-sets"


async def test_refuses_a_set_from_a_pcso_and_from_nobody(api: Api) -> None:
    assert_problem(await api.post(SETS, json=set_body("burglary")), 401, "not_authenticated")
    pcso = await api.as_("pcso", wards=(A1,))
    assert_problem(await pcso.post(SETS, json=set_body("burglary")), 403, "not_allowed")


async def test_refuses_a_set_for_another_ward(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A2,))
    assert_problem(await officer.post(SETS, json=set_body("burglary")), 403, "outside_territory")


async def test_refuses_a_set_in_the_city_and_in_no_ward(api: Api) -> None:
    admin = await api.as_("admin")
    city = await admin.post(f"/v1/wards/{C1}/priority-sets", json=set_body("burglary"))
    assert "not policed by the Met" in assert_problem(city, 409, "not_policed_by_met")["detail"]
    nowhere = await admin.post("/v1/wards/E05099999/priority-sets", json=set_body("burglary"))
    assert_problem(nowhere, 404, "not_found")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (set_body(), "validation_failed", "/priorities"),
        (set_body(*"abcdef"), "validation_failed", "/priorities"),
        (set_body("dragons"), "invalid_request", "/priorities/0/concern"),
        (set_body("fraud", "fraud"), "invalid_request", "/priorities/1/concern"),
        (set_body("fraud", review_due_on="2020-01-01"), "invalid_request", "/review_due_on"),
        (set_body("fraud", decided_by="king"), "validation_failed", "/decided_by"),
        (set_body("fraud", status="active"), "validation_failed", "/status"),
        ({"decided_by": "team", "priorities": [priority("fraud", 2)]}, "invalid_request", None),
        (
            {"decided_by": "team", "priorities": [priority("fraud", 1, title=" ")]},
            "validation_failed",
            "/priorities/0/title",
        ),
        (
            {"decided_by": "team", "priorities": [priority("fraud", 1, objective={})]},
            "validation_failed",
            "/priorities/0/objective/specific",
        ),
    ],
)
async def test_refuses_a_set_that_makes_no_sense_and_keeps_nothing(
    api: Api, body: dict[str, Any], code: str, pointer: str | None
) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    problem = assert_problem(await officer.post(SETS, json=body), 422, code)
    if pointer is not None:
        assert pointer in [item["pointer"] for item in problem["errors"]]
    assert (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"] is None


@pytest.mark.parametrize(
    "area",
    [
        square_area(-0.2, 51.5),
        square_area(ORIGIN[0] - 0.008, ORIGIN[1]),
        square_area(ORIGIN[1], ORIGIN[0]),
        {"type": "Polygon", "coordinates": [[[0, 0]]]},
        {"type": "Point", "coordinates": [-0.1, 51.5]},
        {
            "type": "Polygon",
            "coordinates": [[[-0.1, 51.5], [-0.09, 51.5], [-0.09, 51.51], [-0.1, 51.52]]],
        },
        {
            "type": "Polygon",
            "coordinates": [
                [[-0.1, 51.5], [-0.09, 51.51], [-0.09, 51.5], [-0.1, 51.51], [-0.1, 51.5]]
            ],
        },
        {"type": "Polygon", "coordinates": [[[-0.1, 51.5]] * 5]},
        {"type": "Polygon", "coordinates": [[[-0.1 + i * 1e-5, 51.5] for i in range(101)]]},
        {"type": "Polygon", "coordinates": square_area(-0.1, 51.5)["coordinates"] * 21},
    ],
)
async def test_refuses_an_area_that_is_not_a_coarse_polygon_of_the_ward(
    api: Api, area: dict[str, Any]
) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    body = {"decided_by": "team", "priorities": [priority("fraud", 1, area=area)]}
    answer = await officer.post(SETS, json=body)
    assert answer.status_code == 422, answer.text
    pointers = [item["pointer"] for item in answer.json()["errors"]]
    assert all(pointer.startswith("/priorities/0/area") for pointer in pointers)


async def test_refuses_positions_that_are_not_numbers(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    body = set_body("fraud")
    body["priorities"][0]["area"] = {"type": "Polygon", "coordinates": [[[nan, inf]] * 5]}
    headers = {"Content-Type": "application/json"}
    answer = await officer.post(SETS, content=dumps(body), headers=headers)
    pointers = {
        item["pointer"] for item in assert_problem(answer, 422, "validation_failed")["errors"]
    }
    assert pointers >= {f"/priorities/0/area/coordinates/0/0/{axis}" for axis in (0, 1)}


async def test_refuses_a_second_set_and_points_to_a_refresh(api: Api) -> None:
    officer, _ = await open_set(api, "burglary")
    problem = assert_problem(
        await officer.post(SETS, json=set_body("fraud")), 409, "active_set_exists"
    )
    assert f"/v1/wards/{A1}/refreshes" in problem["detail"]


async def test_lets_exactly_one_of_twenty_open_the_first_set(api: Api, database: Database) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    posts = (officer.post(SETS, json=set_body("burglary", "fraud")) for _ in range(20))
    answers = await asyncio.gather(*posts)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 19
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "active_set_exists")
    async with database.reading() as session:
        count = (await session.execute(select(func.count()).select_from(PrioritySet))).scalar_one()
    assert count == 1


async def test_refuses_priorities_and_history_of_an_unknown_ward_or_set(api: Api) -> None:
    for path in (
        "/v1/wards/E05099999/priorities",
        "/v1/wards/E05099999/priority-sets",
        f"/v1/priority-sets/{uuid4()}",
        f"/v1/priorities/{uuid4()}",
        f"/v1/priorities/{uuid4()}/actions",
    ):
        assert_problem(await api.get(path), 404, "not_found")


async def test_answers_empty_where_no_set_is_active(api: Api) -> None:
    answer = await api.get(f"/v1/wards/{A1}/priorities")
    assert answer.status_code == 200
    assert answer.json() == {"ward": {"code": A1, "name": "Alder 1"}, "active_set": None}


async def test_lists_the_concerns_in_their_order(api: Api) -> None:
    found = (await api.get("/v1/concerns")).json()
    assert 12 <= len(found["items"]) <= 16
    assert [item["position"] for item in found["items"]] == list(range(1, len(found["items"]) + 1))
    assert {item["lead"] for item in found["items"]} == {"police", "council", "shared"}


async def test_shows_the_active_set_as_it_was_decided(api: Api) -> None:
    area = square_area(ORIGIN[0] + 0.001, ORIGIN[1] + 0.001)
    officer = await api.as_("sergeant", boroughs=(ALDER,))
    body = set_body("burglary", "fraud", "robbery")
    body["priorities"][1] |= {"area": area, "place": "The High Street", "partners": ["Council"]}
    body["priorities"].reverse()
    answer = await officer.post(SETS, json=body)
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    assert answer.headers["location"] == f"/v1/priority-sets/{opened['id']}"
    shown = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
    assert shown == opened
    set_on = date.fromisoformat(shown["set_on"])
    assert date.fromisoformat(shown["review_due_on"]) == set_on + timedelta(days=90)
    assert (shown["status"], shown["sequence"], shown["review"]) == ("active", 1, "not_due")
    first, second, _ = shown["priorities"]
    assert [p["concern"] for p in shown["priorities"]] == ["burglary", "fraud", "robbery"]
    assert first["objective"] == OBJECTIVE
    assert (first["area"], first["place"], first["partners"]) == (None, None, [])
    assert second["area"]["type"] == "Polygon"
    assert second["area"]["coordinates"][0][2] == pytest.approx([-0.097, 51.503])
    assert (second["place"], second["partners"]) == ("The High Street", ["Council"])
    assert (first["set_on"], first["last_action_on"]) == (shown["set_on"], None)
    assert (first["published_at"], first["review_due_on"]) == (
        shown["published_at"],
        shown["review_due_on"],
    )
    by_itself = await api.get(answer.headers["location"])
    assert by_itself.json() == {**opened, "changes": None}


async def test_answers_a_repeated_post_with_the_first_answer(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    first = await officer.post(SETS, json=set_body("burglary"), key="once")
    again = await officer.post(SETS, json=set_body("burglary"), key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()


async def test_says_by_how_much_a_review_is_overdue(api: Api, database: Database) -> None:
    _, opened = await open_set(api, "burglary")
    today = date.fromisoformat(opened["set_on"])
    for days, review, overdue in ((0, "due", 0), (14, "due", 0), (20, "overdue", 6)):
        due = today - timedelta(days=days)
        async with unit_of_work(database, api.app.state.answers) as session:
            await session.execute(update(PrioritySet).values(review_due_on=due))
        shown = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
        assert (shown["review"], shown["overdue_days"]) == (review, overdue)


async def follow(database: Database, answers: Any, *concerns: str, after: str) -> None:
    """Publish the next set, as a refresh would."""
    async with unit_of_work(database, answers) as session:
        current = (
            await session.scalars(select(PrioritySet).where(PrioritySet.status == "active"))
        ).one()
        assert str(current.id) == after
        await publish_set(
            session,
            Caller("sergeant", Role.SERGEANT, wards=frozenset({A1})),
            ward_code=A1,
            borough_code=ALDER,
            priorities=[
                NewPriority(rank, concern, f"About {concern}", OBJECTIVE)
                for rank, concern in enumerate(concerns, 1)
            ],
            decided_by="panel",
            review_due_on=current.review_due_on,
            expected_active_set_id=current.id,
            now=current.published_at + timedelta(seconds=1),
            today=current.set_on,
        )


async def test_keeps_the_history_with_what_each_set_changed(api: Api, database: Database) -> None:
    _, first = await open_set(api, "burglary", "fraud", "robbery")
    await follow(
        database, api.app.state.answers, "fraud", "burglary", "violence", after=first["id"]
    )
    history = (await api.get(SETS)).json()
    newest, oldest = history["items"]
    assert (newest["sequence"], oldest["sequence"], history["next"]) == (2, 1, None)
    assert oldest["changes"] is None
    assert newest["changes"] == {
        "added": ["violence"],
        "dropped": ["robbery"],
        "kept": [],
        "reranked": [
            {"concern": "fraud", "from_rank": 2, "to_rank": 1},
            {"concern": "burglary", "from_rank": 1, "to_rank": 2},
        ],
        "reworded": [],
    }
    assert (oldest["status"], oldest["review"], oldest["overdue_days"]) == ("superseded", None, 0)
    assert oldest["superseded_at"] == newest["published_at"]
    whole = (await api.get(f"/v1/priority-sets/{first['id']}")).json()
    assert {p["concern"]: (p["status"], p["awaiting_outcome"]) for p in whole["priorities"]} == {
        "burglary": ("carried_forward", False),
        "fraud": ("carried_forward", False),
        "robbery": ("in_progress", True),
    }
    active = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
    assert active["priorities"][0]["carried_from_id"] == first["priorities"][1]["id"]


async def test_pages_through_the_history_without_losing_a_change(
    api: Api, database: Database
) -> None:
    _, current = await open_set(api, "burglary")
    for concern in ("fraud", "robbery", "violence"):
        await follow(database, api.app.state.answers, concern, after=current["id"])
        current = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
    seen, path = [], f"{SETS}?limit=3"
    while path:
        page = (await api.get(path)).json()
        seen += [
            (item["sequence"], (item["changes"] or {}).get("dropped")) for item in page["items"]
        ]
        path = page["next"]
    assert seen == [(4, ["robbery"]), (3, ["fraud"]), (2, ["burglary"]), (1, None)]
