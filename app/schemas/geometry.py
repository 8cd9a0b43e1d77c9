"""GeoJSON shapes inside other bodies."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.base import In, Out
from app.schemas.wards import Latitude, Longitude

MAX_RINGS, MAX_RING_POSITIONS = 10, 100

Ring = Annotated[
    list[tuple[Longitude, Latitude]], Field(min_length=4, max_length=MAX_RING_POSITIONS)
]

_SQUARE = [[-0.012, 51.461], [-0.01, 51.461], [-0.01, 51.463], [-0.012, 51.463], [-0.012, 51.461]]


class PolygonIn(In):
    """A coarse GeoJSON Polygon: WGS 84, longitude first, closed rings, at most 100 positions."""

    type: Literal["Polygon"]
    coordinates: list[Ring] = Field(min_length=1, max_length=MAX_RINGS, examples=[[_SQUARE]])


class PolygonOut(Out):
    """A GeoJSON Polygon: WGS 84, longitude first."""

    type: Literal["Polygon"]
    coordinates: list[list[list[float]]]
