"""Lists of events by area, as pages, maps, tables and calendars."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from tests.factories import A1, A2, ALDER, B1, BIRCH, centre
from tests.routers.conftest import Clock
from tests.routers.event_samples import NOON, held, made, published
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

LISTS = ["/v1/events", f"/v1/boroughs/{ALDER}/events", f"/v1/wards/{A1}/events"]
FORMULA = '=HYPERLINK("https://evil.example","Free tea")'
MARKUP = "<script>alert('x')</script>; \"quoted\", back\\slash\nand a second line — “é” 😀"


@pytest.fixture
async def admin(api: Api, clock: Clock) -> Api:
    """An administrator, who may act anywhere, at NOON."""
    clock.set(NOON)
    return await api.as_("admin")


def starting(day: str, hours: int = 2) -> dict[str, str]:
    """Return the times of an event that begins at six in the evening, UTC, of a day."""
    at = datetime.fromisoformat(f"{day}T18:00:00+00:00")
    return {"starts_at": at.isoformat(), "ends_at": (at + timedelta(hours=hours)).isoformat()}


async def ids(api: Api, path: str) -> list[str]:
    """Return the identifiers in a list, in its order."""
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return [event["id"] for event in answer.json()["items"]]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("kinds=surgery", 400, "unknown_parameter"),
        ("kind=rave", 422, "validation_failed"),
        ("status=draft", 422, "validation_failed"),
        ("from=2026-13-01", 422, "validation_failed"),
        ("from=0001-01-01", 422, "invalid_request"),
        ("to=9999-12-31", 422, "invalid_request"),
        ("from=2026-06-02&to=2026-06-02", 422, "invalid_request"),
        ("f=pdf", 406, "not_acceptable"),
        ("cursor=rubbish", 400, "invalid_cursor"),
        ("f=csv&cursor=rubbish", 400, "invalid_cursor"),
        ("limit=201", 422, "validation_failed"),
    ],
)
async def test_refuses_a_question_that_makes_no_sense(
    api: Api, path: str, query: str, status: int, code: str
) -> None:
    assert_problem(await api.get(f"{path}?{query}"), status, code)


async def test_refuses_areas_and_formats_that_are_not(api: Api) -> None:
    for ending in ("events", "events.ics"):
        assert_problem(await api.get(f"/v1/wards/E05999999/{ending}"), 404, "not_found")
        assert_problem(await api.get(f"/v1/boroughs/E09999999/{ending}"), 404, "not_found")
    answer = await api.get("/v1/events", headers={"Accept": "application/pdf"})
    assert_problem(answer, 406, "not_acceptable")
    assert_problem(await api.get(f"/v1/wards/{A1}/events.ics?f=csv"), 400, "unknown_parameter")


async def test_lists_a_wards_own_and_its_boroughs_shared_events(admin: Api, api: Api) -> None:
    shared = (await published(admin, wards=[], **starting("2026-07-02")))["id"]
    own = (await published(admin, wards=[A1, A2], **starting("2026-07-01")))["id"]
    other = (await published(admin, wards=[A2], **starting("2026-07-03")))["id"]
    far = (await published(admin, borough=BIRCH, wards=[B1], **starting("2026-07-04")))["id"]
    await made(admin, wards=[A1])
    assert await ids(api, f"/v1/wards/{A1}/events") == [own, shared]
    assert await ids(api, f"/v1/wards/{A2}/events") == [own, shared, other]
    assert await ids(api, f"/v1/boroughs/{ALDER}/events") == [own, shared, other]
    assert await ids(api, "/v1/events") == [own, shared, other, far]


async def test_filters_by_london_day_kind_status_and_openness(admin: Api, api: Api) -> None:
    midnight = "2026-07-01T23:00:00+00:00"  # the second of July has just begun in London
    night = {"starts_at": midnight, "ends_at": "2026-07-01T23:30:00Z"}
    first = (await published(admin, **starting("2026-07-01"), kind="surgery"))["id"]
    second = (await published(admin, **night, open_to_all=False))["id"]
    long = (await published(admin, **starting("2026-07-05", hours=14 * 24)))["id"]
    path = f"/v1/events/{second}"
    await admin.patch(path, json={"status": "cancelled", "reason": "Flooded."})
    list_of = "/v1/events"
    assert await ids(api, f"{list_of}?from=2026-07-01&to=2026-07-02") == [first]
    assert await ids(api, f"{list_of}?from=2026-07-02&to=2026-07-03") == [second]
    assert await ids(api, f"{list_of}?from=2026-07-19") == [long]
    assert await ids(api, f"{list_of}?from=2026-07-20") == []
    assert await ids(api, f"{list_of}?kind=surgery&kind=ward_panel") == [first]
    assert await ids(api, f"{list_of}?status=cancelled&status=held") == [second]
    assert await ids(api, f"{list_of}?open_to_all=true") == [first, long]


async def test_pages_through_events_that_begin_at_the_same_instant(admin: Api, api: Api) -> None:
    wanted = [(await published(admin))["id"] for _ in range(5)]
    seen: list[str] = []
    path: str | None = "/v1/events?limit=2&kind=open_community&from=2026-01-01"
    while path is not None:
        page = (await api.get(path)).json()
        seen += [event["id"] for event in page["items"]]
        path = page["next"]
    assert seen == sorted(wanted)


async def test_maps_events_with_and_without_a_point(admin: Api, api: Api) -> None:
    there = await published(admin, location=centre(0, 1), title=MARKUP.splitlines()[0])
    await published(admin, **starting("2026-08-01"))
    answer = await api.get(
        f"/v1/boroughs/{ALDER}/events", headers={"Accept": "application/geo+json"}
    )
    assert answer.headers["content-type"] == "application/geo+json"
    collection = answer.json()
    assert collection["type"] == "FeatureCollection"
    first, second = collection["features"]
    assert first["geometry"]["coordinates"] == pytest.approx(list(centre(0, 1).values()))
    assert (first["id"], first["properties"]["title"]) == (there["id"], there["title"])
    assert second["geometry"] is None


async def test_disarms_formulas_in_tables_and_keeps_text_as_text(admin: Api, api: Api) -> None:
    await published(admin, title=FORMULA, description=MARKUP, hosts=["@team", "b"])
    answer = await api.get(f"/v1/wards/{A1}/events?f=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"events-{A1}.csv" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert row["title"] == f"'{FORMULA}"
    assert row["description"] == MARKUP
    assert row["hosts"] == "'@team; b"
    assert (row["ward_codes"], row["open_to_all"]) == (A1, "true")
    (event,) = (await api.get("/v1/events")).json()["items"]
    assert (event["title"], event["description"]) == (FORMULA, MARKUP)


async def test_gives_a_calendar_that_any_reader_understands(admin: Api, api: Api) -> None:
    event = await published(
        admin,
        title=FORMULA,
        description=MARKUP,
        location=centre(0, 0),
        starts_at="2026-10-24T22:00:00+01:00",
        ends_at="2026-10-25T04:00:00+00:00",
    )
    answer = await api.get(f"/v1/wards/{A1}/events.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert max(len(line) for line in answer.content.split(b"\r\n")) <= 75
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert calendar["X-WR-CALNAME"] == "Police events: Alder 1"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in answer.content
    (shown,) = calendar.walk("VEVENT")
    assert shown["UID"] == event["id"]
    assert shown["SUMMARY"] == FORMULA
    assert shown["DESCRIPTION"].startswith(MARKUP)
    assert shown["URL"].endswith(f"/v1/events/{event['id']}")
    assert shown.start.astimezone(UTC) == datetime(2026, 10, 24, 21, tzinfo=UTC)
    assert shown.end.astimezone(UTC) == datetime(2026, 10, 25, 4, tzinfo=UTC)
    assert shown["DTSTART"].params["TZID"] == "Europe/London"
    assert shown["DTSTAMP"].dt == shown["LAST-MODIFIED"].dt == NOON
    assert calendar.errors == []


async def test_keeps_called_off_events_in_the_calendar(admin: Api, api: Api) -> None:
    kept: dict[str, dict[str, Any]] = {}
    for status in ("postponed", "cancelled"):
        kept[status] = await published(admin)
        path = f"/v1/events/{kept[status]['id']}"
        await admin.patch(path, json={"status": status, "reason": "The hall is flooded."})
    calendar = icalendar.Calendar.from_ical((await api.get("/v1/events?f=ics")).content)
    told = {event["UID"]: event for event in calendar.walk("VEVENT")}
    postponed, cancelled = (told[kept[s]["id"]] for s in ("postponed", "cancelled"))
    assert (postponed["STATUS"], postponed["SEQUENCE"]) == ("TENTATIVE", 1)
    assert (cancelled["STATUS"], cancelled["SEQUENCE"]) == ("CANCELLED", 1)
    assert postponed["DESCRIPTION"].startswith("Postponed, with a new date to come: The hall is")


async def test_gives_the_same_calendar_bytes_until_something_changes(
    admin: Api, api: Api, clock: Clock
) -> None:
    event = await published(admin)
    path = f"/v1/boroughs/{ALDER}/events.ics"
    first = await api.get(path)
    clock.set(NOON + timedelta(hours=3))
    await made(admin)
    again = await api.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    await admin.patch(f"/v1/events/{event['id']}", json={"place": "Example Park"})
    changed = await api.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    (shown,) = icalendar.Calendar.from_ical(changed.content).walk("VEVENT")
    assert (shown["SEQUENCE"], shown["LAST-MODIFIED"].dt) == (1, NOON + timedelta(hours=3))


async def test_reaches_ninety_days_back_in_a_calendar_unless_told(
    admin: Api, api: Api, clock: Clock
) -> None:
    old = await held(admin, clock, NOON - timedelta(days=100))
    recent = await held(admin, clock, NOON - timedelta(days=80))
    clock.set(NOON)
    path = f"/v1/boroughs/{ALDER}/events.ics"
    by_default = (await api.get(path)).text
    assert recent["id"] in by_default
    assert old["id"] not in by_default
    assert old["id"] in (await api.get(f"{path}?from=2026-01-01")).text


async def test_names_the_rest_where_the_ceiling_cuts_an_export(
    admin: Api, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.routers import events_lists

    monkeypatch.setattr(events_lists, "CEILING", 2)
    for _ in range(3):
        await published(admin)
    answer = await api.get("/v1/events?f=csv&limit=1")
    assert len(list(csv.DictReader(io.StringIO(answer.text)))) == 2
    assert "link" not in (await api.get(f"/v1/wards/{A1}/events.ics")).headers
    rest = answer.headers["link"].removeprefix("<").partition(">")[0]
    assert len(list(csv.DictReader(io.StringIO((await api.get(rest)).text)))) == 1
