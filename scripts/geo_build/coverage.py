"""Divisions of boroughs joined into one valid coverage of London: no overlap and no gap."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_build import grid
from geo_build.cells import Division
from geo_build.grid import GeometryArray

GRID_M = 1.0
SIMPLIFY_M = 20.0
FRAGMENT_M2 = 5_000.0


@dataclass(frozen=True)
class Parts:
    """Connected pieces of wards in grid metres: each with its ward and its borough."""

    shape: GeometryArray
    ward: NDArray[np.str_]
    lad: NDArray[np.str_]


@dataclass(frozen=True)
class Wards:
    """Multipolygons in longitude and latitude, sorted by ward code, each with its borough."""

    code: list[str]
    lad_code: list[str]
    shape: GeometryArray


def build_wards(divisions: list[Division]) -> Wards:
    """Return the wards that the divisions describe, with identical edges between neighbours."""
    parts = merge_fragments(dissolve(cut_into_faces(divisions)), divisions)
    code, first = np.unique(parts.ward, return_index=True)
    whole = np.array([shapely.multipolygons(parts.shape[parts.ward == ward]) for ward in code])
    simple = shapely.coverage_simplify(whole, SIMPLIFY_M)
    lonlat = canonical(grid.to_lonlat(np.asarray(simple)))
    return Wards(code.tolist(), parts.lad[first].tolist(), lonlat)


def cut_into_faces(divisions: list[Division]) -> Parts:
    """Return the faces that all lines together cut London into, each with its ward.

    All lines meet on one grid of a metre: without it slivers open between the boroughs.
    """
    outlines = [shapely.boundary(division.outline) for division in divisions]
    lines = np.concatenate([np.array(outlines), *(division.lines for division in divisions)])
    network = shapely.union_all(lines, grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    places = shapely.STRtree(shapely.point_on_surface(faces))
    shape, ward, lad = [], [], []
    for division in divisions:
        inside = np.sort(places.query(division.outline, predicate="intersects"))
        shape.append(faces[inside])
        ward.append(division.wards_of(places.geometries[inside]))
        lad.append(np.full(len(inside), division.lad_code))
    return Parts(np.concatenate(shape), np.concatenate(ward), np.concatenate(lad))


def dissolve(pieces: Parts) -> Parts:
    """Return the pieces joined by ward, one part for each connected area."""
    shape, ward, lad = [], [], []
    for code in np.unique(pieces.ward):
        mine = pieces.ward == code
        connected = shapely.get_parts(shapely.union_all(pieces.shape[mine]))
        shape.append(connected)
        ward.append(np.full(len(connected), code))
        lad.append(np.full(len(connected), pieces.lad[mine][0]))
    return Parts(np.concatenate(shape), np.concatenate(ward), np.concatenate(lad))


def merge_fragments(parts: Parts, divisions: list[Division]) -> Parts:
    """Return the parts after every fragment went to its best neighbour in the same borough."""
    while True:
        ward = parts.ward.copy()
        tree = shapely.STRtree(parts.shape)
        for fragment in _fragments(parts, divisions):
            neighbours = tree.query(parts.shape[fragment], predicate="intersects")
            target = _best_neighbour(parts, fragment, np.sort(neighbours))
            ward[fragment] = ward[fragment] if target is None else parts.ward[target]
        if (ward == parts.ward).all():
            return parts
        # A fragment only ever joins a larger part, so that each round has fewer parts.
        parts = dissolve(Parts(parts.shape, ward, parts.lad))


def _fragments(parts: Parts, divisions: list[Division]) -> list[int]:
    """Return detached parts that are very small or hold no postcode of their own ward."""
    area = shapely.area(parts.shape)
    largest = {ward: area[parts.ward == ward].max() for ward in np.unique(parts.ward)}
    points = grid.as_points(np.concatenate([one.sites.points for one in divisions]))
    site_ward = np.concatenate([one.sites.ward for one in divisions])
    part, site = shapely.STRtree(points).query(parts.shape, predicate="intersects")
    lived_in = np.zeros(len(area), dtype=bool)
    lived_in[part[parts.ward[part] == site_ward[site]]] = True
    detached = area < np.array([largest[ward] for ward in parts.ward])
    chosen: list[int] = np.flatnonzero(detached & ((area < FRAGMENT_M2) | ~lived_in)).tolist()
    return chosen


def _best_neighbour(parts: Parts, fragment: int, candidates: NDArray[np.int64]) -> int | None:
    """Return the larger part of the same borough with the longest common edge, if there is one."""
    mine = parts.shape[fragment]
    best, longest = None, 0.0
    for other in candidates.tolist():
        if parts.lad[other] != parts.lad[fragment] or parts.shape[other].area <= mine.area:
            continue
        edge = shapely.intersection(mine, parts.shape[other]).length
        if edge > longest:
            best, longest = other, edge
    return best


def dissolve_boroughs(wards: Wards) -> tuple[list[str], GeometryArray]:
    """Return the borough codes and their shapes, each exactly the union of its wards."""
    lad = np.array(wards.lad_code)
    code = np.unique(lad)
    shapes = [shapely.coverage_union_all(wards.shape[lad == one]) for one in code]
    return code.tolist(), canonical(np.array(shapes))


def canonical(shapes: GeometryArray) -> GeometryArray:
    """Return the shapes as multipolygons with counter-clockwise outer rings, always written alike.

    The orientation is the right-hand rule of RFC 7946 §3.1.6.
    """
    multi = [shapely.multipolygons(shapely.get_parts(shape)) for shape in shapes]
    normal = shapely.normalize(shapely.remove_repeated_points(np.array(multi)))
    return np.asarray(shapely.orient_polygons(normal, exterior_cw=False))
