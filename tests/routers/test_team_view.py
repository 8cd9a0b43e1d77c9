"""A ward's team as everyone sees it, and the abstractions only staff see."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.factories import A1, A2, ALDER, B1, BIRCH, C1, CITY
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

DWO = "dedicated_ward_officer"


async def staffed(leader: Api, name: str, role: str = DWO, **fields: Any) -> tuple[str, str]:
    """Enter an officer, post them to A1 from the new year, and return both ids."""
    body = {"display_name": name, "rank": "Police Constable", "fictional": True}
    officer = (await leader.post("/v1/officers", json=body)).json()["id"]
    posting = {
        "officer_id": officer,
        "role": role,
        "ward_code": A1,
        "starts_on": "2026-01-01",
    } | fields
    answer = await leader.post("/v1/postings", json=posting)
    assert answer.status_code == 201, answer.text
    return officer, answer.json()["id"]


def away(first: str, last: str, **fields: Any) -> dict[str, Any]:
    days = {"starts_on": first, "ends_on": last}
    return days | {"reason": "public_order", "exceptional": False} | fields


async def team(api: Api, ward: str = A1, on: str | None = "2026-03-01") -> dict[str, Any]:
    answer = await api.get(f"/v1/wards/{ward}/team", params={"on": on} if on else {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def leader(api: Api) -> Api:
    return await api.as_("borough_superintendent", boroughs=(ALDER,), subject="superintendent")


async def test_refuses_unknown_wards_and_days_out_of_time(api: Api) -> None:
    assert_problem(await api.get("/v1/wards/E05099999/team"), 404, "not_found")
    for day in ("0001-01-01", "9999-12-31"):
        answer = await api.get(f"/v1/wards/{A1}/team", params={"on": day})
        assert_problem(answer, 422, "invalid_request")


async def test_shows_members_of_the_day_the_borough_team_and_the_vacancies(
    api: Api, leader: Api
) -> None:
    ada, _ = await staffed(leader, "PC Ada Example", fte=0.75)
    await staffed(leader, "PCSO Ben Example", "pcso", ends_on="2026-02-01")
    await staffed(leader, "PC Cy Example", starts_on="2026-03-02")
    await staffed(leader, "PC Dee Example", ward_code=A2)
    lead = {"ward_code": None, "borough_code": ALDER}
    await staffed(leader, "Insp Eve Example", "inspector", **lead)
    await staffed(leader, "PC Flo Example", "lgbt_liaison", **lead)
    found = await team(api)
    assert found["members"] == [
        {
            "officer_id": ada,
            "display_name": "PC Ada Example",
            "rank": "Police Constable",
            "role": DWO,
            "starts_on": "2026-01-01",
            "ends_on": None,
            "hidden": False,
            "fictional": True,
        }
    ]
    assert [m["display_name"] for m in found["borough_team"]] == ["Insp Eve Example"]
    assert found["vacancies"] == [
        {"role": DWO, "required": 2, "posted": 0.75, "missing": 1.25},
        {"role": "pcso", "required": 1, "posted": 0.0, "missing": 1.0},
    ]
    assert (found["ward"]["code"], found["borough"]["code"]) == (A1, ALDER)
    assert (found["on"], found["measured"], found["fictional"]) == ("2026-03-01", True, True)
    assert len((await team(api, on="2026-01-31"))["members"]) == 2
    assert [m["role"] for m in (await team(api, on=None))["borough_team"]] == [
        "inspector",
        "borough_superintendent",
    ]


async def test_a_hidden_officer_is_a_role_at_once_and_nothing_more(api: Api, leader: Api) -> None:
    ada, _ = await staffed(leader, "PC Ada Example")
    assert (await team(api))["members"][0]["display_name"] == "PC Ada Example"
    answer = await leader.patch(f"/v1/officers/{ada}", json={"hidden": True})
    assert answer.json()["hidden"] is True
    found = await api.get(f"/v1/wards/{A1}/team", params={"on": "2026-03-01"})
    assert found.json()["members"] == [
        {
            "officer_id": None,
            "display_name": None,
            "rank": None,
            "role": DWO,
            "starts_on": None,
            "ends_on": None,
            "hidden": True,
            "fictional": True,
        }
    ]
    assert ada not in found.text
    assert found.json()["vacancies"][0]["posted"] == 1.0


async def test_no_cache_outside_may_keep_a_name_without_asking(api: Api) -> None:
    for _ in range(2):
        answer = await api.get(f"/v1/wards/{A1}/team")
        assert answer.headers["cache-control"] == "public, no-cache"
        assert answer.headers["etag"]


async def test_the_city_is_shown_and_measured_by_nobody_here(api: Api) -> None:
    found = await team(api, C1)
    assert (found["measured"], found["members"], found["vacancies"]) == (False, [], [])
    assert "City of London" in found["reason"]
    assert found["borough"]["code"] == CITY


@pytest.mark.parametrize(
    ("days", "status", "code"),
    [
        (away("2025-12-31", "2026-01-02"), 422, "abstraction_outside_posting"),
        (away("2026-06-29", "2026-07-02"), 422, "abstraction_outside_posting"),
        (away("2026-02-02", "2026-02-02"), 422, "invalid_request"),
        (away("2026-03-09", "2026-03-11"), 409, "abstraction_overlap"),
        (away("2026-02-01", "2026-02-02", reason="sickness"), 422, "validation_failed"),
    ],
)
async def test_refuses_an_abstraction_that_cannot_be(
    leader: Api, days: dict[str, Any], status: int, code: str
) -> None:
    _, posting = await staffed(leader, "PC Ada Example", ends_on="2026-07-01")
    address = f"/v1/postings/{posting}/abstractions"
    first = await leader.post(address, json=away("2026-03-10", "2026-03-12"))
    assert first.status_code == 201
    assert_problem(await leader.post(address, json=days), status, code)
    assert len((await leader.get(address)).json()["items"]) == 1


async def test_an_absence_recorded_ten_times_at_once_is_recorded_once(leader: Api) -> None:
    _, posting = await staffed(leader, "PC Ada Example")
    address = f"/v1/postings/{posting}/abstractions"
    body = away("2026-03-10", "2026-03-12")
    answers = await asyncio.gather(*(leader.post(address, json=body) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len((await leader.get(address)).json()["items"]) == 1


async def test_abstractions_are_recorded_by_supervisors_and_read_by_staff_of_the_area(
    api: Api, leader: Api
) -> None:
    _, posting = await staffed(leader, "PC Ada Example")
    address = f"/v1/postings/{posting}/abstractions"
    body = away("2026-03-10", "2026-03-12", exceptional=True, note="State visit")
    elsewhere = await api.as_("sergeant", wards=(A2,))
    assert_problem(await elsewhere.post(address, json=body), 403, "outside_territory")
    assert_problem(await elsewhere.get(address), 403, "outside_territory")
    officer = await api.as_("ward_officer", wards=(A1,))
    assert_problem(await officer.post(address, json=body), 403, "not_allowed")
    assert_problem(await api.get(address), 401, "not_authenticated")
    sergeant = await api.as_("sergeant", wards=(A1,))
    made = await sergeant.post(address, json=body)
    assert made.status_code == 201, made.text
    assert made.json()["note"] == "State visit"
    assert (await officer.get(made.headers["location"])).json() == made.json()
    assert (await sergeant.get(address)).json()["items"] == [made.json()]
    lost = await sergeant.get(made.headers["location"][:-1] + "z")
    assert_problem(lost, 422, "validation_failed")
    assert "State visit" not in (await api.get(f"/v1/wards/{A1}/coverage")).text


async def test_staff_see_the_postings_of_their_own_area(api: Api, leader: Api) -> None:
    _, here = await staffed(leader, "PC Ada Example")
    admin = await api.as_("admin")
    _, there = await staffed(admin, "PC Ben Example", ward_code=B1)
    officer = await api.as_("ward_officer", wards=(A1,))
    listed = (await officer.get("/v1/postings", params={"on": "2026-03-01"})).json()["items"]
    assert [item["id"] for item in listed] == [here]
    analyst = await api.as_("analyst")
    birch = (await analyst.get("/v1/postings", params={"borough": BIRCH})).json()["items"]
    assert [item["id"] for item in birch] == [there]
    ward = (await analyst.get("/v1/postings", params={"ward": A1})).json()["items"]
    assert here in {item["id"] for item in ward}
    resident = await api.as_("resident", wards=(A1,))
    assert_problem(await resident.get("/v1/postings"), 403, "not_allowed")


@pytest.fixture
async def days_away(leader: Api) -> list[httpx.Response]:
    """Two abstractions of one posting, one after the other."""
    _, posting = await staffed(leader, "PC Ada Example")
    address = f"/v1/postings/{posting}/abstractions"
    days = (away("2026-03-10", "2026-03-20", note="State visit"), away("2026-03-20", "2026-03-25"))
    return [await leader.post(address, json=body) for body in days]


async def abstracted(api: Api) -> float:
    path = f"/v1/wards/{A1}/coverage?from=2026-03-01&to=2026-04-01"
    return float((await api.get(path)).json()["figures"]["abstracted_officer_days"])


async def test_corrects_an_abstraction_whose_officer_came_back_early(
    api: Api, leader: Api, days_away: list[httpx.Response]
) -> None:
    first, early = days_away[0].headers["location"], {"ends_on": "2026-03-12"}
    officer = await api.as_("ward_officer", wards=(A1,))
    assert_problem(await officer.patch(first, json=early), 403, "not_allowed")
    elsewhere = await api.as_("sergeant", wards=(A2,))
    assert_problem(await elsewhere.patch(first, json=early), 403, "outside_territory")
    bare = await leader.patch(first, json=early, etag=None)
    assert_problem(bare, 428, "precondition_required")
    for wrong, status, code in (
        ({"ends_on": "2026-03-22"}, 409, "abstraction_overlap"),
        ({"ends_on": "2026-03-10"}, 422, "invalid_request"),
        ({"starts_on": "2025-12-30"}, 422, "abstraction_outside_posting"),
    ):
        assert_problem(await leader.patch(first, json=wrong), status, code)
    assert (await leader.get(first)).json() == days_away[0].json()
    assert await abstracted(api) == 15.0
    etag = days_away[0].headers["etag"]
    mended = await leader.patch(first, json=early, etag=etag)
    assert mended.status_code == 200, mended.text
    assert mended.json() == {**days_away[0].json(), **early, "version": 2}
    assert_problem(await leader.patch(first, json=early, etag=etag), 412, "stale_version")
    assert await abstracted(api) == 7.0


async def test_withdraws_an_abstraction_that_never_was_and_keeps_what_it_said(
    api: Api, leader: Api, days_away: list[httpx.Response]
) -> None:
    second = days_away[1].headers["location"]
    address, body = second.rpartition("/")[0], {"reason": "Entered for another officer"}
    assert (await leader.post(f"{second}/withdrawal", json=body)).json() == days_away[1].json()
    assert_problem(await leader.post(f"{second}/withdrawal", json=body), 404, "not_found")
    assert (await leader.get(address)).json()["items"] == [days_away[0].json()]
    assert await abstracted(api) == 10.0
    auditor = await api.as_("auditor")
    (entry, *_) = (await auditor.get("/v1/audit", params={"limit": 1})).json()["items"]
    assert (entry["action"], entry["reason"]) == ("withdraw_abstraction", body["reason"])
    assert entry["detail"]["before"]["ends_on"] == "2026-03-25"


async def test_open_data_ends_days_away_with_the_posting(api: Api, leader: Api) -> None:
    _, posting = await staffed(leader, "PC Ada Example")
    address = f"/v1/postings/{posting}/abstractions"
    for days in (away("2026-03-10", "2026-03-20"), away("2026-03-25", "2026-03-28")):
        assert (await leader.post(address, json=days)).status_code == 201
    ended = {"ends_on": "2026-03-15", "end_reason": "Promoted"}
    assert (await leader.patch(f"/v1/postings/{posting}", json=ended)).status_code == 200
    rows = (await api.get("/v1/open-data/abstractions?f=csv")).text.splitlines()[1:]
    assert [row.split(",")[3:5] for row in rows] == [["2026-03-10", "2026-03-15"]]
