"""data.police.uk: its answers checked and turned into records of plain text, dates and instants.

No key is needed. The publisher allows 15 requests a second and we send 5. Times come without a
zone and are London's; coordinates come as text; ids of neighbourhoods are mostly codes of wards.
Priorities, events and people have no id of their own.
"""

import hashlib
import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from app.errors import SourceMalformedError
from app.sources.plain_text import plain_text, tidy
from app.sources.publisher import Publisher, open_publisher

SOURCE = "police_uk"
BASE_URL = "https://data.police.uk/api"
FORCE = "metropolitan"
LICENCE = "Open Government Licence v3.0"
PER_SECOND = 5.0
MAX_BYTES = 16_000_000
"""10,000 crimes, the most of one answer, take about 5 MB."""

MAX_TEXT = 60_000
LONDON = ZoneInfo("Europe/London")
UNRANKED = "(no rank)"

T = TypeVar("T")

LongText = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
Degrees = Annotated[str, StringConstraints(pattern=r"^-?\d{1,3}(\.\d{1,20})?$")]
Month = Annotated[str, StringConstraints(pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])$")]


class _Shape(BaseModel):
    """Their answers may grow fields; those we read must be what they were."""

    model_config = ConfigDict(strict=True, populate_by_name=True)


class _Neighbourhood(_Shape):
    id: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    name: LongText


class _Position(_Shape):
    latitude: Degrees
    longitude: Degrees


class _Priority(_Shape):
    issue: LongText | None
    issued: LongText | None = Field(alias="issue-date")
    action: LongText | None = None
    acted: LongText | None = Field(default=None, alias="action-date")


class _Event(_Shape):
    title: LongText | None
    description: LongText | None = None
    address: LongText | None = None
    type: LongText | None = None
    start_date: LongText
    end_date: LongText | None = None


class _Person(_Shape):
    name: LongText | None
    rank: LongText | None


class _Crime(_Shape):
    id: int
    category: Slug
    month: Month
    location: _Position | None


class _Category(_Shape):
    url: Slug
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]


class _Updated(_Shape):
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


_NEIGHBOURHOODS = TypeAdapter(Annotated[list[_Neighbourhood], Field(min_length=1, max_length=5000)])
_BOUNDARY = TypeAdapter(Annotated[list[_Position], Field(max_length=100_000)])
_PRIORITIES = TypeAdapter(Annotated[list[_Priority], Field(max_length=200)])
_EVENTS = TypeAdapter(Annotated[list[_Event], Field(max_length=1000)])
_PEOPLE = TypeAdapter(Annotated[list[_Person], Field(max_length=1000)])
_CRIMES = TypeAdapter(Annotated[list[_Crime], Field(max_length=20_000)])
_CATEGORIES = TypeAdapter(Annotated[list[_Category], Field(min_length=1, max_length=200)])
_LAST_UPDATED = TypeAdapter(_Updated)


@dataclass(frozen=True, slots=True)
class ListedItem:
    """One thing on a list: the hash of all that it says, and its columns."""

    digest: str
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlacedCrime:
    """One crime while it is counted; neither id nor place is kept."""

    id: int
    category: str
    longitude: float
    latitude: float


def _read(adapter: TypeAdapter[T], url: str, content: bytes) -> T:
    try:
        return adapter.validate_json(content)
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        told = f"{url} is malformed{f' at {place}' if place else ''}: {first['msg']}."
        raise SourceMalformedError(told) from None


def read_neighbourhoods(url: str, content: bytes) -> dict[str, str]:
    """Return the names of a force's neighbourhoods by id."""
    found = _read(_NEIGHBOURHOODS, url, content)
    return {one.id: (tidy(one.name) or one.id)[:200] for one in found}


def read_boundary(url: str, content: bytes) -> list[tuple[float, float]]:
    """Return a neighbourhood's ring as longitude and latitude; it may be open or closed."""
    return [(float(p.longitude), float(p.latitude)) for p in _read(_BOUNDARY, url, content)]


def read_priorities(url: str, content: bytes) -> list[ListedItem]:
    """Return a ward's priorities with their dates; one without any words is left out."""
    found = []
    for one in _read(_PRIORITIES, url, content):
        issue, action = plain_text(one.issue), plain_text(one.action)
        if issue is None and action is None:
            continue
        found.append(
            {
                "issue": issue or "",
                "action": action,
                "issued_on": _day(url, one.issued),
                "acted_on": _day(url, one.acted),
            }
        )
    return _items(found)


def read_events(url: str, content: bytes) -> list[ListedItem]:
    """Return a ward's events, their times as instants; one without a title bears its type's."""
    found = []
    for one in _read(_EVENTS, url, content):
        starts_at = _instant(url, one.start_date)
        kind = tidy(one.type)
        found.append(
            {
                "title": plain_text(one.title) or kind or "(untitled)",
                "description": plain_text(one.description),
                "address": plain_text(one.address),
                "kind": kind and kind[:60],
                "starts_at": starts_at,
                "ends_at": _instant(url, one.end_date) if one.end_date else None,
            }
        )
    return _items(found)


def read_team(url: str, content: bytes, *, with_names: bool) -> list[ListedItem]:
    """Return how many people of which rank are on a ward's team; their names only if wanted.

    Names do not count for what makes a composition the same.
    """
    people = _read(_PEOPLE, url, content)
    if not people:
        return []
    ranks = Counter((tidy(one.rank) or UNRANKED)[:80] for one in people)
    columns: dict[str, Any] = {"people": len(people), "ranks": dict(sorted(ranks.items()))}
    digest = _digest(columns)
    names = [tidy(one.name) for one in people] if with_names else None
    return [ListedItem(digest, {**columns, "names": names})]


def read_crimes(url: str, content: bytes, month: str) -> list[PlacedCrime]:
    """Return the crimes of a month that have a place; refuses those of another month."""
    crimes = _read(_CRIMES, url, content)
    if any(crime.month != month for crime in crimes):
        raise SourceMalformedError(f"{url} holds crimes of another month than {month}.")
    return [
        PlacedCrime(
            crime.id,
            crime.category,
            float(crime.location.longitude),
            float(crime.location.latitude),
        )
        for crime in crimes
        if crime.location is not None
    ]


def read_categories(url: str, content: bytes) -> dict[str, str]:
    """Return the names of the categories of crime by slug, without the one that means all."""
    found = {one.url: one.name for one in _read(_CATEGORIES, url, content)}
    found.pop("all-crime", None)
    return found


def read_last_updated(url: str, content: bytes) -> str:
    """Return the latest month that is published, as `YYYY-MM`."""
    told = _read(_LAST_UPDATED, url, content).date
    try:
        return date.fromisoformat(told).strftime("%Y-%m")
    except ValueError:
        raise SourceMalformedError(f"{url} names {told}, which is no day.") from None


def _instant(url: str, text: str) -> datetime:
    """Return London's clock time as an instant; where clocks go back, the first of the two."""
    try:
        moment = datetime.fromisoformat(text.strip())
        london = moment if moment.tzinfo else moment.replace(tzinfo=LONDON)
        return london.astimezone(UTC)
    except (ValueError, OverflowError):
        raise SourceMalformedError(f"{url} holds {text[:30]!r}, which is no date.") from None


def _day(url: str, text: str | None) -> date | None:
    return _instant(url, text).astimezone(LONDON).date() if text and text.strip() else None


def _items(found: Iterable[dict[str, Any]]) -> list[ListedItem]:
    """Return each different item once, with its digest."""
    items = {_digest(columns): columns for columns in found}
    return [ListedItem(digest, columns) for digest, columns in items.items()]


def _digest(columns: dict[str, Any]) -> str:
    told = json.dumps(columns, sort_keys=True, ensure_ascii=False, default=_isoformat)
    return hashlib.sha256(told.encode()).hexdigest()


def _isoformat(value: date | datetime) -> str:
    return value.isoformat()


@asynccontextmanager
async def open_police_uk(
    base_url: str = BASE_URL, *, private_hosts: str = ""
) -> AsyncGenerator[Publisher]:
    """Open the way to data.police.uk, or to a mirror of it, for the block."""
    async with open_publisher(
        base_url, per_second=PER_SECOND, max_bytes=MAX_BYTES, private_hosts=private_hosts
    ) as publisher:
        yield publisher


def neighbourhood_url(publisher: Publisher, neighbourhood_id: str, what: str) -> str:
    """Return the address of one list of a neighbourhood whose id names a ward."""
    return f"{publisher.base_url}/{FORCE}/{neighbourhood_id}/{what}"
