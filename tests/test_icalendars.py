"""Calendars read back by two readers: the library, and the few rules of RFC 5545 §3.1, §3.3.11."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.icalendars import CalendarEntry, render_calendar
from app.schemas.events import Description, Title

AT = datetime(2026, 6, 10, 12, tzinfo=UTC)
ENTRY = CalendarEntry(
    uid="00000000-0000-7000-8000-000000000001",
    sequence=0,
    status="CONFIRMED",
    summary="A fictional event",
    description="Nothing to see.",
    starts_at=AT,
    ends_at=AT + timedelta(hours=1),
    location="Example Library",
    point=(51.505, -0.095),
    url="https://service.example/v1/events/1",
    category="Surgery",
    created_at=AT,
    updated_at=AT,
)
FIRST, LAST = datetime(2000, 1, 1), datetime(2099, 12, 1)  # noqa: DTZ001 - hypothesis's bounds
TITLE, DESCRIPTION = TypeAdapter(Title), TypeAdapter(Description)
ESCAPES = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}


def accepted(adapter: TypeAdapter[str]) -> st.SearchStrategy[str]:
    """Return any text that an input of this type lets in, as it is kept."""

    def fits(text: str) -> bool:
        try:
            adapter.validate_python(text)
        except ValidationError:
            return False
        return True

    alphabet = st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(list('\\;,:"\t\r\n é😀\u2028\x85')),
    )
    texts = st.text(alphabet, min_size=1, max_size=110).filter(fits)
    return texts.map(adapter.validate_python)


def read_by_hand(calendar: bytes, name: str) -> list[str]:
    """Return the text values of a property, unfolded and unescaped by the RFC's rules alone."""
    unfolded = calendar.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").decode()
    values = [line.partition(":")[2] for line in unfolded.split("\r\n") if line.startswith(name)]
    return [re.sub(r"\\[nN,;\\]", lambda mark: ESCAPES[mark.group()], value) for value in values]


@given(title=accepted(TITLE), description=accepted(DESCRIPTION))
def test_gives_back_any_title_and_description(title: str, description: str) -> None:
    body = render_calendar("Name", [replace(ENTRY, summary=title, description=description)])
    lines = description.replace("\r\n", "\n").replace("\r", "\n")
    assert read_by_hand(body, "SUMMARY") == [title]
    assert read_by_hand(body, "DESCRIPTION") == [lines]
    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (title, lines)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))


@given(
    st.datetimes(FIRST, LAST),
    st.timedeltas(timedelta(minutes=1), timedelta(days=14)),
)
def test_keeps_every_instant_whatever_the_clocks_do(start: datetime, lasting: timedelta) -> None:
    starts_at = start.replace(microsecond=0, tzinfo=UTC)
    ends_at = (starts_at + lasting).replace(microsecond=0)
    body = render_calendar("Name", [replace(ENTRY, starts_at=starts_at, ends_at=ends_at)])
    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert event.start.astimezone(UTC) == starts_at
    assert event.end.astimezone(UTC) == ends_at


@pytest.mark.parametrize(
    ("hour", "shown"),
    [
        ("2026-10-25T00:30:00+00:00", b"DTSTART;TZID=Europe/London:20261025T013000"),
        ("2026-10-25T01:30:00+00:00", b"DTSTART:20261025T013000Z"),
        ("2026-03-29T01:00:00+00:00", b"DTSTART;TZID=Europe/London:20260329T020000"),
    ],
)
def test_tells_the_two_passes_of_octobers_repeated_hour_apart(hour: str, shown: bytes) -> None:
    starts_at = datetime.fromisoformat(hour)
    ends_at = starts_at + timedelta(hours=3)
    body = render_calendar("Name", [replace(ENTRY, starts_at=starts_at, ends_at=ends_at)])
    assert shown in body


def test_carries_londons_clock_as_the_time_zone_database_knows_it() -> None:
    (zone,) = icalendar.Calendar.from_ical(render_calendar("Name", [])).walk("VTIMEZONE")
    london, told = ZoneInfo("Europe/London"), zone.to_tz(lookup_tzid=False)
    for day in range(0, 365 * 12, 5):
        noon = datetime(2022, 1, 1, 12) + timedelta(days=day)  # noqa: DTZ001 - given a zone below
        assert noon.replace(tzinfo=told).utcoffset() == noon.replace(tzinfo=london).utcoffset()


def test_needs_no_clock_of_its_own() -> None:
    assert render_calendar("Name", [ENTRY]) == render_calendar("Name", [ENTRY])
    assert b"DTSTAMP:20260610T120000Z" in render_calendar("Name", [ENTRY])
