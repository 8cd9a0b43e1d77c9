"""What must be true of the geography before it is written; each check says what is wrong."""

from collections import Counter

import numpy as np
import shapely

from geo_build import facts, grid
from geo_build.coverage import Wards
from geo_build.grid import GeometryArray
from geo_build.sources import Postcodes

_NOTHING_M2 = 0.01


class CheckError(Exception):
    """The built geography breaks a promise; nothing may be written."""


def check_all(
    wards: Wards, boroughs: GeometryArray, names: dict[str, str], postcodes: Postcodes
) -> None:
    """Raise CheckError at the first promise that the built geography breaks."""
    check_ward_counts(wards)
    check_names(wards, names)
    check_validity(wards.shape)
    check_validity(boroughs)
    check_coverage(wards.shape)
    check_no_overlaps_and_no_gaps(wards.shape)
    check_boroughs_are_their_wards(wards, boroughs)
    check_area(wards.shape)
    check_postcode_table(wards, postcodes)
    check_postcodes_in_own_ward(wards, postcodes)


def check_ward_counts(wards: Wards) -> None:
    """Raise CheckError unless each of the 33 boroughs has as many wards as it should."""
    found = Counter(wards.lad_code)
    wrong = {
        code: (found[code], expected)
        for code, expected in facts.WARDS_PER_BOROUGH.items()
        if found[code] != expected
    }
    if wrong or len(wards.code) != facts.TOTAL_WARDS:
        raise CheckError(f"{len(wards.code)} wards; (found, expected) by borough: {wrong}")


def check_names(wards: Wards, names: dict[str, str]) -> None:
    """Raise CheckError when a ward has no name or one in another publisher's style."""
    missing = [code for code in wards.code if not names.get(code)]
    styled = [name for name in names.values() if name.endswith(" Ward") or "St." in name]
    if missing or styled:
        raise CheckError(f"wards without a name: {missing}; names not in ONS style: {styled}")


def check_validity(shapes: GeometryArray) -> None:
    """Raise CheckError unless every shape is a valid, non-empty multipolygon."""
    kind = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON
    good = kind & shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
    if not good.all():
        raise CheckError(f"{np.count_nonzero(~good)} shapes are not valid multipolygons")


def check_coverage(shapes: GeometryArray) -> None:
    """Raise CheckError unless neighbours share identical edges."""
    if not shapely.coverage_is_valid(shapes):
        bad = shapely.coverage_invalid_edges(shapes)
        raise CheckError(f"{np.count_nonzero(~shapely.is_empty(bad))} wards have unmatched edges")


def check_no_overlaps_and_no_gaps(shapes: GeometryArray) -> None:
    """Raise CheckError when two wards share ground or London has a hole inside."""
    on_grid = grid.to_grid(shapes)
    london = shapely.union_all(on_grid)
    overlap = shapely.area(on_grid).sum() - london.area
    holes = sum(shapely.get_num_interior_rings(part) for part in shapely.get_parts(london))
    if abs(overlap) > _NOTHING_M2 or holes:
        raise CheckError(f"wards overlap by {overlap:.1f} m2 and leave {holes} holes")


def check_boroughs_are_their_wards(wards: Wards, boroughs: GeometryArray) -> None:
    """Raise CheckError unless each borough is exactly the union of its wards."""
    lad = np.array(wards.lad_code)
    for code, borough in zip(np.unique(lad), boroughs, strict=True):
        union = shapely.union_all(wards.shape[lad == code])
        if shapely.symmetric_difference(union, borough).area > 0:
            raise CheckError(f"borough {code} is not the union of its wards")


def check_area(shapes: GeometryArray) -> None:
    """Raise CheckError unless London has its known area (land to high water)."""
    area = shapely.area(grid.to_grid(shapes)).sum() / 1e6
    if abs(area - facts.AREA_KM2) > facts.AREA_TOLERANCE_KM2:
        raise CheckError(f"the wards cover {area:.2f} km2, expected {facts.AREA_KM2}")


def check_postcode_table(wards: Wards, postcodes: Postcodes) -> None:
    """Raise CheckError unless every London postcode is there once, in a ward of its borough."""
    rows = len(postcodes.postcode)
    if rows != facts.TOTAL_POSTCODES or len(set(postcodes.postcode)) != rows:
        raise CheckError(f"{rows} postcodes, expected {facts.TOTAL_POSTCODES} different ones")
    lad_of = dict(zip(wards.code, wards.lad_code, strict=True))
    pairs = set(zip(postcodes.ward.tolist(), postcodes.lad.tolist(), strict=True))
    if pairs != set(lad_of.items()):
        raise CheckError("the postcodes' wards are not the wards of the map")


def check_postcodes_in_own_ward(wards: Wards, postcodes: Postcodes) -> None:
    """Raise CheckError unless nearly every postcode's point lies in the ward the table gives."""
    share = share_in_own_ward(wards, postcodes)
    if share < facts.LEAST_POSTCODES_IN_OWN_WARD:
        raise CheckError(f"only {share:.2%} of the postcodes lie in their own ward")


def share_in_own_ward(wards: Wards, postcodes: Postcodes) -> float:
    """Return the share (0 to 1) of postcodes whose point lies in their own ward's shape."""
    points = grid.as_points(postcodes.points)
    tree = shapely.STRtree(grid.to_grid(wards.shape))
    point, ward = tree.query(points, predicate="intersects")
    own = np.array(wards.code)[ward] == postcodes.ward[point]
    return len(np.unique(point[own])) / len(points)
