"""Ward boundaries of any vintage as the ONS or Ordnance Survey publish them, as records."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from app.domain.editions import (
    BOROUGH_CODE,
    WARD_CODE,
    Columns,
    Publisher,
    find_columns,
    tidy_name,
)
from app.errors import BoundaryFileError
from app.geometry import all_in_metres, as_multipolygon
from app.sources.geojson import Collection, Feature, read_collection

LONDON_BOX = (-0.6, 51.2, 0.4, 51.8)
"""West, south, east, north in degrees: no part of a London ward lies outside."""

MAX_NAME = 100
BOROUGHS_BEGIN = "E09"

SOURCES = {
    Publisher.ONS: "Office for National Statistics, Open Geography Portal",
    Publisher.OS: "Ordnance Survey, Boundary-Line",
    Publisher.OWN: "Ward Priorities",
}
LICENCE = "Open Government Licence v3.0"
ATTRIBUTION = (
    "Source: Office for National Statistics licensed under the Open Government Licence v.3.0. "
    "Contains OS data © Crown copyright and database right."
)

Shapes = Mapping[str, BaseGeometry]


@dataclass(frozen=True, slots=True)
class WardRecord:
    """One London ward of a file, its shape a valid multipolygon in degrees."""

    code: str
    name: str
    borough_code: str
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class BoundaryFile:
    """A file's London wards in order of code, with provenance and what was set aside or mended."""

    records: tuple[WardRecord, ...]
    foreign: tuple[str, ...]
    repaired: tuple[str, ...]
    publisher: Publisher
    year: int | None
    sha256: str
    reprojected: bool
    boundary_status: str | None
    metadata: dict[str, str]

    @property
    def source(self) -> str:
        """Who published the file, and which vintage it is."""
        given = self.metadata.get("source")
        vintage = f", wards of {self.year}" if self.year else ""
        return (given or f"{SOURCES[self.publisher]}{vintage}")[:300]


def read_wards(path: Path, boroughs: Shapes) -> BoundaryFile:
    """Return the London wards of a file, or raise `BoundaryFileError` with one plain sentence.

    A ward whose file names no borough belongs to the known borough that it covers most.
    """
    return wards_of(read_collection(path), boroughs)


def wards_of(collection: Collection, boroughs: Shapes) -> BoundaryFile:
    """Return the London wards of a collection, as `read_wards` does of a file."""
    columns = find_columns(_property_names(collection))
    if columns is None:
        raise BoundaryFileError(
            "No columns with ward codes and names: expected WD25CD and WD25NM (of any year), "
            "lau215cd and lau215nm, or CODE and NAME."
        )
    named = _boroughs_of(collection.features, columns, boroughs)
    kept, foreign, repaired = [], [], []
    for feature, borough in zip(collection.features, named, strict=True):
        code = _text(feature.properties.get(columns.code))
        if borough is not None and not WARD_CODE.fullmatch(code):
            raise BoundaryFileError(
                f"A feature in the borough {borough} has {code[:20]!r} for its code, "
                "which is no ward code like E05013714."
            )
        if borough is None:
            foreign.append(code[:20] or "(no code)")
            continue
        record, mended = _record(feature, code, columns, borough)
        kept.append(record)
        repaired += [code] if mended else []
    _refuse_duplicates(kept)
    if not kept:
        raise BoundaryFileError("The file has no ward in London.")
    return BoundaryFile(
        tuple(sorted(kept, key=lambda record: record.code)),
        tuple(foreign),
        tuple(sorted(repaired)),
        columns.publisher,
        columns.year,
        collection.sha256,
        collection.reprojected,
        _status(collection),
        {key: value for key, value in collection.metadata.items() if isinstance(value, str)},
    )


def _property_names(collection: Collection) -> list[str]:
    names: dict[str, None] = {}
    for feature in collection.features:
        names.update(dict.fromkeys(feature.properties))
    return list(names)


def _status(collection: Collection) -> str | None:
    found = {_text(feature.properties.get("boundary_status")) for feature in collection.features}
    return found.pop() if found in ({"indicative"}, {"official"}) else None


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _boroughs_of(
    features: tuple[Feature, ...], columns: Columns, boroughs: Shapes
) -> list[str | None]:
    """Return each feature's borough, by its column or else by where it lies; `None` if foreign."""
    found: list[str | None] = [None] * len(features)
    unnamed = []
    for place, feature in enumerate(features):
        named = _text(feature.properties.get(columns.borough)) if columns.borough else ""
        if not named:
            unnamed.append(place)
        elif BOROUGH_CODE.fullmatch(named):
            if named not in boroughs:
                raise BoundaryFileError(f"{named} is not a known London borough.")
            found[place] = named
        elif named.upper().startswith(BOROUGHS_BEGIN):
            raise BoundaryFileError(f"{named[:20]!r} is no borough code like E09000023.")
    shapes = [_valid(features[place].shape) for place in unnamed]
    for place, code in zip(unnamed, locate_boroughs(shapes, boroughs), strict=True):
        found[place] = code
    return found


def locate_boroughs(shapes: list[BaseGeometry], boroughs: Shapes) -> list[str | None]:
    """Return the borough that each shape covers most, `None` for a shape mostly outside London."""
    if not shapes or not boroughs:
        return [None] * len(shapes)
    codes = list(boroughs)
    wards, outlines = all_in_metres(shapes), all_in_metres(list(boroughs.values()))
    ward, borough = shapely.STRtree(outlines).query(wards, predicate="intersects")
    shared = np.zeros((len(shapes), len(codes)))
    shared[ward, borough] = shapely.area(shapely.intersection(wards[ward], outlines[borough]))
    best = shared.argmax(axis=1)
    in_london = shared.sum(axis=1) > shapely.area(wards) / 2
    return [codes[b] if inside else None for b, inside in zip(best, in_london, strict=True)]


def _valid(shape: BaseGeometry) -> BaseGeometry:
    return shape if shape.is_valid else as_multipolygon(shapely.make_valid(shape))


def _record(feature: Feature, code: str, columns: Columns, borough: str) -> tuple[WardRecord, bool]:
    name = tidy_name(_text(feature.properties.get(columns.name)), columns.publisher)
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BoundaryFileError(f"Ward {code} has no usable name.")
    shape = _valid(feature.shape)
    if shape.is_empty or shape.area == 0:
        raise BoundaryFileError(f"Ward {code} covers no area.")
    west, south, east, north = shape.bounds
    if not (LONDON_BOX[0] <= west and LONDON_BOX[1] <= south):
        raise BoundaryFileError(_outside(code, west, south))
    if not (east <= LONDON_BOX[2] and north <= LONDON_BOX[3]):
        raise BoundaryFileError(_outside(code, east, north))
    oriented = shapely.orient_polygons(shape)
    return WardRecord(code, name, borough, oriented), shape is not feature.shape


def _outside(code: str, longitude: float, latitude: float) -> str:
    return (
        f"Ward {code} reaches {longitude:g}, {latitude:g}, far outside London; "
        "positions are longitude first, then latitude, in degrees."
    )


def _refuse_duplicates(records: list[WardRecord]) -> None:
    seen: set[str] = set()
    for record in records:
        if record.code in seen:
            raise BoundaryFileError(f"Ward {record.code} stands in the file twice.")
        seen.add(record.code)
