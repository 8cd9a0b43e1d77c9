"""Evidence over HTTP: refused unless it fits and comes from the area, then public for good."""

from typing import Any

import pytest

from tests.factories import A1, A2, ALDER, B1, BIRCH
from tests.refreshing import finding
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

SERIES = [{"month": "2026-08", "concern": "burglary", "count": 7}]


async def test_refuses_evidence_from_nobody(api: Api) -> None:
    assert_problem(await api.post("/v1/evidence", json=finding()), 401, "not_authenticated")


async def test_refuses_evidence_from_a_resident(api: Api) -> None:
    resident = await api.as_("resident", wards=(A1,))
    assert_problem(await resident.post("/v1/evidence", json=finding()), 403, "not_allowed")


async def test_refuses_evidence_about_another_ward(api: Api) -> None:
    partner = await api.as_("partner", wards=(A2,))
    assert_problem(await partner.post("/v1/evidence", json=finding()), 403, "outside_territory")


async def test_refuses_evidence_about_a_whole_borough_from_one_ward(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    answer = await officer.post("/v1/evidence", json=finding(ward_code=None))
    assert_problem(answer, 403, "outside_territory")


async def test_refuses_a_ward_of_another_borough(api: Api) -> None:
    partner = await api.as_("partner", boroughs=(ALDER, BIRCH))
    answer = await partner.post("/v1/evidence", json=finding(ward_code=B1))
    problem = assert_problem(answer, 422, "invalid_request")
    assert problem["errors"][0]["pointer"] == "/borough_code"


async def test_names_every_concern_it_does_not_know(api: Api) -> None:
    partner = await api.as_("partner", wards=(A1,))
    odd = [{"month": "2026-08", "concern": "noise", "count": 7}]
    body = finding(mentions={"ghosts": 3, "burglary": 1}, series=odd)
    problem = assert_problem(await partner.post("/v1/evidence", json=body), 422, "unknown_concern")
    pointers = {item["pointer"] for item in problem["errors"]}
    assert pointers == {"/mentions/ghosts", "/series/0/concern"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"period_to": "2026-06-30"}, "/period_to"),
        ({"period_to": "2026-10-03"}, "/period_to"),
        ({"kind": "crime_series"}, "/series"),
        ({"series": [{**SERIES[0], "month": "2026-06"}]}, "/series/0/month"),
        ({"series": SERIES * 2}, "/series/1"),
    ],
)
async def test_refuses_evidence_that_contradicts_itself(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    partner = await api.as_("partner", wards=(A1,))
    answer = await partner.post("/v1/evidence", json=finding(**change))
    problem = assert_problem(answer, 422, "incoherent_evidence")
    assert pointer in {item["pointer"] for item in problem["errors"]}
    assert (await api.get(f"/v1/wards/{A1}/evidence")).json()["items"] == []


async def test_refuses_an_absurd_month_and_a_negative_count(api: Api) -> None:
    partner = await api.as_("partner", wards=(A1,))
    odd = [{"month": "2026-13", "concern": "burglary", "count": -1}]
    answer = await partner.post("/v1/evidence", json=finding(series=odd))
    problem = assert_problem(answer, 422, "validation_failed")
    assert len(problem["errors"]) == 2


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
async def test_refuses_an_instant_at_the_edge_of_the_calendar(api: Api, at: str) -> None:
    partner = await api.as_("partner", wards=(A1,))
    body = finding(source={"name": "x", "licence": "y", "retrieved_at": at})
    assert_problem(await partner.post("/v1/evidence", json=body), 422, "validation_failed")


async def test_knows_no_evidence_of_another_id(api: Api) -> None:
    missing = "/v1/evidence/01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"
    assert_problem(await api.get(missing), 404, "not_found")


async def test_shows_everybody_what_a_partner_submitted(api: Api) -> None:
    partner = await api.as_("partner", wards=(A1,))
    sent = await partner.post("/v1/evidence", json=finding(series=SERIES))
    assert sent.status_code == 201
    found = await api.get(sent.headers["location"])
    assert found.json() == sent.json()
    assert found.json()["mentions"] == {"burglary": 9, "robbery": 4}
    assert found.json()["source"]["licence"] == "Open Government Licence v3.0"
    assert found.json()["series"] == SERIES


async def test_does_not_submit_twice_under_one_key(api: Api) -> None:
    partner = await api.as_("partner", wards=(A1,))
    first = await partner.post("/v1/evidence", json=finding(), key="once")
    again = await partner.post("/v1/evidence", json=finding(), key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len((await api.get(f"/v1/wards/{A1}/evidence")).json()["items"]) == 1


async def test_lists_a_wards_and_its_boroughs_evidence_latest_first_page_by_page(api: Api) -> None:
    partner = await api.as_("partner", boroughs=(ALDER, BIRCH))
    sent = [
        finding(),
        finding(ward_code=None, period_to="2026-09-29"),
        finding(ward_code=A2),
        finding(kind="survey", period_to="2026-08-31"),
    ]
    for body in sent:
        assert (await partner.post("/v1/evidence", json=body)).status_code == 201
    seen, path = [], f"/v1/wards/{A1}/evidence?limit=1"
    while path:
        page = (await api.get(path)).json()
        seen += [(item["period_to"], item["ward_code"]) for item in page["items"]]
        path = page["next"]
    assert seen == [("2026-09-30", A1), ("2026-09-29", None), ("2026-08-31", A1)]
    only = await api.get(f"/v1/wards/{A1}/evidence", params={"kind": "survey"})
    assert [item["kind"] for item in only.json()["items"]] == ["survey"]
    since = await api.get(f"/v1/wards/{A1}/evidence", params={"since": "2026-09-30"})
    assert len(since.json()["items"]) == 1
