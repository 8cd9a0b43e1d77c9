"""Officers and postings over HTTP: who may post whom where, and never above full time."""

import asyncio
from typing import Any

import pytest

from tests.factories import A1, A2, ALDER, B1, BIRCH, C1, CITY
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

DWO = "dedicated_ward_officer"
STRANGER = "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"


async def new_officer(leader: Api, **fields: Any) -> str:
    body = {"display_name": "PC Ada Example", "rank": "Police Constable", "fictional": True}
    answer = await leader.post("/v1/officers", json=body | fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def posting(officer_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "officer_id": officer_id,
        "role": DWO,
        "ward_code": A1,
        "fte": 1,
        "starts_on": "2026-01-01",
    } | fields


@pytest.fixture
async def leader(api: Api) -> Api:
    return await api.as_("borough_superintendent", boroughs=(ALDER,))


async def test_refuses_to_post_in_a_borough_one_does_not_lead(api: Api, leader: Api) -> None:
    officer = await new_officer(leader)
    answer = await leader.post("/v1/postings", json=posting(officer, ward_code=B1))
    assert_problem(answer, 403, "outside_territory")
    sergeant = await api.as_("sergeant", wards=(A1,))
    answer = await sergeant.post("/v1/postings", json=posting(officer))
    assert_problem(answer, 403, "not_allowed")


async def test_refuses_to_enter_officers_without_a_live_posting(api: Api, leader: Api) -> None:
    del leader
    former = await api.as_("borough_superintendent", boroughs=(BIRCH,), subject="former")
    own = (await former.get("/v1/postings")).json()["items"][0]
    admin = await api.as_("admin")
    ended = {"ends_on": own["starts_on"], "end_reason": "Moved on"}
    assert (await admin.patch(f"/v1/postings/{own['id']}", json=ended)).status_code == 200
    body = {"display_name": "PC Ada Example", "rank": "Police Constable"}
    assert_problem(await former.post("/v1/officers", json=body), 403, "outside_territory")
    assert_problem(await former.get("/v1/officers"), 403, "outside_territory")


@pytest.mark.parametrize(
    ("place", "status", "code"),
    [
        ({"ward_code": A1, "borough_code": BIRCH}, 422, "ward_outside_borough"),
        ({"ward_code": "E05099999"}, 404, "not_found"),
        ({"ward_code": None, "borough_code": "E09000999", "role": "sergeant"}, 404, "not_found"),
        ({"ward_code": C1}, 409, "not_policed_by_met"),
        ({"ward_code": None, "borough_code": CITY, "role": "sergeant"}, 409, "not_policed_by_met"),
        ({"ward_code": None}, 422, "invalid_request"),
        ({"ward_code": None, "role": "sergeant"}, 422, "invalid_request"),
        ({"role": "borough_superintendent"}, 422, "invalid_request"),
        ({"starts_on": "1900-01-01"}, 422, "invalid_request"),
        ({"starts_on": "2026-02-01", "ends_on": "2026-01-01"}, 422, "invalid_request"),
        ({"officer_id": STRANGER}, 404, "not_found"),
        ({"fte": 0}, 422, "validation_failed"),
        ({"fte": 1.01}, 422, "validation_failed"),
        ({"fte": 0.125}, 422, "validation_failed"),
        ({"role": "sheriff"}, 422, "validation_failed"),
        ({"collar": "123"}, 422, "validation_failed"),
    ],
)
async def test_refuses_a_posting_that_cannot_be(
    api: Api, place: dict[str, Any], status: int, code: str
) -> None:
    admin = await api.as_("admin")
    officer = await new_officer(admin)
    body = {k: v for k, v in (posting(officer) | place).items() if v is not None}
    assert_problem(await admin.post("/v1/postings", json=body), status, code)
    assert (await admin.get("/v1/postings", params={"officer": officer})).json()["items"] == []


async def test_refuses_a_second_posting_above_full_time(leader: Api) -> None:
    officer = await new_officer(leader)
    first = await leader.post("/v1/postings", json=posting(officer, fte=0.6))
    assert first.status_code == 201
    second = posting(officer, fte=0.41, ward_code=A2, starts_on="2026-06-01")
    assert_problem(await leader.post("/v1/postings", json=second), 409, "full_time_exceeded")
    assert (await leader.post("/v1/postings", json=second | {"fte": 0.4})).status_code == 201


async def test_twenty_postings_at_once_of_half_an_officer_leave_exactly_two(leader: Api) -> None:
    officer = await new_officer(leader)
    body = posting(officer, fte=0.5)
    answers = await asyncio.gather(*(leader.post("/v1/postings", json=body) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 18
    left = (await leader.get("/v1/postings", params={"officer": officer})).json()["items"]
    assert [item["fte"] for item in left] == [0.5, 0.5]


async def test_a_share_raised_and_a_posting_made_at_once_never_pass_full_time(leader: Api) -> None:
    officer = await new_officer(leader)
    body = posting(officer, fte=0.5)
    made = (await leader.post("/v1/postings", json=body)).json()
    answers = await asyncio.gather(
        leader.patch(f"/v1/postings/{made['id']}", json={"fte": 1}),
        leader.post("/v1/postings", json=body),
        leader.patch(f"/v1/postings/{made['id']}", json={"fte": 1}, etag='"1"'),
        leader.post("/v1/postings", json=body),
    )
    assert any(answer.status_code == 409 for answer in answers)
    left = (await leader.get("/v1/postings", params={"officer": officer})).json()["items"]
    assert sum(item["fte"] for item in left) == 1


async def test_a_posting_is_read_and_edited_by_its_version(leader: Api) -> None:
    officer = await new_officer(leader)
    made = await leader.post("/v1/postings", json=posting(officer, ends_on="2026-12-01"))
    address = made.headers["location"]
    read = await leader.get(address)
    assert (read.json(), read.headers["etag"]) == (made.json(), made.headers["etag"])
    assert made.json()["borough_code"] == ALDER
    no_match = await leader.patch(address, json={"fte": 0.5}, etag=None)
    assert_problem(no_match, 428, "precondition_required")
    changed = await leader.patch(address, json={"fte": 0.5}, etag=read.headers["etag"])
    assert (changed.json()["fte"], changed.json()["ends_on"]) == (0.5, "2026-12-01")
    again = await leader.patch(address, json={"fte": 0.7}, etag=read.headers["etag"])
    assert_problem(again, 412, "stale_version")


async def test_ending_a_posting_needs_a_reason(leader: Api) -> None:
    officer = await new_officer(leader)
    address = (await leader.post("/v1/postings", json=posting(officer))).headers["location"]
    answer = await leader.patch(address, json={"ends_on": "2026-02-01"})
    assert_problem(answer, 422, "reason_required")
    answer = await leader.patch(address, json={"end_reason": "Promoted"})
    assert_problem(answer, 422, "invalid_request")
    body = {"ends_on": "2026-02-01", "end_reason": "Promoted"}
    assert (await leader.patch(address, json=body)).json()["end_reason"] == "Promoted"
    open_again = (await leader.patch(address, json={"ends_on": None})).json()
    assert (open_again["ends_on"], open_again["end_reason"]) == (None, None)
    answer = await leader.patch(address, json={"ends_on": "2025-12-01", "end_reason": "x"})
    assert_problem(answer, 422, "invalid_request")


async def test_refuses_edits_of_another_boroughs_postings_and_officers(
    api: Api, leader: Api
) -> None:
    neighbour = await api.as_("borough_superintendent", boroughs=(BIRCH,))
    officer = await new_officer(neighbour)
    made = await neighbour.post("/v1/postings", json=posting(officer, ward_code=B1))
    edit = await leader.patch(made.headers["location"], json={"fte": 0.5})
    assert_problem(edit, 403, "outside_territory")
    assert_problem(await leader.get(made.headers["location"]), 403, "outside_territory")
    answer = await leader.patch(f"/v1/officers/{officer}", json={"hidden": True})
    assert_problem(answer, 403, "outside_territory")
    assert_problem(await leader.get(f"/v1/officers/{officer}"), 403, "outside_territory")
    listed = (await leader.get("/v1/officers")).json()["items"]
    assert officer not in {item["id"] for item in listed}
    auditor = await api.as_("auditor")
    assert (await auditor.get(made.headers["location"])).status_code == 200


async def test_refuses_a_new_sign_in_for_an_officer_shared_with_another_borough(
    api: Api, leader: Api
) -> None:
    officer = await new_officer(leader)
    admin = await api.as_("admin")
    await leader.post("/v1/postings", json=posting(officer, fte=0.5))
    there = posting(officer, fte=0.5, ward_code=B1)
    assert (await admin.post("/v1/postings", json=there)).status_code == 201
    address = f"/v1/officers/{officer}"
    answer = await leader.patch(address, json={"subject": "intruder"})
    assert_problem(answer, 403, "outside_territory")
    assert (await leader.patch(address, json={"rank": "Sergeant"})).status_code == 200
    assert (await admin.patch(address, json={"subject": "rightful"})).status_code == 200


async def test_refuses_a_sign_in_that_another_officer_has(leader: Api) -> None:
    await new_officer(leader, subject="ada.example")
    body = {"display_name": "PC B", "rank": "PC", "subject": "ada.example"}
    assert_problem(await leader.post("/v1/officers", json=body), 409, "subject_taken")
    other = await new_officer(leader)
    answer = await leader.patch(f"/v1/officers/{other}", json={"subject": "ada.example"})
    assert_problem(answer, 409, "subject_taken")


async def test_officers_are_listed_page_by_page_and_filtered(leader: Api) -> None:
    officers = [await new_officer(leader, subject=f"officer-{n}") for n in range(3)]
    await leader.post("/v1/postings", json=posting(officers[1]))
    in_ward = (await leader.get("/v1/officers", params={"ward": A1})).json()["items"]
    assert [item["id"] for item in in_ward] == [officers[1]]
    named = (await leader.get("/v1/officers", params={"subject": "officer-2"})).json()["items"]
    assert [item["id"] for item in named] == [officers[2]]
    seen: list[str] = []
    address: str | None = "/v1/officers?limit=2"
    while address is not None:
        page = (await leader.get(address)).json()
        seen += [item["id"] for item in page["items"]]
        address = page["next"]
    assert [item for item in seen if item in officers] == officers
    assert len(seen) == len(set(seen)) == 4
    in_borough = (await leader.get("/v1/officers", params={"borough": ALDER})).json()["items"]
    assert officers[1] in {item["id"] for item in in_borough}


async def test_every_change_to_an_officer_and_a_posting_is_in_the_audit_trail(
    api: Api, leader: Api
) -> None:
    from sqlalchemy import select

    from app.models.audit import AuditEntry

    officer = await new_officer(leader)
    address = (await leader.post("/v1/postings", json=posting(officer))).headers["location"]
    await leader.patch(address, json={"ends_on": "2026-02-01", "end_reason": "Promoted"})
    await leader.patch(f"/v1/officers/{officer}", json={"hidden": True})
    async with api.app.state.database.reading() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.position)))
    assert [entry.action for entry in entries] == [
        "create_officer",
        "post_officer",
        "update_posting",
        "update_officer",
    ]
    ended = entries[2]
    assert (ended.ward_code, ended.borough_code, ended.reason) == (A1, ALDER, "Promoted")
    assert ended.detail["before"] == {"ends_on": None, "end_reason": None}
    assert entries[3].detail == {"before": {"hidden": False}, "after": {"hidden": True}}
