"""Street crime by polygon: halved where it is too much, counted once, only inside the ward."""

from collections import Counter
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import shapely

from app.errors import SourceAwayError, SourceMalformedError
from app.geometry import local_metres
from app.sources.police_uk_crime import count_crimes
from app.sources.police_uk_shapes import (
    MAX_POINTS,
    covers_of,
    halves_of,
    overlap_of,
    poly_parameter,
    polygon_of,
)
from tests.factories import A1, square
from tests.police_uk import FakePoliceUk, crime, fake

pytestmark = pytest.mark.anyio
WARD = square(0, 0)


def refusing_above(there: FakePoliceUk, most: int) -> Any:
    """Return a fault that answers 503 with nothing for polygons with more crimes than that."""

    def fault(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("all-crime"):
            return None
        answer = there._crimes(request)  # noqa: SLF001 - the same stand-in
        return httpx.Response(503) if len(answer.json()) > most else answer

    return fault


def spread(number: int) -> list[Any]:
    """Return crimes on a grid over the ward, its middle line among them."""
    found = []
    for n in range(number):
        one = crime(n + 1, A1, ("burglary", "drugs")[n % 2])
        row, column = divmod(n, 10)
        one["location"]["longitude"] = f"{-0.10 + 0.001 * (column + 0.0):.6f}"
        one["location"]["latitude"] = f"{51.50 + 0.001 * row:.6f}"
        found.append(one)
    return found


async def test_halves_a_polygon_with_too_many_crimes_and_counts_each_once() -> None:
    there = fake()
    there.crimes = spread(100)
    whole = await count_crimes(there.publisher(), WARD, "2026-09")
    assert whole.counts == Counter(burglary=50, drugs=50)
    there.faults = [refusing_above(there, 30)]
    there.asked.clear()
    halved = await count_crimes(there.publisher(), WARD, "2026-09")
    assert halved.counts == whole.counts
    assert there.total() > 4


async def test_the_same_crime_in_two_halves_is_one_crime() -> None:
    there = fake()
    there.crimes = spread(4)
    for one in there.crimes:
        one["location"] = {"latitude": "51.505000", "longitude": "-0.095000"}  # where it is cut
    calls = []

    def fault(request: httpx.Request) -> httpx.Response | None:
        calls.append(request)
        return httpx.Response(503) if len(calls) == 1 else None

    there.faults = [fault]
    found = await count_crimes(there.publisher(), WARD, "2026-09")
    assert len(calls) == 3
    assert found.counts.total() == 4


async def test_gives_up_where_even_a_small_part_is_too_much() -> None:
    there = fake()
    there.faults = [lambda _: httpx.Response(503)]
    with pytest.raises(SourceAwayError):
        await count_crimes(there.publisher(), WARD, "2026-09")
    assert there.total() == 7


async def test_leaves_out_what_lies_around_the_ward_and_what_has_no_place() -> None:
    there = fake()
    near = crime(1, A1)
    near["location"]["longitude"] = "-0.100100"  # seven metres west of the ward
    nowhere = {**crime(3, A1), "location": None}
    body = [near, crime(2, A1), nowhere]
    there.faults = [lambda _: httpx.Response(200, json=body)]
    assert (await count_crimes(there.publisher(), WARD, "2026-09")).counts == {"burglary": 1}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"month": "2026-08"},
        {"id": "1"},
        {"id": None},
        {"category": "Burglary & more"},
        {"location": {"latitude": 51.5, "longitude": -0.1}},
        {"location": {"latitude": "nan", "longitude": "-0.1"}},
    ],
)
async def test_refuses_crimes_that_are_not_what_was_asked(spoilt: dict[str, Any]) -> None:
    there = fake()
    there.faults = [lambda _: httpx.Response(200, json=[{**crime(1, A1), **spoilt}])]
    with pytest.raises(SourceMalformedError):
        await count_crimes(there.publisher(), WARD, "2026-09")


def ragged(corners: int) -> shapely.MultiPolygon:
    """Return a ward with very many corners and an island."""
    ring = [(-0.1 + 0.01 * n / corners, 51.51 + (0.0002 if n % 2 else 0.0)) for n in range(corners)]
    body = shapely.Polygon([*ring, (-0.09, 51.50), (-0.1, 51.50)])
    return shapely.MultiPolygon([body, shapely.box(-0.05, 51.50, -0.049, 51.501)])


def test_asks_with_few_corners_that_leave_nothing_of_the_ward_out() -> None:
    ward = ragged(3000)
    covers = covers_of(ward)
    assert len(covers) == 2
    assert shapely.union_all(covers).covers(ward)
    for cover in covers:
        written = poly_parameter(cover)
        pairs = written.split(":")
        assert len(pairs) <= MAX_POINTS
        assert pairs[0] == pairs[-1]
        assert pairs[0].startswith("51.")
        assert len(parse_qs(f"poly={written}")["poly"][0]) < 4094


def test_two_halves_are_the_whole() -> None:
    for shape in (WARD.geoms[0], shapely.Polygon([(0, 0), (0.02, 0), (0.02, 0.01), (0.01, 0.002)])):
        halves = halves_of(shape)
        assert sum(half.area for half in halves) == pytest.approx(shape.area)
        assert max(local_metres(half).area for half in halves) < local_metres(shape).area


def test_a_ring_becomes_a_polygon_or_nothing() -> None:
    corners = list(WARD.geoms[0].exterior.coords)
    for ring in (corners, corners[:-1]):
        shape = polygon_of(ring)
        assert shape is not None
        assert overlap_of(shape, WARD) == pytest.approx(1.0)
    half = polygon_of([(-0.10, 51.50), (-0.095, 51.50), (-0.095, 51.51), (-0.10, 51.51)])
    assert half is not None
    assert overlap_of(half, WARD) == pytest.approx(0.5)
    bow = polygon_of([(-0.10, 51.50), (-0.09, 51.51), (-0.09, 51.50), (-0.10, 51.51)])
    assert bow is not None
    assert bow.is_valid
    for nothing in ([], corners[:2], [corners[0]] * 5):
        assert polygon_of(nothing) is None
