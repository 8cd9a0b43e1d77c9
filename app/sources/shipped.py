"""What ships in `geo/`: boroughs, postcodes, and what each boundary edition is expected to hold."""

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from app.domain.editions import BOROUGH_CODE, WARD_CODE
from app.errors import BoundaryFileError
from app.sources.geojson import read_bytes, read_collection

POSTCODE_HEADER = ["postcode", "ward_code"]
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")


@dataclass(frozen=True, slots=True)
class BoroughRecord:
    """One borough or the City: code, name, police force, and its outline in degrees."""

    code: str
    name: str
    police_force: str
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Control:
    """What a boundary edition is expected to hold, written down before it is loaded."""

    label: str
    valid_from: date
    wards: dict[str, int]


def read_boroughs(path: Path) -> list[BoroughRecord]:
    """Return the boroughs of a GeoJSON file of our own."""
    found = []
    for feature in read_collection(path).features:
        code, name, force = (
            str(feature.properties.get(key, "")) for key in ("lad_code", "lad_name", "police_force")
        )
        if not BOROUGH_CODE.fullmatch(code) or not name or not force:
            raise BoundaryFileError(f"{path.name}: a borough lacks its code, name or police force.")
        found.append(BoroughRecord(code, name, force, feature.shape))
    return found


def read_postcodes(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield each postcode of a CSV file, without its space, with its ward's code."""
    rows = csv.reader(io.StringIO(content.decode("ascii")))
    if next(rows, None) != POSTCODE_HEADER:
        raise BoundaryFileError("The postcode file does not begin with postcode,ward_code.")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(POSTCODE_HEADER) or not WARD_CODE.fullmatch(row[1]):
            raise BoundaryFileError(
                f"Line {number} of the postcode file is not postcode,ward_code."
            )
        compact = row[0].replace(" ", "")
        if not POSTCODE.fullmatch(compact):
            raise BoundaryFileError(f"Line {number} of the postcode file holds no postcode.")
        yield compact, row[1]


def read_postcode_file(path: Path) -> bytes:
    """Return the (unpacked) bytes of a postcode file."""
    return read_bytes(path)


def read_controls(folder: Path) -> list[Control]:
    """Return every control file of a folder; none where there is no such folder."""
    controls = []
    for path in sorted(folder.glob("*.toml")):
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
            wards = {code: int(number) for code, number in told["wards"].items()}
            controls.append(Control(str(told["label"]), told["valid_from"], wards))
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as cause:
            raise BoundaryFileError(
                f"The control file {path.name} cannot be read: {cause}."
            ) from cause
    return controls
