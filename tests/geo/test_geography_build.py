"""The build's own guards, each shown a planted fault that it must refuse."""

import dataclasses
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

REPOSITORY = Path(__file__).parents[2]
GEO = REPOSITORY / "geo"
sys.path.append(str(REPOSITORY / "scripts"))
WHY = "NOT TESTED: the build's guards need the optional dependency group geo-build"
checks: Any = pytest.importorskip("geo_build.checks", reason=WHY)
cells: Any = pytest.importorskip("geo_build.cells", reason=WHY)
coverage: Any = pytest.importorskip("geo_build.coverage", reason=WHY)
inputs: Any = pytest.importorskip("geo_build.inputs", reason=WHY)
sources: Any = pytest.importorskip("geo_build.sources", reason=WHY)
build_geo: Any = pytest.importorskip("build_geo", reason=WHY)

# Classes of the build, which may be absent where this file is type-checked.
Wards = Any
Postcodes = Any


@pytest.fixture(scope="module")
def wards() -> Wards:
    """Return the shipped wards as the build holds them."""
    features = json.loads((GEO / "wards.geojson").read_text(encoding="utf-8"))["features"]
    return coverage.Wards(
        [one["properties"]["ward_code"] for one in features],
        [one["properties"]["lad_code"] for one in features],
        np.array([shapely.geometry.shape(one["geometry"]) for one in features]),
    )


@pytest.fixture(scope="module")
def postcodes(wards: Wards) -> Postcodes:
    """Return as many postcodes as ship, all at a point inside their own ward."""
    places = shapely.get_coordinates(
        checks.grid.to_grid(shapely.point_on_surface(wards.shape))
    ).round()
    table = gzip.decompress((GEO / "postcodes_london.csv.gz").read_bytes()).decode("ascii")
    rows = [row.split(",") for row in table.splitlines()[1:]]
    index = {code: number for number, code in enumerate(wards.code)}
    chosen = np.array([index[ward] for _, ward in rows])
    return sources.Postcodes(
        [postcode for postcode, _ in rows],
        places[chosen].astype(np.int64),
        np.array(wards.code)[chosen],
        np.array(wards.lad_code)[chosen],
    )


def _with_shapes(wards: Wards, change: dict[int, shapely.Geometry]) -> Wards:
    shapes = wards.shape.copy()
    for number, shape in change.items():
        shapes[number] = shape
    return dataclasses.replace(wards, shape=shapes)


def test_refuses_an_input_that_is_not_the_pinned_one(tmp_path: Path) -> None:
    """One altered byte is enough."""
    path = tmp_path / inputs.POSTCODES.filename
    path.write_bytes(b"something else")
    with pytest.raises(inputs.InputError, match="expected c718cef5"):
        inputs.fetch((inputs.POSTCODES,), tmp_path)


def test_refuses_a_ward_too_many_in_a_borough(wards: Wards) -> None:
    """The total alone would not notice a ward that moved."""
    moved = dataclasses.replace(wards, lad_code=["E09000033", *wards.lad_code[1:]])
    with pytest.raises(checks.CheckError, match="E09000033"):
        checks.check_ward_counts(moved)


def test_refuses_a_missing_name_and_a_name_in_the_style_of_os(wards: Wards) -> None:
    """Both would show on every page of that ward."""
    names = dict.fromkeys(wards.code, "Somewhere")
    checks.check_names(wards, names)
    for wrong in ("", "Somewhere Ward", "St. Somewhere"):
        with pytest.raises(checks.CheckError, match="wards without a name"):
            checks.check_names(wards, names | {wards.code[0]: wrong})


def test_refuses_a_shape_that_crosses_itself_or_is_no_multipolygon() -> None:
    """A bow tie is the shortest invalid polygon."""
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    for wrong in (shapely.MultiPolygon([bow_tie]), shapely.box(0, 0, 1, 1)):
        with pytest.raises(checks.CheckError, match="1 shapes are not valid"):
            checks.check_validity(np.array([wrong]))


def test_refuses_a_ward_that_grew_over_its_neighbours(wards: Wards) -> None:
    """Here by about 10 m."""
    grown = _with_shapes(wards, {100: wards.shape[100].buffer(0.0001)})
    with pytest.raises(checks.CheckError, match="unmatched edges"):
        checks.check_coverage(grown.shape)
    with pytest.raises(checks.CheckError, match="overlap"):
        checks.check_no_overlaps_and_no_gaps(grown.shape)


def test_refuses_a_hole_in_london(wards: Wards) -> None:
    """The City's first ward lies inside: without it a hole stays."""
    with pytest.raises(checks.CheckError, match="1 holes"):
        checks.check_no_overlaps_and_no_gaps(wards.shape[1:])


def test_refuses_a_borough_that_is_not_its_wards(wards: Wards) -> None:
    """Here one borough is a ward short."""
    _, shapes = coverage.dissolve_boroughs(wards)
    checks.check_boroughs_are_their_wards(wards, shapes)
    shapes[0] = shapely.difference(shapes[0], wards.shape[0])
    with pytest.raises(checks.CheckError, match="E09000001"):
        checks.check_boroughs_are_their_wards(wards, shapes)


def test_refuses_a_london_of_another_size(wards: Wards) -> None:
    """The check has half a square kilometre of patience."""
    checks.check_area(wards.shape)
    with pytest.raises(checks.CheckError, match=r"expected 1573\.4"):
        checks.check_area(wards.shape[:-1])


def test_refuses_a_postcode_table_that_is_short_or_speaks_of_other_wards(
    wards: Wards, postcodes: Postcodes
) -> None:
    """A lost row and an unknown ward code."""
    checks.check_postcode_table(wards, postcodes)
    short = dataclasses.replace(postcodes, postcode=postcodes.postcode[1:])
    with pytest.raises(checks.CheckError, match="180753 postcodes"):
        checks.check_postcode_table(wards, short)
    unknown = postcodes.ward.copy()
    unknown[0] = "E05999999"
    with pytest.raises(checks.CheckError, match="not the wards of the map"):
        checks.check_postcode_table(wards, dataclasses.replace(postcodes, ward=unknown))


def test_refuses_postcodes_outside_their_own_ward(wards: Wards, postcodes: Postcodes) -> None:
    """One in a hundred is too many."""
    checks.check_postcodes_in_own_ward(wards, postcodes)
    points = postcodes.points.copy()
    points[::100] += 100_000
    with pytest.raises(checks.CheckError, match=r"only 9\d\.\d+% of the postcodes"):
        checks.check_postcodes_in_own_ward(wards, dataclasses.replace(postcodes, points=points))


def test_finds_a_shipped_file_that_was_edited_or_lost(tmp_path: Path) -> None:
    """What --check reports."""
    for name in build_geo.outputs.FILES:
        (tmp_path / name).write_bytes((GEO / name).read_bytes())
    assert build_geo.find_differences(tmp_path, GEO) == []
    (tmp_path / "boroughs.geojson").unlink()
    text = (tmp_path / "wards.geojson").read_text(encoding="utf-8")
    (tmp_path / "wards.geojson").write_text(text.replace("51.5", "51.6", 1), encoding="utf-8")
    assert build_geo.find_differences(tmp_path, GEO) == ["wards.geojson", "boroughs.geojson"]


def test_gives_a_point_shared_by_two_wards_to_the_more_frequent_then_the_lower_code() -> None:
    """Four coordinates of the edition of April 2025 are in two wards."""
    points = np.array([[1, 1], [1, 1], [1, 1], [2, 2], [2, 2]])
    sites = cells.one_ward_per_point(points, np.array(["A", "B", "B", "D", "C"]))
    assert sites.points.tolist() == [[1, 1], [2, 2]]
    assert sites.ward.tolist() == ["B", "C"]


def test_gives_a_fragment_to_the_neighbour_with_the_longest_edge_in_the_same_borough() -> None:
    """The neighbour in the other borough has a longer edge and still does not get it."""
    fragment = shapely.box(0, 0, 50, 20)
    shapes = {
        "A": [shapely.box(2_000, 0, 3_000, 1_000), fragment],
        "B": [shapely.box(-1_000, 0, 0, 1_000)],
        "C": [shapely.box(50, 0, 1_000, 10)],
        "X": [shapely.box(0, -1_000, 50, 0)],
    }
    rows = [(shape, ward) for ward, group in shapes.items() for shape in group]
    shape, ward = (np.array(column) for column in zip(*rows, strict=True))
    lad = np.where(ward == "X", "other", "same")
    middle = shapely.get_coordinates(shapely.centroid(shape)).astype(np.int64)
    division: Any = cells.Division(
        "same", shapely.box(0, 0, 1, 1), cells.Sites(middle, ward), shape[:0], ward[:0], shape[:0]
    )
    merged = coverage.merge_fragments(coverage.Parts(shape, ward, lad), [division])
    owner = merged.ward[shapely.contains(merged.shape, fragment)]
    assert owner.tolist() == ["B"]
