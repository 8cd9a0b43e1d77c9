"""The shipped files: the same content always gives the same bytes."""

import gzip
import io
import json
from pathlib import Path

from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from geo_build import facts
from geo_build.coverage import Wards
from geo_build.grid import GeometryArray
from geo_build.sources import Postcodes

WARDS = "wards.geojson"
BOROUGHS = "boroughs.geojson"
POSTCODES = "postcodes_london.csv.gz"
FILES = (WARDS, BOROUGHS, POSTCODES)


def write_wards(
    folder: Path, wards: Wards, names: dict[str, str], borough_names: dict[str, str]
) -> None:
    """Write one feature for each ward, sorted by code."""
    features = [
        _feature(
            {
                "ward_code": code,
                "ward_name": names[code],
                "lad_code": lad_code,
                "lad_name": borough_names[lad_code],
                "police_force": facts.police_force(lad_code),
                "vintage": facts.EDITION,
                "boundary_status": facts.BOUNDARY_STATUS,
            },
            shape,
        )
        for code, lad_code, shape in zip(wards.code, wards.lad_code, wards.shape, strict=True)
    ]
    _write_collection(folder / WARDS, features)


def write_boroughs(
    folder: Path, codes: list[str], shapes: GeometryArray, borough_names: dict[str, str]
) -> None:
    """Write one feature for each borough, sorted by code."""
    features = [
        _feature(
            {
                "lad_code": code,
                "lad_name": borough_names[code],
                "police_force": facts.police_force(code),
            },
            shape,
        )
        for code, shape in zip(codes, shapes, strict=True)
    ]
    _write_collection(folder / BOROUGHS, features)


def write_postcodes(folder: Path, postcodes: Postcodes) -> None:
    """Write the table of postcode and ward code, sorted by postcode, compressed without a date."""
    rows = zip(postcodes.postcode, postcodes.ward.tolist(), strict=True)
    text = "postcode,ward_code\n" + "".join(f"{postcode},{ward}\n" for postcode, ward in rows)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(text.encode("ascii"))
    (folder / POSTCODES).write_bytes(buffer.getvalue())


def read_content(path: Path) -> bytes:
    """Return a shipped file's bytes; of the compressed one what is inside it.

    The compressor's own bytes differ between builds of zlib, the table does not.
    """
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _feature(properties: dict[str, str], shape: BaseGeometry) -> str:
    return _json({"type": "Feature", "properties": properties, "geometry": mapping(shape)})


def _write_collection(path: Path, features: list[str]) -> None:
    opening = f'{{"type":"FeatureCollection",\n"metadata":{_json(facts.METADATA)},\n"features":[\n'
    path.write_text(opening + ",\n".join(features) + "\n]}\n", encoding="utf-8", newline="\n")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
