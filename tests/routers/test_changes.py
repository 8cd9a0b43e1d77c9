"""The feed of changes: in order, whole, resumable, and silent about what is not public."""

import asyncio

import pytest

from app.operations.changes import DATASETS_OF, NAMED
from app.operations.open_data_registry import DATASETS
from tests.factories import A1, ALDER
from tests.open_data_content import fill
from tests.routers.event_samples import made
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def read_on(api: Api, cursor: str | None = None, limit: int = 2) -> tuple[list[dict], str]:
    """Return all changes after a cursor, page by page, and the cursor to go on from."""
    found = []
    while True:
        params = {"limit": limit} | ({} if cursor is None else {"cursor": cursor})
        page = (await api.get("/v1/changes", params=params)).json()
        found += page["items"]
        cursor = page["cursor"]
        if not page["more"]:
            return found, cursor


async def test_tells_public_changes_once_in_order(api: Api) -> None:
    await fill(api.app.state.database)
    whole, _ = await read_on(api, limit=200)
    assert (await read_on(api, limit=1))[0] == whole
    positions = [change["position"] for change in whole]
    assert positions == sorted(set(positions))
    assert [change["action"] for change in whole] == [
        "published_refresh",
        "publish_priority_set",
        "counted_poll",
        "published_poll",
        "published_poll",
        "published_poll",
        "held_event",
        "import_crime",
    ]
    assert {change["borough_code"] for change in whole} == {ALDER}
    assert {change["ward_code"] for change in whole} == {A1}


async def test_a_client_that_polls_on_hears_of_what_comes_later(api: Api) -> None:
    nothing, cursor = await read_on(api)
    assert nothing == []
    officer = await api.as_("ward_officer", wards=(A1,))
    event = await made(officer)
    drafted, cursor = await read_on(api, cursor)
    assert drafted == [], "a draft is nobody's business"
    answer = await officer.patch(f"/v1/events/{event['id']}", json={"status": "published"})
    assert answer.status_code == 200, answer.text
    (told,), cursor = await read_on(api, cursor)
    assert (told["noun"], told["id"]) == ("event", event["id"])
    assert told["datasets"] == ["events", "event-wards", "event-records"]
    assert await read_on(api, cursor) == ([], cursor)


async def test_none_is_missed_by_a_reader_among_writers(api: Api) -> None:
    officers = [await api.as_("ward_officer", wards=(A1,)) for _ in range(3)]
    heard: list[dict] = []
    cursor: str | None = None

    async def write(officer: Api) -> list[str]:
        ids = []
        for _ in range(4):
            event = await made(officer)
            await officer.patch(f"/v1/events/{event['id']}", json={"status": "published"})
            ids.append(event["id"])
        return ids

    writing = asyncio.gather(*(write(officer) for officer in officers))
    while not writing.done():
        told, cursor = await read_on(api, cursor)
        heard += told
        await asyncio.sleep(0.01)
    heard += (await read_on(api, cursor))[0]
    ids = [identifier for found in await writing for identifier in found]
    assert len(ids) == 12
    assert set(ids) <= {change["id"] for change in heard}
    positions = [change["position"] for change in heard]
    assert positions == sorted(set(positions))


async def test_refuses_a_cursor_of_its_own_making(api: Api) -> None:
    answer = await api.get("/v1/changes", params={"cursor": "nonsense"})
    assert_problem(answer, 400, "invalid_cursor")


def test_every_noun_leads_to_datasets_that_there_are() -> None:
    assert DATASETS_OF.keys() == NAMED
    assert {name for names in DATASETS_OF.values() for name in names} <= DATASETS.keys()
