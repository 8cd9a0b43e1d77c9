"""Reading ward files: what is refused and in which words, then what is read, of which year."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import shapely
from pyproj import Transformer

from app.errors import BoundaryFileError
from app.sources import geojson
from app.sources.boundaries import read_wards
from tests.boundary_files import COUNT, as_polygon, real, wards, write
from tests.factories import A1, A2, ALDER, LAYOUT, square

BOROUGHS = {
    code: shapely.union_all([square(row, column) for column in range(len(codes))])
    for row, (code, codes) in enumerate(LAYOUT.items())
}


def refusal(path: Path) -> str:
    with pytest.raises(BoundaryFileError) as caught:
        read_wards(path, BOROUGHS)
    assert caught.value.code == "boundary_file_refused"
    return caught.value.detail


def with_geometry(tmp_path: Path, geometry: Any) -> Path:
    features = wards()
    features[0]["geometry"] = geometry
    return write(tmp_path / "w.geojson", features)


RING = [[-0.1, 51.5], [-0.09, 51.5], [-0.09, 51.51], [-0.1, 51.5]]


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (None, "no geometry"),
        ({"type": "Point", "coordinates": [0, 0]}, "not a Polygon"),
        ({"type": "Polygon", "coordinates": []}, "without a ring"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "without a ring"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, "fewer than four"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, "not two numbers"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [1]]]}, "not a list of positions"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], {"x": 1}]]}, "not a list of positions"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [1e999, 51]]]}, "not finite"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [10**400, 51]]]}, "not two numbers"),
        ({"type": "Polygon", "coordinates": "POLYGON"}, "without a ring"),
        ({"type": "Polygon", "coordinates": [RING[:1] * 4]}, "no area"),
        ({"type": "Polygon", "coordinates": [[[530000, 180000]] * 4]}, "not degrees"),
    ],
)
def test_refuses_a_geometry_that_is_no_area_in_degrees(
    tmp_path: Path, geometry: Any, words: str
) -> None:
    features = wards()
    features[0]["geometry"] = geometry
    text = json.dumps({"type": "FeatureCollection", "features": features})
    path = tmp_path / "w.geojson"
    path.write_text(text.replace("Infinity", "1e999"))
    assert words in refusal(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not json", "not valid JSON"),
        (b"\n<!doctype html><html><body>Sign in</body></html>", "is an HTML page, not GeoJSON"),
        (b'<?xml version="1.0"?><kml/>', "The file is XML, not GeoJSON"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b"[]", "not a GeoJSON FeatureCollection"),
        (b'{"type":"Topology"}', "not a GeoJSON FeatureCollection"),
        (b'{"error":{"code":400}}', "error message"),
        (b'{"type":"FeatureCollection","features":[]}', "no features"),
        (b'{"type":"FeatureCollection","features":[NaN]}', "not a number"),
        (b'{"type":"FeatureCollection","features":[1]}', "not a GeoJSON feature"),
        (b"[" * 100_000, "deeper than 16"),
        (b'{"a":' * 100_000, "deeper than 16"),
        (b"\x1f\x8bgarbage", "damaged"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:-10], "middle of its gzip stream"),
    ],
)
def test_refuses_a_file_that_is_no_feature_collection(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "w.geojson"
    path.write_bytes(content)
    assert words in refusal(path)


def test_brackets_inside_names_are_not_nesting(tmp_path: Path) -> None:
    features = wards()
    features[0]["properties"]["WD25NM"] = 'A "quoted" \\ ' + "[" * 60
    assert len(read_wards(write(tmp_path / "w.geojson", features), BOROUGHS).records) == COUNT


def test_refuses_a_compressed_file_that_unpacks_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "bomb.geojson.gz"
    path.write_bytes(gzip.compress(b" " * (geojson.MAX_BYTES + 1)))
    assert "larger than 60,000,000 bytes" in refusal(path)


def test_refuses_more_features_or_vertices_than_london_can_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "w.geojson", wards())
    monkeypatch.setattr(geojson, "MAX_VERTICES", 30)
    assert "more than 30 vertices" in refusal(path)
    monkeypatch.setattr(geojson, "MAX_FEATURES", 6)
    assert "more than 6 features" in refusal(path)


def test_refuses_a_file_without_ward_columns(tmp_path: Path) -> None:
    assert "No columns" in refusal(write(tmp_path / "w.geojson", wards("LAD25CD", "LAD25NM", None)))


def test_refuses_latitude_before_longitude(tmp_path: Path) -> None:
    turned = [[y, x] for x, y in RING]
    path = with_geometry(tmp_path, {"type": "Polygon", "coordinates": [turned]})
    assert "longitude first" in refusal(path)


def test_refuses_a_code_that_stands_twice(tmp_path: Path) -> None:
    features = wards()
    features[1]["properties"]["WD25CD"] = A1
    assert f"{A1} stands in the file twice" in refusal(write(tmp_path / "w.geojson", features))


@pytest.mark.parametrize("name", [None, "", "  ", 7, "x" * 101])
def test_refuses_a_ward_without_a_usable_name(tmp_path: Path, name: Any) -> None:
    features = wards()
    features[0]["properties"]["WD25NM"] = name
    assert "no usable name" in refusal(write(tmp_path / "w.geojson", features))


@pytest.mark.parametrize("name", ["EPSG:3857", "urn:ogc:def:crs:EPSG::4277", None, 27700])
def test_refuses_a_reference_system_it_does_not_know(tmp_path: Path, name: Any) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    assert "reference system" in refusal(write(tmp_path / "w.geojson", wards(), crs=crs))


def test_refuses_the_national_grid_in_plain_words_without_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyproj", None)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    assert "ward-priorities[import]" in refusal(write(tmp_path / "w.geojson", wards(), crs=crs))


def test_converts_the_national_grid_to_degrees(tmp_path: Path) -> None:
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    features = wards()
    for feature in features:
        feature["geometry"]["coordinates"] = [
            [[list(to_grid.transform(*xy)) for xy in ring] for ring in part]
            for part in feature["geometry"]["coordinates"]
        ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    file = read_wards(write(tmp_path / "w.geojson", features, crs=crs), BOROUGHS)
    assert file.reprojected
    assert shapely.equals_exact(
        shapely.normalize(file.records[0].shape), shapely.normalize(square(0, 0)), tolerance=1e-6
    )


@pytest.mark.parametrize(
    ("code", "name", "borough", "year"),
    [
        ("WD25CD", "WD25NM", "LAD25CD", 2025),
        ("wd22cd", "wd22nm", "lad22cd", 2022),
        ("WD18CD", "WD18NM", "LAD17CD", 2018),
        ("lau215cd", "lau215nm", None, 2015),
        ("CODE", "NAME", None, None),
        ("ward_code", "ward_name", "lad_code", None),
    ],
)
def test_reads_the_columns_of_every_publisher_and_year(
    tmp_path: Path, code: str, name: str, borough: str | None, year: int | None
) -> None:
    file = read_wards(write(tmp_path / "w.geojson.gz", wards(code, name, borough)), BOROUGHS)
    assert (len(file.records), file.year) == (COUNT, year)
    assert (file.records[0].code, file.records[0].name) == ("E05090001", "Alder 1")
    assert [record.borough_code for record in file.records][:3] == [ALDER] * 3


def test_takes_the_newest_year_where_several_stand_side_by_side(tmp_path: Path) -> None:
    features = wards()
    for feature in features:
        feature["properties"] |= {"WD18CD": "E05000001", "WD18NM": "Old", "WD25NMW": " "}
    file = read_wards(write(tmp_path / "w.geojson", features), BOROUGHS)
    assert (file.year, file.records[0].name) == (2025, "Alder 1")


def test_writes_names_of_ordnance_survey_as_the_ons_does(tmp_path: Path) -> None:
    features = wards("CODE", "NAME", None)
    features[0]["properties"]["NAME"] = "St. Mary's &  St. James Ward"
    file = read_wards(write(tmp_path / "w.geojson", features), BOROUGHS)
    assert file.records[0].name == "St Mary's & St James"


@pytest.mark.parametrize(
    ("column", "code", "words"),
    [
        ("WD25CD", "E0509", "has 'E0509' for its code, which is no ward code"),
        ("WD25CD", "E050900O1", "has 'E050900O1' for its code"),
        ("LAD25CD", "E0909000", "'E0909000' is no borough code"),
    ],
)
def test_refuses_a_mistyped_code_in_london(
    tmp_path: Path, column: str, code: str, words: str
) -> None:
    features = wards()
    features[0]["properties"][column] = code
    with pytest.raises(BoundaryFileError, match=words):
        read_wards(write(tmp_path / "w.geojson", features), BOROUGHS)


def test_leaves_out_and_reports_what_lies_outside_london(tmp_path: Path) -> None:
    features = wards()
    elsewhere = json.loads(json.dumps(features[0]))
    elsewhere["properties"] = {"WD25CD": "W05000001", "WD25NM": "Far", "LAD25CD": "W06000001"}
    elsewhere["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[-3, 52], [-2.9, 52], [-2.9, 52.1], [-3, 52]]],
    }
    file = read_wards(write(tmp_path / "w.geojson", [*features, elsewhere]), BOROUGHS)
    assert (len(file.records), file.foreign) == (COUNT, ("W05000001",))


def test_keeps_every_shape_as_a_valid_multipolygon_and_reports_repairs(tmp_path: Path) -> None:
    features = [as_polygon(wards()[0]), *wards()[1:]]
    bow = [[-0.09, 51.5], [-0.08, 51.51], [-0.08, 51.5], [-0.09, 51.51], [-0.09, 51.5]]
    features[1]["geometry"] = {"type": "Polygon", "coordinates": [bow]}
    file = read_wards(write(tmp_path / "w.geojson", features), BOROUGHS)
    assert file.repaired == (A2,)
    assert {record.shape.geom_type for record in file.records} == {"MultiPolygon"}
    assert all(record.shape.is_valid for record in file.records)


@pytest.mark.parametrize(
    ("name", "count", "boroughs", "year", "publisher"),
    [
        ("wards_2025_ons_bgc_london.geojson.gz", 704, 33, 2025, "ons"),
        ("wards_2018_os_boundaryline_london.geojson.gz", 657, 33, None, "os"),
        ("wards_2015_ons_lau2_london.geojson.gz", 654, 33, 2015, "ons"),
        ("wards_2025_ons_raw_attributes_9_boroughs.geojson.gz", 188, 9, 2025, "ons"),
        ("wards_2022_ons_bfc_lewisham_epsg27700.geojson.gz", 19, 1, 2022, "ons"),
    ],
)
def test_reads_the_real_files_of_four_vintages(
    name: str, count: int, boroughs: int, year: int | None, publisher: str
) -> None:
    path = real("boundaries", name)
    outlines = geojson.read_collection(Path("geo/boroughs.geojson")).features
    known = {feature.properties["lad_code"]: feature.shape for feature in outlines}
    file = read_wards(path, known)
    assert (len(file.records), file.year, file.publisher) == (count, year, publisher)
    assert len({record.borough_code for record in file.records}) == boroughs
    assert (file.foreign, file.repaired) == ((), ())
