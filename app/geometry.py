"""Axis order, SRIDs and stored geometry: the only place that knows how shapes are kept.

`Geo` is the one geometry type of the models. On PostgreSQL it is GeoAlchemy2's `Geometry`; on
SQLite the same EWKB in a BLOB, with the few `ST_` functions the service uses backed by shapely, so
that one query runs on both.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from geoalchemy2 import Geometry, WKBElement, WKTElement
from geoalchemy2.shape import from_shape, to_shape
from numpy.typing import NDArray
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from sqlalchemy import LargeBinary, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

SRID = 4326
"""WGS 84, longitude before latitude, in degrees: the only reference system that is stored."""

LONDON_LATITUDE = 51.5
"""Degrees north of the middle of London, where a flat grid errs least."""

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG)."""

WGS_84_AXIS_M, WGS_84_E2 = 6_378_137.0, 0.006_694_379_990_14
"""The equatorial radius of the WGS 84 ellipsoid and the square of its eccentricity (NGA)."""


class EwkbBlob(TypeDecorator[WKBElement]):
    """A geometry as EWKB bytes in a SQLite BLOB; takes shapes, WKT and WKB elements."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Return the EWKB bytes of whatever was given."""
        del dialect
        if value is None:
            return None
        if isinstance(value, BaseGeometry):
            shape = value
        elif isinstance(value, WKBElement | WKTElement):
            shape = to_shape(value)
        else:
            shape = shapely.from_wkt(str(value).rpartition(";")[2])
        ewkb: bytes = shapely.to_wkb(shapely.set_srid(shape, SRID), include_srid=True)
        return ewkb

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> WKBElement | None:
        """Return the stored geometry as the element PostgreSQL would give."""
        del dialect
        return None if value is None else WKBElement(value, srid=SRID, extended=True)


class Geo(TypeDecorator[Any]):
    """A geometry column of one shape in WGS 84, the same on both databases."""

    impl = Geometry
    cache_ok = True

    def __init__(self, geometry_type: str) -> None:
        self.geometry_type = geometry_type
        super().__init__(geometry_type=geometry_type, srid=SRID, spatial_index=False)

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        """Return a BLOB on SQLite, PostGIS's own type elsewhere and where no dialect is known."""
        if dialect is not None and dialect.name == "sqlite":
            return dialect.type_descriptor(EwkbBlob())
        return self.impl_instance

    def coerce_compared_value(self, op: Any, value: Any) -> "Geo":
        """Keep the type of whatever is compared with the column."""
        del op, value
        return self

    def __repr__(self) -> str:
        return f"Geo({self.geometry_type!r})"


def stored(shape: BaseGeometry) -> WKBElement:
    """Return a shape in the form the models store."""
    return from_shape(shape, srid=SRID, extended=True)


def shape_of(element: Any) -> BaseGeometry:
    """Return the shape of a stored geometry."""
    return to_shape(element)


def shapes_of(elements: Sequence[Any]) -> NDArray[Any]:
    """Return the shapes of many stored geometries at once."""
    array: NDArray[Any] = shapely.from_wkb([element.data for element in elements])
    return array


def geojson(shape: BaseGeometry, precision: int = 6) -> dict[str, Any]:
    """Return a shape as an RFC 7946 geometry: longitude, latitude, `precision` decimals."""
    rounded: dict[str, Any] = mapping(shapely.transform(shape, lambda xy: xy.round(precision)))
    return rounded


def point(longitude: float, latitude: float) -> BaseGeometry:
    """Return a point from degrees, longitude first."""
    return shapely.Point(longitude, latitude)


def coordinates_of(element: Any) -> tuple[float, float]:
    """Return the longitude and latitude of a stored point."""
    longitude, latitude = shapely.get_coordinates(shape_of(element))[0].tolist()
    return longitude, latitude


def metres_between(lng1: float, lat1: float, lng2: float, lat2: float) -> float:
    """Return the great-circle distance in metres between two points in degrees (haversine)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_phi, half_lambda = (phi2 - phi1) / 2, math.radians(lng2 - lng1) / 2
    a = math.sin(half_phi) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(a)))


def local_metres(shape: BaseGeometry) -> BaseGeometry:
    """Return a WGS 84 shape of London's size on a flat grid in metres around its own latitude.

    Equirectangular on the ellipsoid: enough to compare areas, and for distances to a boundary.
    """
    latitude = (shape.bounds[1] + shape.bounds[3]) / 2
    return at_latitude(shape, latitude)


def at_latitude(shape: BaseGeometry, latitude: float) -> BaseGeometry:
    """Return a WGS 84 shape in metres on the equirectangular grid of the given latitude."""
    scale = metres_per_degree(latitude)
    projected: BaseGeometry = shapely.transform(shape, lambda xy: xy * scale)
    return projected


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Return how many metres one degree spans eastward and northward at a latitude of WGS 84."""
    sine = math.sin(math.radians(latitude))
    across = WGS_84_AXIS_M / math.sqrt(1 - WGS_84_E2 * sine**2)
    along = across * (1 - WGS_84_E2) / (1 - WGS_84_E2 * sine**2)
    east, north = across * math.cos(math.radians(latitude)), along
    return math.radians(1) * east, math.radians(1) * north


def all_in_metres(shapes: Iterable[BaseGeometry]) -> NDArray[Any]:
    """Return many WGS 84 shapes in metres on one grid, London's own, so that they compare.

    Towards London's northern and southern ends a length from east to west is wrong by up to 0.5 %.
    """
    scale = metres_per_degree(LONDON_LATITUDE)
    array = np.array(list(shapes), dtype=object)
    projected: NDArray[Any] = shapely.transform(array, lambda xy: xy * scale)
    return projected


def square_metres(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return the areas of WGS 84 shapes of a ward's size, each at its own latitude."""
    bounds = shapely.bounds(shapes)
    scales = [metres_per_degree(latitude) for latitude in (bounds[:, 1] + bounds[:, 3]) / 2]
    areas: NDArray[Any] = shapely.area(shapes) * np.prod(scales, axis=1)
    return areas


@lru_cache(maxsize=4096)
def _prepared(ewkb: bytes) -> BaseGeometry:
    shape = shapely.from_wkb(ewkb)
    shapely.prepare(shape)
    return shape


def _wkb(shape: BaseGeometry) -> bytes:
    ewkb: bytes = shapely.to_wkb(shapely.set_srid(shape, SRID), include_srid=True)
    return ewkb


def _parsed(text: str) -> BaseGeometry:
    shape: BaseGeometry = shapely.from_wkt(text.rpartition(";")[2])
    return shape


def _predicate(test: Callable[[BaseGeometry, BaseGeometry], Any]) -> Callable[..., int | None]:
    def holds(left: bytes | None, right: bytes | None) -> int | None:
        if left is None or right is None:
            return None
        return int(bool(test(_prepared(left), shapely.from_wkb(right))))

    return holds


SQLITE_FUNCTIONS: dict[tuple[str, int], Callable[..., Any]] = {
    ("ST_GeomFromText", 1): lambda wkt: _wkb(_parsed(wkt)),
    ("ST_GeomFromText", 2): lambda wkt, _srid: _wkb(_parsed(wkt)),
    ("GeomFromEWKT", 1): lambda ewkt: _wkb(_parsed(ewkt)),
    ("ST_GeomFromEWKT", 1): lambda ewkt: _wkb(_parsed(ewkt)),
    ("ST_MakePoint", 2): lambda x, y: _wkb(shapely.Point(x, y)),
    ("ST_SetSRID", 2): lambda ewkb, _srid: ewkb,
    ("ST_MakeEnvelope", 5): lambda x1, y1, x2, y2, _srid: _wkb(shapely.box(x1, y1, x2, y2)),
    ("ST_Covers", 2): _predicate(shapely.covers),
    ("ST_Intersects", 2): _predicate(shapely.intersects),
    ("ST_IsValid", 1): lambda ewkb: None if ewkb is None else int(_prepared(ewkb).is_valid),
    ("ST_X", 1): lambda ewkb: (
        None if ewkb is None else shapely.get_x(shapely.from_wkb(ewkb)).item()
    ),
    ("ST_Y", 1): lambda ewkb: (
        None if ewkb is None else shapely.get_y(shapely.from_wkb(ewkb)).item()
    ),
}
"""The functions SQLite learns at connection: name and argument count, and what they compute."""


def as_multipolygon(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a shape as one multipolygon, without an overlay's lines and points."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and not p.is_empty]
    return shapely.MultiPolygon(parts)
