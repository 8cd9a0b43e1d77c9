"""British National Grid to longitude and latitude and back, the same on every machine."""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

GeometryArray = NDArray[np.object_]

# EPSG:1314 (Helmert, about 2 m). Written out because PROJ would otherwise pick OSTN15 wherever
# its grid file happens to be installed, and two machines would build different files.
_LONLAT_TO_GRID = Transformer.from_pipeline(
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
    "+step +proj=push +v_3 +step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 "
    "+s=-20.489 +convention=position_vector "
    "+step +inv +proj=cart +ellps=airy +step +proj=pop +v_3 "
    "+step +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
)


def _forward(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(_LONLAT_TO_GRID.transform(points[:, 0], points[:, 1]))


def _inverse(points: NDArray[np.float64]) -> NDArray[np.float64]:
    lonlat = _LONLAT_TO_GRID.transform(points[:, 0], points[:, 1], direction="INVERSE")
    return np.column_stack(lonlat)


def as_points(coordinates: NDArray[np.int64]) -> GeometryArray:
    """Return one point for each row of eastings and northings."""
    return np.asarray(shapely.points(coordinates))


def to_grid(shapes: GeometryArray) -> GeometryArray:
    """Return shapes given in longitude and latitude (in that order) in metres of the grid."""
    return np.asarray(shapely.transform(shapes, _forward))


def to_lonlat(shapes: GeometryArray) -> GeometryArray:
    """Return shapes given in metres of the grid in longitude and latitude, to 6 decimals."""
    return np.asarray(shapely.transform(shapes, lambda points: np.round(_inverse(points), 6)))
