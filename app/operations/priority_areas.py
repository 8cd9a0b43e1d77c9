"""Where in its ward a priority applies: a coarse polygon, checked before it is stored."""

import math

import shapely
from shapely.geometry.base import BaseGeometry

from app.errors import InvalidRequestError
from app.geometry import EARTH_RADIUS_M, shape_of
from app.models.wards import Ward
from app.schemas.geometry import PolygonIn

MAX_POSITIONS = 100
MARGIN_M = 500.0
"""How far beyond its ward's bounding box an area may reach: streets do not end at boundaries."""


def area_in_ward(ward: Ward, polygon: PolygonIn, *, pointer: str) -> BaseGeometry:
    """Return a polygon in degrees, longitude first; raises `InvalidRequestError` unless it is fit.

    Fit is: closed rings, at most 100 positions, valid, within 500 m of the ward's bounding box.
    """
    rings = polygon.coordinates
    if sum(map(len, rings)) > MAX_POSITIONS:
        raise _unfit(f"An area has at most {MAX_POSITIONS} positions; it is meant coarse.", pointer)
    if any(ring[0] != ring[-1] for ring in rings):
        raise _unfit("A ring ends at the position where it began.", pointer)
    shape = shapely.Polygon(rings[0], rings[1:])
    if not shape.is_valid or shape.area == 0:
        raise _unfit(f"The area is not a valid polygon: {shapely.is_valid_reason(shape)}.", pointer)
    west, south, east, north = shape_of(ward.boundary).bounds
    margin_y = math.degrees(MARGIN_M / EARTH_RADIUS_M)
    margin_x = margin_y / math.cos(math.radians(south))
    around = shapely.box(west - margin_x, south - margin_y, east + margin_x, north + margin_y)
    if not around.covers(shape):
        raise _unfit(f"The area lies more than {MARGIN_M:.0f} m outside {ward.name}.", pointer)
    return shape


def _unfit(detail: str, pointer: str) -> InvalidRequestError:
    return InvalidRequestError(detail, pointer=pointer)
