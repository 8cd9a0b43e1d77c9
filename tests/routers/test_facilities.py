"""Facilities over HTTP: refusals, hours whose history is never lost, maps, tables, 24/7 days."""

import csv
import io
from datetime import UTC, datetime

import pytest

from tests import bodies
from tests.bodies import Row
from tests.factories import ALDER, BIRCH, CITY
from tests.routers.conftest import Clock
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

OFFICE = {"monday": [["09:00", "17:00"]]}
CUT = bodies.hours_body(valid_from="2024-03-01", is_24_7=False, weekly=OFFICE)


@pytest.fixture
async def leader(api: Api) -> Api:
    return await api.as_("borough_superintendent", boroughs=(ALDER,))


async def open_counter(leader: Api, **facts: object) -> Row:
    facility = await bodies.make_facility(leader, **facts)
    answer = await bodies.put_hours(leader, facility, bodies.hours_body())
    assert answer.status_code == 200, answer.text
    found: Row = answer.json()
    return found


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"borough": "E09000999"}, 404, "not_found"),
        ({"borough": CITY}, 409, "not_policed_by_met"),
        ({"borough": BIRCH}, 422, "facility_outside_borough"),
        ({"location": {"lat": 52.5, "lng": 0}}, 422, "facility_outside_borough"),
        ({"opened_on": "1999-01-01"}, 422, "invalid_request"),
        ({"kind": "castle"}, 422, "validation_failed"),
    ],
)
async def test_refuses_a_facility_that_cannot_be(
    api: Api, change: Row, status: int, code: str
) -> None:
    admin = await api.as_("admin")
    answer = await admin.post("/v1/facilities", json=bodies.facility_body(**change))
    assert_problem(answer, status, code)
    assert (await api.get("/v1/facilities")).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"valid_from": "2023-09-30"}, 409, "facility_closed"),
        ({"valid_from": "1999-09-30"}, 422, "invalid_request"),
        ({"verified_on": "2099-01-01"}, 422, "invalid_request"),
        ({"weekly": OFFICE}, 422, "invalid_request"),
        ({"is_24_7": False, "weekly": {"monday": [["17:00", "09:00"]]}}, 422, "invalid_request"),
        ({"is_24_7": False, "weekly": {"someday": []}}, 422, "validation_failed"),
        ({"is_24_7": False, "weekly": {"monday": [["9:00", "10:00"]]}}, 422, "validation_failed"),
    ],
)
async def test_refuses_hours_that_cannot_be(
    leader: Api, api: Api, change: Row, status: int, code: str
) -> None:
    facility = await bodies.make_facility(leader)
    answer = await bodies.put_hours(leader, facility, bodies.hours_body(**change))
    assert_problem(answer, status, code)
    found = (await api.get(f"/v1/facilities/{facility['id']}")).json()
    assert (found["history"], found["open_now"]) == ([], None)


async def test_a_change_closes_the_hours_before_and_keeps_them(leader: Api, api: Api) -> None:
    counter = await open_counter(leader)
    changed = await bodies.put_hours(leader, counter, CUT)
    rows = changed.json()["history"]
    assert [(r["valid_from"], r["valid_to"], r["is_24_7"]) for r in rows] == [
        ("2023-10-01", "2024-03-01", True),
        ("2024-03-01", None, False),
    ]
    assert rows[0]["id"] == counter["history"][0]["id"]
    path = f"/v1/facilities?borough={ALDER}"
    for day, always in (("2024-02-29", True), ("2024-03-01", False)):
        (one,) = (await api.get(path, params={"borough": ALDER, "on": day})).json()["items"]
        assert one["open_24_7"] is always
        found = await api.get("/v1/facilities", params={"on": day, "open_24_7": always})
        assert len(found.json()["items"]) == 1
        other = await api.get("/v1/facilities", params={"on": day, "open_24_7": not always})
        assert other.json()["items"] == []


async def test_a_correction_needs_a_reason_and_retracts_without_removing(
    leader: Api, api: Api
) -> None:
    counter = await open_counter(leader)
    await bodies.put_hours(leader, counter, CUT)
    earlier = {**CUT, "valid_from": "2024-02-01"}
    assert_problem(await bodies.put_hours(leader, counter, earlier), 422, "reason_required")
    corrected = await bodies.put_hours(leader, counter, {**earlier, "reason": "Cut in February"})
    rows = corrected.json()["history"]
    assert [(r["valid_from"], r["valid_to"], r["retracted_reason"]) for r in rows] == [
        ("2023-10-01", "2024-02-01", None),
        ("2024-02-01", None, None),
        ("2024-03-01", None, "Cut in February"),
    ]
    auditor = await api.as_("auditor")
    trail = (await auditor.get("/v1/audit", params={"borough": ALDER})).json()["items"]
    acts = [one for one in trail if one["subject_kind"] == "facility"]
    assert [one["action"] for one in acts] == [
        "correct_facility_hours",
        "set_facility_hours",
        "set_facility_hours",
        "create_facility",
    ]
    assert [row["valid_to"] for row in acts[0]["detail"]["before"]["hours"]] == ["2024-03-01", None]


async def test_the_same_first_day_twice_is_a_correction(leader: Api) -> None:
    counter = await open_counter(leader)
    again = await bodies.put_hours(leader, counter, bodies.hours_body(reason="Seen again"))
    rows = again.json()["history"]
    assert [row["retracted_at"] is None for row in rows] == [False, True]


async def test_refuses_stale_and_unconditional_hours(leader: Api) -> None:
    counter = await open_counter(leader)
    assert_problem(await bodies.put_hours(leader, counter, CUT, '"1"'), 412, "stale_version")
    path = f"/v1/facilities/{counter['id']}/hours"
    assert_problem(await leader.put(path, json=CUT), 428, "precondition_required")
    read = await leader.get(f"/v1/facilities/{counter['id']}")
    done = await bodies.put_hours(leader, counter, CUT, read.headers["etag"])
    assert done.status_code == 200


async def test_closes_for_good_with_a_reason_and_can_open_again(leader: Api, api: Api) -> None:
    counter = await open_counter(leader)
    path = f"/v1/facilities/{counter['id']}"
    assert_problem(
        await leader.patch(path, json={"closed_on": "2024-06-01"}), 422, "reason_required"
    )
    for wrong in (
        {"closed_on": "2023-09-30", "close_reason": "Sold"},
        {"close_reason": "Sold"},
        {"closed_on": "2224-06-01", "close_reason": "Sold"},
    ):
        assert_problem(await leader.patch(path, json=wrong), 422, "invalid_request")
    closing = {"closed_on": "2024-06-01", "close_reason": "Sold"}
    shut = (await leader.patch(path, json=closing)).json()
    assert (shut["in_service"], shut["open_now"], shut["hours"]) == (False, False, None)
    assert (await api.get("/v1/facilities")).json()["items"] == []
    kept = (await api.get("/v1/facilities", params={"with_closed": True})).json()["items"]
    assert [one["close_reason"] for one in kept] == ["Sold"]
    reopened = (await leader.patch(path, json={"closed_on": None})).json()
    assert (reopened["close_reason"], reopened["open_now"]) == (None, True)


async def test_says_whether_it_is_open_now_by_the_london_clock(
    leader: Api, api: Api, clock: Clock
) -> None:
    facility = await bodies.make_facility(leader)
    weekly = {"sunday": [["01:00", "02:00"]]}
    await bodies.put_hours(leader, facility, bodies.hours_body(is_24_7=False, weekly=weekly))
    for hour, expected in ((0, True), (1, True), (2, False)):
        clock.set(datetime(2024, 10, 27, hour, 30, tzinfo=UTC))
        answer = await api.get(f"/v1/facilities/{facility['id']}")
        assert answer.json()["open_now"] is expected, hour


async def test_counts_the_days_of_a_borough_with_a_counter_that_never_closes(
    leader: Api, api: Api
) -> None:
    counter = await open_counter(leader)
    await bodies.put_hours(leader, counter, CUT)
    path = f"/v1/boroughs/{ALDER}/front-counters"
    found = (await api.get(path, params={"from": "2024-02-01", "to": "2024-04-01"})).json()
    assert (found["days_with"], found["days_without"]) == (29, 31)
    assert (found["holds"], found["since"]) == (False, "2024-03-01")
    assert found["gaps"][0]["cause"] == "hours_changed"
    assert found["gaps"][0]["facility_id"] == counter["id"]
    birch = (await api.get(f"/v1/boroughs/{BIRCH}/front-counters")).json()
    assert (birch["measured"], birch["recorded"], birch["holds"]) == (True, False, False)
    city = (await api.get(f"/v1/boroughs/{CITY}/front-counters")).json()
    assert (city["measured"], city["spans"]) == (False, [])
    assert "force of its own" in city["reason"]


async def test_comes_as_a_map_and_as_a_table(leader: Api, api: Api) -> None:
    counter = await open_counter(leader, name="=1+1")
    await bodies.put_hours(leader, counter, CUT)
    await bodies.make_facility(leader, kind="base", location=None)
    map_ = (await api.get("/v1/facilities", params={"f": "geojson", "on": "2024-05-01"})).json()
    assert map_["type"] == "FeatureCollection"
    shapes = {one["properties"]["kind"]: one["geometry"] for one in map_["features"]}
    assert shapes == {
        "front_counter": {"type": "Point", "coordinates": [-0.095, 51.505]},
        "base": None,
    }
    query = {"on": "2024-05-01", "kind": "front_counter"}
    table = await api.get("/v1/facilities", params=query, headers={"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["name"], row["weekly"], row["open_24_7"]) == (
        "'=1+1",
        "monday 09:00-17:00",
        "false",
    )
    assert (row["lat"], row["lng"], row["borough_name"]) == ("51.505", "-0.095", "Alder")


async def test_pages_through_facilities(leader: Api, api: Api) -> None:
    made = {(await bodies.make_facility(leader, name=f"Base {n}"))["id"] for n in range(3)}
    seen, path = set(), "/v1/facilities?limit=2"
    while path:
        page = (await api.get(path)).json()
        seen |= {one["id"] for one in page["items"]}
        path = page["next"]
    assert seen == made
