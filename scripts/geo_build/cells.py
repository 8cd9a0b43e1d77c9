"""One borough divided among its wards by its postcodes: the lines, and who owns a place."""

import sys
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree, Voronoi

from geo_build import grid
from geo_build.grid import GeometryArray
from geo_build.sources import Boroughs, OutputAreas, Postcodes

# An output area with at least this share of its postcodes in one ward belongs to it whole.
# 0.90 to 0.995 were tried against the official boundaries: 0.95 is best.
PURITY = 0.95
_FAR = 2_000_000.0


@dataclass(frozen=True)
class Sites:
    """Distinct points of the grid, each with the one ward its postcodes are in."""

    points: NDArray[np.int64]
    ward: NDArray[np.str_]


@dataclass(frozen=True)
class Division:
    """A borough's outline, what decides the ward of a place in it, and the lines that follow."""

    lad_code: str
    outline: shapely.Geometry
    sites: Sites
    whole_areas: GeometryArray
    whole_ward: NDArray[np.str_]
    lines: GeometryArray

    def wards_of(self, places: GeometryArray) -> NDArray[np.str_]:
        """Return the ward of each place: of the whole area it is in, else of the nearest site."""
        nearest = KDTree(self.sites.points).query(shapely.get_coordinates(places))[1]
        ward: NDArray[np.str_] = self.sites.ward[nearest]
        area, place = shapely.STRtree(places).query(self.whole_areas, predicate="intersects")
        ward[place] = self.whole_ward[area]
        return ward


def divide(boroughs: Boroughs, postcodes: Postcodes, areas: OutputAreas) -> list[Division]:
    """Return every borough's division, in the order of their codes, telling stderr of each."""
    divisions = []
    for number, (code, name) in enumerate(zip(boroughs.code, boroughs.name, strict=True)):
        sys.stderr.write(f"borough {number + 1:2}/{len(boroughs.code)}: {name}\n")
        mine = postcodes.lad == code
        shapes = areas.shape[areas.borough_name == name]
        outline = boroughs.outline[number]
        divisions.append(
            _divide_one(code, outline, postcodes.points[mine], postcodes.ward[mine], shapes)
        )
    return divisions


def _divide_one(
    lad_code: str,
    outline: shapely.Geometry,
    points: NDArray[np.int64],
    ward: NDArray[np.str_],
    shapes: GeometryArray,
) -> Division:
    sites = one_ward_per_point(points, ward)
    whole_areas, whole_ward = areas_in_one_ward(shapes, points, ward)
    between = shapely.intersection(lines_between_wards(sites), outline)
    lines = np.concatenate([between, shapely.boundary(whole_areas)])
    return Division(lad_code, outline, sites, whole_areas, whole_ward, lines)


def one_ward_per_point(points: NDArray[np.int64], ward: NDArray[np.str_]) -> Sites:
    """Return the distinct points, each with its most frequent ward (of equals, the lower code)."""
    codes, ward_index = np.unique(ward, return_inverse=True)
    rows, count = np.unique(np.column_stack([points, ward_index]), axis=0, return_counts=True)
    order = np.lexsort((rows[:, 2], -count, rows[:, 1], rows[:, 0]))
    rows = rows[order]
    first = np.append(True, np.any(rows[1:, :2] != rows[:-1, :2], axis=1))
    return Sites(rows[first, :2], codes[rows[first, 2]])


def lines_between_wards(sites: Sites) -> GeometryArray:
    """Return the edges of the sites' Voronoi cells that have a different ward on either side."""
    middle = sites.points.mean(axis=0)
    corners = _FAR * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    cells = Voronoi(np.vstack([sites.points - middle, corners]))
    ends = np.asarray(cells.ridge_vertices)
    # The four far corners close the outer cells; the edges towards them mean nothing.
    real = (ends >= 0).all(axis=1) & (cells.ridge_points < len(sites.points)).all(axis=1)
    beside = sites.ward[cells.ridge_points[real]]
    differ = beside[:, 0] != beside[:, 1]
    return np.asarray(shapely.linestrings(cells.vertices[ends[real][differ]] + middle))


def areas_in_one_ward(
    shapes: GeometryArray, points: NDArray[np.int64], ward: NDArray[np.str_]
) -> tuple[GeometryArray, NDArray[np.str_]]:
    """Return the output areas whose postcodes are (nearly) all in one ward, with that ward."""
    codes, ward_index = np.unique(ward, return_inverse=True)
    area, point = shapely.STRtree(grid.as_points(points)).query(shapes, predicate="intersects")
    count = np.zeros((len(shapes), len(codes)), dtype=np.int64)
    np.add.at(count, (area, ward_index[point]), 1)
    whole = (count.sum(axis=1) > 0) & (count.max(axis=1) >= PURITY * count.sum(axis=1))
    return shapes[whole], codes[count.argmax(axis=1)[whole]]
