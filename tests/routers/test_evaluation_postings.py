"""An evaluation token's postings keep the rules of every posting."""

import asyncio
from typing import Any

import pytest

from tests.factories import A1, A2, A3, ALDER
from tests.support import Api

pytestmark = pytest.mark.anyio


async def live(admin: Api, subject: str) -> list[dict[str, Any]]:
    named = (await admin.get("/v1/officers", params={"subject": subject})).json()["items"]
    (officer,) = named
    listed = await admin.get("/v1/postings", params={"officer": officer["id"]})
    items: list[dict[str, Any]] = listed.json()["items"]
    return [p for p in items if p["ends_on"] is None]


async def test_many_tokens_at_once_for_one_name_make_one_officer_within_full_time(
    api: Api,
) -> None:
    areas = [(A1,), (A1, A2), (A1, A2, A3), (A2,)] * 3
    await asyncio.gather(*(api.as_("ward_officer", wards=w, subject="sam") for w in areas))
    held = await live(await api.as_("admin"), "sam")
    assert tuple(sorted(p["ward_code"] for p in held)) in areas
    assert sum(p["fte"] for p in held) <= 1


async def test_a_new_token_ends_what_was_to_come(api: Api) -> None:
    await api.as_("ward_officer", wards=(A1,), subject="sam")
    admin = await api.as_("admin")
    (held,) = await live(admin, "sam")
    ended = {"ends_on": held["starts_on"], "end_reason": "Leave"}
    assert (await admin.patch(f"/v1/postings/{held['id']}", json=ended)).status_code == 200
    later = {
        "officer_id": held["officer_id"],
        "role": "dedicated_ward_officer",
        "ward_code": A2,
        "starts_on": "2090-01-01",
    }
    assert (await admin.post("/v1/postings", json=later)).status_code == 201
    await api.as_("ward_officer", wards=(A2,), subject="sam")
    (now,) = await live(admin, "sam")
    assert (now["ward_code"], now["starts_on"]) == (A2, held["starts_on"])


async def test_a_second_token_with_the_same_areas_changes_nothing(api: Api) -> None:
    for _ in range(2):
        await api.as_("borough_superintendent", boroughs=(ALDER,), subject="kim")
    (held,) = await live(await api.as_("admin"), "kim")
    assert (held["borough_code"], held["fte"], held["version"]) == (ALDER, 1.0, 1)
