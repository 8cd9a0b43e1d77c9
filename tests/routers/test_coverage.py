"""Coverage of wards and boroughs over HTTP."""

from datetime import date
from typing import Any

import pytest

from app.dependencies import unit_of_work
from app.models.teams import CoverageStandard
from tests.factories import A1, A2, A3, ALDER, BIRCH, C1, CITY
from tests.routers.test_team_view import DWO, away, staffed
from tests.statements import selects_of
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

MARCH = {"from": "2026-03-01", "to": "2026-04-01"}


@pytest.fixture
async def leader(api: Api) -> Api:
    return await api.as_("borough_superintendent", boroughs=(ALDER,))


async def coverage(api: Api, place: str, **period: str) -> dict[str, Any]:
    answer = await api.get(f"/v1/{place}/coverage", params=period or MARCH)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    "period",
    [
        {"from": "2026-03-01", "to": "2026-03-01"},
        {"from": "2025-03-01", "to": "2026-03-03"},
        {"from": "0001-01-01"},
        {"to": "0001-01-01"},
        {"to": "9999-12-31"},
    ],
)
async def test_refuses_a_period_that_makes_no_sense(api: Api, period: dict[str, str]) -> None:
    for place in (f"wards/{A1}", f"boroughs/{ALDER}"):
        answer = await api.get(f"/v1/{place}/coverage", params=period)
        assert_problem(answer, 422, "invalid_request")


async def test_refuses_places_it_does_not_know(api: Api) -> None:
    assert_problem(await api.get("/v1/wards/E05099999/coverage"), 404, "not_found")
    assert_problem(await api.get("/v1/boroughs/E09000999/coverage"), 404, "not_found")


async def test_tells_posted_from_available_day_by_day(api: Api, leader: Api) -> None:
    await staffed(leader, "PC Ada Example")
    _, ben = await staffed(leader, "PC Ben Example")
    await staffed(leader, "PCSO Cy Example", "pcso", starts_on="2026-03-03", fte=1)
    for days in (away("2026-03-10", "2026-03-12"), away("2026-03-30", "2026-04-09")):
        await leader.post(f"/v1/postings/{ben}/abstractions", json=days | {"exceptional": False})
    found = await coverage(api, f"wards/{A1}")
    assert (found["from"], found["to"], found["measured"]) == ("2026-03-01", "2026-04-01", True)
    assert [(s["starts_on"], s["days"]) for s in found["spans"]] == [
        ("2026-03-01", 2),
        ("2026-03-03", 7),
        ("2026-03-10", 2),
        ("2026-03-12", 18),
        ("2026-03-30", 2),
    ]
    assert found["spans"][2]["roles"][0] == {
        "role": DWO,
        "required": 2,
        "posted": 2.0,
        "available": 1.0,
    }
    assert found["figures"] == {
        "days": 31,
        "days_with_standard": 31,
        "compliant_days_posted": 29,
        "compliant_days_available": 25,
        "vacancy_days": 2,
        "vacant_officer_days": 2.0,
        "posted_officer_days": 91.0,
        "abstracted_officer_days": 4.0,
        "exceptional_officer_days": 0.0,
        "abstraction_share": 0.044,
    }


async def test_a_listed_wards_higher_minimum_wins(api: Api, leader: Api) -> None:
    await staffed(leader, "PC Ada Example", fte=1)
    async with unit_of_work(api.app.state.database, api.app.state.answers) as session:
        session.add_all(
            CoverageStandard(
                role=role,
                minimum=minimum,
                ward_code=A1,
                valid_from=date(2026, 3, 11),
                source="synthetic",
            )
            for role, minimum in ((DWO, 3), ("pcso", 0))
        )
    spans = (await coverage(api, f"wards/{A1}"))["spans"]
    required = [{r["role"]: r["required"] for r in span["roles"]} for span in spans]
    assert required == [{DWO: 2, "pcso": 1}, {DWO: 3, "pcso": 1}]
    other = (await coverage(api, f"wards/{A2}"))["spans"]
    assert [r["required"] for r in other[0]["roles"]] == [2, 1]
    standards = (await api.get("/v1/coverage-standards")).json()["items"]
    assert [s["minimum"] for s in standards if s["ward_code"] is None] == [2, 1]
    assert sum(s["ward_code"] == A1 for s in standards) == 2


async def test_before_the_standard_there_is_nothing_to_comply_with(api: Api) -> None:
    found = await coverage(api, f"wards/{A1}", **{"from": "2023-09-24", "to": "2023-10-04"})
    assert found["figures"]["days"] == 10
    assert found["figures"]["days_with_standard"] == 3
    assert found["figures"]["vacancy_days"] == 3


async def test_a_borough_is_the_sum_of_its_wards(api: Api, leader: Api) -> None:
    await staffed(leader, "PC Ada Example")
    await staffed(leader, "PC Ben Example", ward_code=A2, fte=0.5, ends_on="2026-03-11")
    found = await coverage(api, f"boroughs/{ALDER}")
    assert [line["ward"]["code"] for line in found["wards"]] == [A1, A2, A3]
    assert found["borough"] == {"code": ALDER, "name": "Alder"}
    for name in ("days", "vacancy_days", "posted_officer_days", "vacant_officer_days"):
        assert found["figures"][name] == sum(line["figures"][name] for line in found["wards"])
    assert found["figures"]["days"] == 93
    assert found["figures"]["posted_officer_days"] == 36.0
    alone = await coverage(api, f"wards/{A2}")
    assert alone["figures"] == found["wards"][1]["figures"]


async def test_the_city_says_why_it_is_not_measured(api: Api) -> None:
    for place in (f"wards/{C1}", f"boroughs/{CITY}"):
        found = await coverage(api, place)
        assert (found["measured"], found["figures"]) == (False, None)
        assert "City of London" in found["reason"]


async def test_by_default_measures_the_28_days_that_end_with_today(api: Api) -> None:
    for place in (f"wards/{A1}", f"boroughs/{BIRCH}"):
        found = (await api.get(f"/v1/{place}/coverage")).json()
        first, end = date.fromisoformat(found["from"]), date.fromisoformat(found["to"])
        assert (end - first).days == 28


async def test_a_borough_takes_five_statements_however_many_wards(api: Api, leader: Api) -> None:
    for ward in (A1, A2, A3):
        await staffed(leader, f"PC of {ward}", ward_code=ward)
    with selects_of(api.app.state.database) as selects:
        await coverage(api, f"boroughs/{ALDER}")
    assert len(selects) == 5
