"""The audit trail over HTTP: for overseers, newest first, whole."""

import pytest

from tests.factories import A1, A2, ALDER, BIRCH
from tests.priorities import open_set
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def test_refuses_everyone_who_does_not_oversee(api: Api) -> None:
    assert_problem(await api.get("/v1/audit"), 401, "not_authenticated")
    officer = await api.as_("ward_officer", wards=(A1,))
    assert_problem(await officer.get("/v1/audit"), 403, "not_allowed")


async def test_shows_who_did_what_newest_first(api: Api) -> None:
    await open_set(api, "burglary")
    await open_set(api, "fraud", ward=A2)
    auditor = await api.as_("auditor")
    entries = (await auditor.get("/v1/audit", params={"limit": 2})).json()
    assert [entry["ward_code"] for entry in entries["items"]] == [A2, A1]
    assert entries["items"][0]["previous_hash"] == entries["items"][1]["entry_hash"]


async def test_shows_the_entries_of_one_ward_or_borough(api: Api) -> None:
    await open_set(api, "burglary")
    auditor = await api.as_("auditor")
    for query, found in (({"ward": A1}, 1), ({"ward": A2}, 0), ({"borough": BIRCH}, 0)):
        assert len((await auditor.get("/v1/audit", params=query)).json()["items"]) == found
    assert (await auditor.get("/v1/audit", params={"borough": ALDER})).json()["items"]
