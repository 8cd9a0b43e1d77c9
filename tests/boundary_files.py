"""Small, synthetic ward files in the manner of the ONS and Ordnance Survey."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import mapping

from tests.factories import LAYOUT, NAMES, square

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SHARED = SHARED if SHARED.exists() else Path(__file__).resolve().parents[3] / "shared" / "data"
COUNT = sum(len(codes) for codes in LAYOUT.values())


def real(*parts: str) -> Path:
    """Return a real file kept beside the project, or skip loudly."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"REAL FILE ABSENT: {path.name}; what only it can test is not tested here.")
    return path


def wards(
    code: str = "WD25CD", name: str = "WD25NM", borough: str | None = "LAD25CD"
) -> list[dict[str, Any]]:
    """Return small London's wards as features with these columns; `borough=None` leaves it out."""
    found = []
    for row, (borough_code, codes) in enumerate(LAYOUT.items()):
        for column, ward in enumerate(codes):
            properties = {code: ward, name: f"{NAMES[borough_code]} {column + 1}"}
            if borough is not None:
                properties[borough] = borough_code
            found.append(
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": mapping(square(row, column)),
                }
            )
    return found


def as_polygon(feature: dict[str, Any]) -> dict[str, Any]:
    """Turn a feature's one-part multipolygon into a plain polygon."""
    geometry = feature["geometry"]
    feature["geometry"] = {"type": "Polygon", "coordinates": geometry["coordinates"][0]}
    return feature


def write(path: Path, features: list[dict[str, Any]], **members: Any) -> Path:
    """Write features as a GeoJSON file, compressed where the name ends in .gz."""
    document = {"type": "FeatureCollection", **members, "features": features}
    data = json.dumps(document).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
