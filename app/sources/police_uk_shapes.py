"""Shapes on their way to and from data.police.uk: rings compared, polygons to ask with."""

from collections.abc import Iterator, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from app.geometry import LONDON_LATITUDE, all_in_metres, as_multipolygon, metres_per_degree

MAX_POINTS = 90
"""Corners of a polygon that we ask with; a GET could carry about 200 (4,094 characters)."""

MARGINS_M = (25.0, 50.0, 100.0, 200.0, 400.0)
"""How far around a ward we ask, so that few corners suffice and nothing of it is left out."""

MIN_RING = 4


def polygon_of(ring: Sequence[tuple[float, float]]) -> BaseGeometry | None:
    """Return the area within a ring, closed and mended; `None` where it encloses nothing."""
    if len({*ring}) < MIN_RING - 1:
        return None
    shape = as_multipolygon(shapely.make_valid(shapely.Polygon(ring)))
    return None if shape.is_empty or shape.area == 0 else shape


def overlap_of(theirs: BaseGeometry, ours: BaseGeometry) -> float:
    """Return the intersection over the union of two shapes: 1 when they are the same."""
    left, right = all_in_metres([theirs, ours])
    union = shapely.area(shapely.union(left, right))
    return float(shapely.area(shapely.intersection(left, right)) / union) if union else 0.0


def covers_of(ward: BaseGeometry) -> list[BaseGeometry]:
    """Return polygons with few corners that cover a ward together, in degrees.

    They reach beyond it: only what lies in the ward itself is counted afterwards.
    """
    scale = metres_per_degree(LONDON_LATITUDE)
    metres = shapely.transform(ward, lambda xy: xy * scale)
    for margin in MARGINS_M:
        wide = shapely.simplify(shapely.buffer(metres, margin), margin * 0.7)
        parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(wide)]
        few = all(len(part.exterior.coords) <= MAX_POINTS for part in parts)
        if few and shapely.covers(shapely.union_all(parts), metres):
            break
    else:
        parts = [shapely.box(*metres.bounds)]
    return [shapely.transform(part, lambda xy: xy / scale) for part in parts]


def poly_parameter(polygon: BaseGeometry) -> str:
    """Return a polygon as the publisher reads it: `lat,lng:lat,lng:…`, closed."""
    corners = shapely.get_coordinates(polygon).round(5)
    return ":".join(f"{latitude:.5f},{longitude:.5f}" for longitude, latitude in corners)


def halves_of(polygon: BaseGeometry) -> list[BaseGeometry]:
    """Return a polygon cut in the middle of its longer side."""
    west, south, east, north = polygon.bounds
    across, up = metres_per_degree(LONDON_LATITUDE)
    if (east - west) * across > (north - south) * up:
        middle = (west + east) / 2
        boxes = (
            shapely.box(west, south, middle, north),
            shapely.box(middle, south, east, north),
        )
    else:
        middle = (south + north) / 2
        boxes = (
            shapely.box(west, south, east, middle),
            shapely.box(west, middle, east, north),
        )
    return [part for box in boxes for part in _polygons(shapely.intersection(polygon, box))]


def _polygons(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    for part in shapely.get_parts(as_multipolygon(shape)):
        yield shapely.Polygon(part.exterior)
