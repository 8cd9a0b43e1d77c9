"""Street crime in a ward from data.police.uk, counted by category and forgotten."""

import hashlib
from collections import Counter
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from app.errors import SourceAwayError
from app.sources.police_uk import PlacedCrime, read_crimes
from app.sources.police_uk_shapes import covers_of, halves_of, poly_parameter
from app.sources.publisher import EmptyBusyError, Publisher, Question

MAX_HALVINGS = 6
"""A 64th of a ward does not hold 10,000 crimes a month: an empty 503 then means something else."""


@dataclass(frozen=True, slots=True)
class WardCrime:
    """A ward's crimes of one month by category, and which bytes say so."""

    counts: Counter[str]
    sha256: str
    size: int


async def count_crimes(publisher: Publisher, ward: BaseGeometry, month: str) -> WardCrime:
    """Return how many crimes of a month the publisher places in a ward, by category.

    It moves each crime to one of a list of points, so those near a boundary may be counted next
    door. Every crime is counted once, however many polygons it took to ask.
    """
    crimes: dict[int, PlacedCrime] = {}
    digest, size = hashlib.sha256(), 0
    pending = [(polygon, 0) for polygon in reversed(covers_of(ward))]
    while pending:
        polygon, halvings = pending.pop()
        try:
            content = await _ask(publisher, polygon, month)
        except EmptyBusyError as busy:
            if halvings == MAX_HALVINGS:
                raise SourceAwayError(str(busy)) from busy
            pending += [(half, halvings + 1) for half in reversed(halves_of(polygon))]
            continue
        digest.update(content)
        size += len(content)
        crimes.update((crime.id, crime) for crime in read_crimes(_url(publisher), content, month))
    return WardCrime(_count_inside(ward, list(crimes.values())), digest.hexdigest(), size)


def _url(publisher: Publisher) -> str:
    return f"{publisher.base_url}/crimes-street/all-crime"


async def _ask(publisher: Publisher, polygon: BaseGeometry, month: str) -> bytes:
    form = {"poly": poly_parameter(polygon), "date": month}
    answer = await publisher.ask(Question(_url(publisher), form), tells_too_much=True)
    return answer.content or b""


def _count_inside(ward: BaseGeometry, crimes: list[PlacedCrime]) -> Counter[str]:
    if not crimes:
        return Counter()
    points = shapely.points([(crime.longitude, crime.latitude) for crime in crimes])
    shapely.prepare(ward)
    inside = shapely.covers(ward, points)
    return Counter(crime.category for crime, within in zip(crimes, inside, strict=True) if within)


def crime_address(publisher: Publisher, ward_code: str, month: str) -> str:
    """Return where a ward's count comes from; the part behind `#` names the polygon posted."""
    return f"{_url(publisher)}?date={month}#{ward_code}"
