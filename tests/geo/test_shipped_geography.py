"""The committed geography: complete, valid, consistent, and close to the official boundaries."""

import csv
import gzip
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

REPOSITORY = Path(__file__).parents[2]
GEO = REPOSITORY / "geo"
OFFICIAL = REPOSITORY.parent / "shared" / "data"
OFFICIAL_WARDS = OFFICIAL / "boundaries" / "wards_2025_ons_bgc_london.geojson.gz"
SAMPLE_POSTCODES = OFFICIAL / "postcodes" / "postcodes_sample_5_per_ward.csv.gz"

LARGEST_WARDS_FILE = 1_700_000
# In the order of the borough codes E09000001 (City of London) to E09000033 (Westminster).
WARDS_PER_BOROUGH = [
    *(25, 19, 24, 17, 22, 22, 20, 28, 24, 25, 23, 21, 21, 21, 22, 20, 21),
    *(22, 17, 18, 19, 25, 19, 20, 24, 22, 18, 23, 20, 20, 22, 22, 18),
]
# Square degrees: a thousandth of a square metre.
NOTHING = 1e-13

Collection = dict[str, Any]
Shapes = NDArray[np.object_]

official = pytest.mark.skipif(
    not (OFFICIAL_WARDS.exists() and SAMPLE_POSTCODES.exists()),
    reason="NOT COMPARED with the official boundaries: the test data of ../shared/data are absent",
)


@pytest.fixture(scope="module")
def wards() -> Collection:
    """Return the wards file as it ships."""
    return _read_collection("wards.geojson")


@pytest.fixture(scope="module")
def boroughs() -> Collection:
    """Return the boroughs file as it ships."""
    return _read_collection("boroughs.geojson")


@pytest.fixture(scope="module")
def postcode_rows() -> list[str]:
    """Return the lines of the postcode table, heading first."""
    content = gzip.decompress((GEO / "postcodes_london.csv.gz").read_bytes())
    return content.decode("ascii").splitlines()


def _read_collection(name: str) -> Collection:
    collection: Collection = json.loads((GEO / name).read_text(encoding="utf-8"))
    return collection


def _shapes(collection: Collection) -> Shapes:
    return np.array([shapely.geometry.shape(one["geometry"]) for one in collection["features"]])


def _column(collection: Collection, name: str) -> list[str]:
    return [one["properties"][name] for one in collection["features"]]


def test_there_are_704_wards_in_33_boroughs_sorted_by_code(
    wards: Collection, boroughs: Collection
) -> None:
    """Every ward and every borough is there once."""
    codes, lad_codes = _column(wards, "ward_code"), _column(boroughs, "lad_code")
    assert (len(set(codes)), len(set(lad_codes))) == (704, 33)
    assert codes == sorted(set(codes))
    assert lad_codes == sorted(set(lad_codes))


def test_each_borough_has_its_known_number_of_wards(wards: Collection) -> None:
    """The numbers are those of the wards in force since May 2022."""
    expected = {f"E090000{n:02}": count for n, count in enumerate(WARDS_PER_BOROUGH, start=1)}
    assert Counter(_column(wards, "lad_code")) == expected


def test_the_met_polices_679_wards_and_the_city_police_25(
    wards: Collection, boroughs: Collection
) -> None:
    """The City of London has a force of its own."""
    assert Counter(_column(wards, "police_force")) == {"metropolitan": 679, "city-of-london": 25}
    for collection in (wards, boroughs):
        by_force = set(
            zip(_column(collection, "police_force"), _column(collection, "lad_code"), strict=True)
        )
        assert {lad for force, lad in by_force if force == "city-of-london"} == {"E09000001"}


def test_a_ward_carries_exactly_the_promised_properties(wards: Collection) -> None:
    """Readers of the file may rely on these names and on no others."""
    for feature in wards["features"]:
        assert list(feature["properties"]) == [
            *("ward_code", "ward_name", "lad_code", "lad_name"),
            *("police_force", "vintage", "boundary_status"),
        ]
        assert re.fullmatch(r"E05\d{6}", feature["properties"]["ward_code"])
        assert re.fullmatch(r"E09\d{6}", feature["properties"]["lad_code"])
    assert set(_column(wards, "vintage")) == {"2025-05"}
    assert set(_column(wards, "boundary_status")) == {"indicative"}


def test_a_borough_carries_exactly_the_promised_properties(boroughs: Collection) -> None:
    """Readers of the file may rely on these names and on no others."""
    for feature in boroughs["features"]:
        assert list(feature["properties"]) == ["lad_code", "lad_name", "police_force"]


def test_wards_and_boroughs_agree_on_borough_names(wards: Collection, boroughs: Collection) -> None:
    """One borough has one name in both files."""
    in_wards = set(zip(_column(wards, "lad_code"), _column(wards, "lad_name"), strict=True))
    of_boroughs = zip(_column(boroughs, "lad_code"), _column(boroughs, "lad_name"), strict=True)
    assert in_wards == set(of_boroughs)


def test_ward_names_follow_the_style_of_the_ons(wards: Collection) -> None:
    """OS writes "St. Ann's Ward" where the ONS writes "St Ann's"."""
    for name in _column(wards, "ward_name"):
        assert name == name.strip() != ""
        assert not name.endswith(" Ward")
        assert "St." not in name


def test_no_borough_has_two_wards_of_one_name(wards: Collection) -> None:
    """Names may repeat across boroughs (Abbey, Village) but not within one."""
    pairs = zip(_column(wards, "lad_code"), _column(wards, "ward_name"), strict=True)
    assert len(set(pairs)) == 704


@pytest.mark.parametrize("name", ["wards", "boroughs"])
def test_every_shape_is_a_valid_multipolygon_in_london(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Coordinates are longitude, latitude in degrees."""
    shapes = _shapes(request.getfixturevalue(name))
    assert {shape.geom_type for shape in shapes} == {"MultiPolygon"}
    assert shapely.is_valid(shapes).all()
    west, south, east, north = shapely.total_bounds(shapes)
    assert -0.52 < west < east < 0.34
    assert 51.28 < south < north < 51.70


@pytest.mark.parametrize("name", ["wards", "boroughs"])
def test_outer_rings_turn_left_and_holes_turn_right(
    name: str, request: pytest.FixtureRequest
) -> None:
    """RFC 7946 §3.1.6, the right-hand rule."""
    for polygon in shapely.get_parts(_shapes(request.getfixturevalue(name))):
        assert polygon.exterior.is_ccw
        assert not any(hole.is_ccw for hole in polygon.interiors)


@pytest.mark.parametrize("name", ["wards", "boroughs"])
def test_coordinates_have_at_most_six_decimals(name: str) -> None:
    """Six decimals are about 10 cm: more would be noise."""
    text = (GEO / f"{name}.geojson").read_text(encoding="utf-8")
    numbers = re.findall(r"(?<=[\[,])-?\d+(?:\.\d+)?(?=[\],])", text)
    assert len(numbers) > 10_000
    assert not [number for number in numbers if not re.fullmatch(r"-?\d{1,2}\.\d{1,6}", number)]


@pytest.mark.parametrize(("name", "count"), [("wards", 704), ("boroughs", 33)])
def test_each_feature_stands_on_its_own_line(name: str, count: int) -> None:
    """A changed ward shows as one changed line."""
    lines = (GEO / f"{name}.geojson").read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith('{"type":"Feature",') for line in lines) == count
    assert all(json.loads(line.rstrip(",")) for line in lines[3 : 3 + count])


def test_the_wards_file_stays_small() -> None:
    """It is loaded by the first start of the service and kept in the repository."""
    assert (GEO / "wards.geojson").stat().st_size <= LARGEST_WARDS_FILE


def test_no_two_wards_overlap_and_nothing_lies_between_them(wards: Collection) -> None:
    """Neighbours share identical edges, and London is one piece without a hole."""
    shapes = _shapes(wards)
    assert shapely.coverage_is_valid(shapes)
    london = shapely.union_all(shapes)
    assert abs(shapely.area(shapes).sum() - london.area) < NOTHING
    assert sum(shapely.get_num_interior_rings(shapely.get_parts(london))) == 0


def test_boroughs_are_exactly_the_union_of_their_wards(
    wards: Collection, boroughs: Collection
) -> None:
    """A place in a ward is always in the ward's borough."""
    lad = np.array(_column(wards, "lad_code"))
    shapes = _shapes(wards)
    for code, borough in zip(_column(boroughs, "lad_code"), _shapes(boroughs), strict=True):
        union = shapely.union_all(shapes[lad == code])
        assert shapely.symmetric_difference(union, borough).area == 0, code


def test_postcodes_are_180754_different_ones_in_canonical_form(postcode_rows: list[str]) -> None:
    """The form is "SW1A 1AA": capitals, one space before the last three characters."""
    assert postcode_rows[0] == "postcode,ward_code"
    postcodes = [row.split(",")[0] for row in postcode_rows[1:]]
    assert len(postcodes) == 180_754
    assert postcodes == sorted(set(postcodes))
    canonical = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}")
    assert not [postcode for postcode in postcodes if not canonical.fullmatch(postcode)]


def test_every_ward_has_postcodes_and_every_postcode_a_known_ward(
    postcode_rows: list[str], wards: Collection
) -> None:
    """The table and the map speak of the same wards."""
    codes = {row.split(",", maxsplit=1)[1] for row in postcode_rows[1:]}
    assert codes == set(_column(wards, "ward_code"))


def test_the_postcode_table_is_compressed_without_a_date() -> None:
    """RFC 1952 §2.3: flags 0 (no file name) and time 0, so that equal tables are equal files."""
    assert (GEO / "postcodes_london.csv.gz").read_bytes()[3:8] == bytes(5)


@pytest.mark.parametrize("name", ["wards", "boroughs"])
def test_each_map_says_where_it_comes_from(name: str, request: pytest.FixtureRequest) -> None:
    """The attribution that the licences ask for travels with the data."""
    metadata = request.getfixturevalue(name)["metadata"]
    assert list(metadata) == ["edition", "source", "licence", "attribution", "method"]
    assert metadata["edition"] == "2025-05"
    assert metadata["licence"] == "Open Government Licence v3.0"
    for holder in ("OS data © Crown", "Royal Mail data ©", "National Statistics data ©"):
        assert f"Contains {holder}" in metadata["attribution"]
    sources = " ".join((GEO / "SOURCES.md").read_text(encoding="utf-8").split())
    assert metadata["attribution"] in sources


def test_the_sources_page_names_each_input_and_each_file_by_its_sha256(
    postcode_rows: list[str],
) -> None:
    """A changed input or a changed file without a word about it in SOURCES.md is refused."""
    build = (REPOSITORY / "scripts" / "geo_build" / "inputs.py").read_text(encoding="utf-8")
    pinned = set(re.findall(r'"([0-9a-f]{64})"', build))
    assert len(pinned) == 3
    table = "".join(f"{row}\n" for row in postcode_rows).encode("ascii")
    maps = [(GEO / name).read_bytes() for name in ("wards.geojson", "boroughs.geojson")]
    shipped = {hashlib.sha256(content).hexdigest() for content in (*maps, table)}
    page = (GEO / "SOURCES.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([0-9a-f]{64})`", page)) == pinned | shipped


@official
def test_ward_shapes_agree_with_the_official_boundaries(wards: Collection) -> None:
    """Intersection over union, averaged over all wards (measured: 0.903)."""
    content = json.loads(gzip.decompress(OFFICIAL_WARDS.read_bytes()))
    by_code = dict(zip(_column(content, "WD25CD"), _shapes(content), strict=True))
    ours = _shapes(wards)
    theirs = np.array([by_code[code] for code in _column(wards, "ward_code")])
    both, either = shapely.intersection(ours, theirs), shapely.union(ours, theirs)
    ratio = shapely.area(both) / shapely.area(either)
    assert ratio.mean() >= 0.89
    assert ratio.min() >= 0.55


@official
def test_sample_postcodes_lie_in_their_ward_and_the_table_knows_them(
    wards: Collection, postcode_rows: list[str]
) -> None:
    """Five postcodes of each ward, by point (measured: 99.7 %) and by table (all)."""
    with gzip.open(SAMPLE_POSTCODES, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = dict(row.split(",") for row in postcode_rows[1:])
    assert len(rows) == 3_520
    assert all(table[row["postcode"]] == row["ward_code"] for row in rows)
    points = shapely.points([(float(row["lng"]), float(row["lat"])) for row in rows])
    codes = np.array(_column(wards, "ward_code"))
    point, ward = shapely.STRtree(_shapes(wards)).query(points, predicate="intersects")
    expected = np.array([row["ward_code"] for row in rows])
    right = np.unique(point[codes[ward] == expected[point]])
    assert len(right) / len(rows) >= 0.97
