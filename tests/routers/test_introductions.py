"""Introductions over HTTP, from postings and held events; and all boroughs in few statements."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.database import Database
from app.operations.boards_queries import boards_of
from app.operations.facilities_queries import counter_spans
from app.operations.introductions import list_introductions
from app.operations.publications import publication_lateness
from tests import bodies
from tests.factories import ALDER, BIRCH, CITY
from tests.polling import made
from tests.routers import event_samples
from tests.routers.conftest import Clock
from tests.statements import selects_of
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

PATH = f"/v1/boroughs/{ALDER}/introductions"


async def lead(api: Api, starts_on: str) -> None:
    """Post a superintendent to Alder."""
    admin = await api.as_("admin")
    body = {"display_name": "Example", "rank": "Superintendent", "fictional": True}
    officer = await made(await admin.post("/v1/officers", json=body))
    posting = {"officer_id": officer["id"], "role": "borough_superintendent"}
    posting |= {"borough_code": ALDER, "starts_on": starts_on}
    await made(await admin.post("/v1/postings", json=posting))


async def test_says_since_when_an_introduction_is_missing_and_when_it_was_held(
    api: Api, clock: Clock
) -> None:
    clock.set(datetime(2026, 1, 10, 12, tzinfo=UTC))
    await lead(api, "2025-10-01")
    (missing,) = (await api.get(PATH)).json()["introductions"]
    assert (missing["status"], missing["due_on"], missing["due_assumed"]) == (
        "breached",
        "2025-12-30",
        True,
    )
    assert (missing["missing_since"], missing["days_late"]) == ("2025-12-31", 11)
    admin = await api.as_("admin")
    times = {"starts_at": "2026-01-12T18:00:00Z", "ends_at": "2026-01-12T20:00:00Z"}
    meeting = await event_samples.published(admin, kind="superintendent_introduction", **times)
    (still,) = (await api.get(PATH)).json()["introductions"]
    assert still["status"] == "breached"
    clock.set(datetime(2026, 1, 13, 12, tzinfo=UTC))
    record = f"/v1/events/{meeting['id']}/record"
    assert (await admin.put(record, json=event_samples.report())).status_code == 201
    (met,) = (await api.get(PATH)).json()["introductions"]
    assert (met["status"], met["held_on"], met["days_late"]) == ("met_late", "2026-01-12", 13)
    assert met["event"]["id"] == meeting["id"]


async def test_measures_met_boroughs_only(api: Api) -> None:
    city = (await api.get(f"/v1/boroughs/{CITY}/introductions")).json()
    assert (city["measured"], city["introductions"]) == (False, [])
    assert_problem(await api.get("/v1/boroughs/E09000999/introductions"), 404, "not_found")


async def test_reads_all_boroughs_in_few_statements(api: Api, database: Database) -> None:
    admin = await api.as_("admin")
    today = date(2026, 11, 29)
    await lead(api, "2025-10-01")
    for borough in (ALDER, BIRCH):
        await bodies.make_board(admin, borough=borough)
        counter = await bodies.make_facility(admin, borough=borough, location=None)
        await bodies.put_hours(admin, counter, bodies.hours_body())
    async with database.reading() as session:
        with selects_of(database) as selects:
            boards = await boards_of(session, on=today)
            spans = await counter_spans(session, start=today, end=today + timedelta(days=1))
            series = await publication_lateness(session, today=today)
            introduced = await list_introductions(session, [ALDER, BIRCH], today=today)
    assert boards.keys() == spans.keys() == introduced.keys() == {ALDER, BIRCH}
    assert all(found.holds and found.since == date(2023, 10, 1) for found in spans.values())
    assert len(series) == 5
    assert [len(found) for found in introduced.values()] == [1, 0]
    assert len(selects) == 5 + 3 + 2 + 2
