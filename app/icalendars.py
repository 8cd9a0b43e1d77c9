"""Calendars that telephones subscribe to: frozen entries in, the same RFC 5545 bytes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vUri

LONDON = ZoneInfo("Europe/London")
PRODUCT = "-//Ward Priorities//Community events//EN"
REFRESH_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One occasion; `status` is CONFIRMED, TENTATIVE or CANCELLED, `point` is (lat, lng)."""

    uid: str
    sequence: int
    status: str
    summary: str
    description: str
    starts_at: datetime
    ends_at: datetime
    location: str
    point: tuple[float, float] | None
    url: str
    category: str
    created_at: datetime
    updated_at: datetime


def render_calendar(name: str, entries: Iterable[CalendarEntry]) -> bytes:
    """Return the calendar of these entries; nothing in it depends on when it is asked for."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", LONDON.key)
    calendar.add("refresh-interval", REFRESH_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add_component(_london_zone())
    for entry in entries:
        calendar.add_component(_event(entry))
    rendered: bytes = calendar.to_ical(sorted=False)
    return rendered


def _event(entry: CalendarEntry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.updated_at.astimezone(UTC))
    event.add("created", entry.created_at.astimezone(UTC))
    event.add("last-modified", entry.updated_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("status", entry.status)
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    starts_at, ends_at = _span(entry)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("location", entry.location)
    if entry.point is not None:
        event.add("geo", entry.point)
    event.add("url", vUri(entry.url))
    event.add("categories", [entry.category])
    return event


def _span(entry: CalendarEntry) -> tuple[datetime, datetime]:
    """Return both times on London's clock, or in UTC when that clock shows one of them twice.

    RFC 5545 §3.3.5: a local time in the repeated hour of October means its first pass, so the
    second cannot be said in local time.
    """
    local = entry.starts_at.astimezone(LONDON), entry.ends_at.astimezone(LONDON)
    if any(time.fold for time in local):
        return entry.starts_at.astimezone(UTC), entry.ends_at.astimezone(UTC)
    return local


def _london_zone() -> Timezone:
    """Return London's clock as the two yearly rules in force since 1996: short, without an end."""
    zone = Timezone()
    zone.add("tzid", LONDON.key)
    summer = TimezoneDaylight()
    summer.add("dtstart", datetime(1996, 3, 31, 1))  # noqa: DTZ001 - local by definition
    summer.add("rrule", {"freq": "yearly", "bymonth": 3, "byday": "-1su"})
    summer.add("tzname", "BST")
    summer.add("tzoffsetfrom", timedelta())
    summer.add("tzoffsetto", timedelta(hours=1))
    winter = TimezoneStandard()
    winter.add("dtstart", datetime(1996, 10, 27, 2))  # noqa: DTZ001 - local by definition
    winter.add("rrule", {"freq": "yearly", "bymonth": 10, "byday": "-1su"})
    winter.add("tzname", "GMT")
    winter.add("tzoffsetfrom", timedelta(hours=1))
    winter.add("tzoffsetto", timedelta())
    zone.add_component(summer)
    zone.add_component(winter)
    return zone
