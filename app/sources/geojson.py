"""GeoJSON files from outside: read within limits, reprojected, or refused in plain words."""

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from app.errors import BoundaryFileError

MAX_BYTES = 60_000_000
MAX_DEPTH = 16
MAX_FEATURES = 5_000
MAX_VERTICES = 3_000_000
MIN_RING = 4
MAX_POSITION = (180, 90)
CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
DEGREES = re.compile(r"(?i)(?:.*CRS:?:?84|(?:.*:)?EPSG:+4326)")
NATIONAL_GRID = re.compile(r"(?i)(?:.*:)?EPSG:+27700")

Project = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its properties and its polygons in degrees, longitude first."""

    properties: dict[str, Any]
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Collection:
    """A file's features, the hash of its unpacked bytes, and what the file says of itself."""

    features: tuple[Feature, ...]
    metadata: dict[str, Any]
    sha256: str
    reprojected: bool


def read_collection(path: Path) -> Collection:
    """Return the polygons of a plain or gzipped GeoJSON file, or raise `BoundaryFileError`."""
    return collection_of(read_bytes(path))


def collection_of(data: bytes) -> Collection:
    """Return the polygons of a GeoJSON document, or raise `BoundaryFileError`."""
    document = _parse(data)
    crs = _crs_of(document)
    project = None if crs is None else _national_grid()
    budget = _VertexBudget()
    features = tuple(
        Feature(properties, _polygons(geometry, place, budget, project))
        for place, properties, geometry in _features(document)
    )
    metadata = document.get("metadata")
    return Collection(
        features,
        metadata if isinstance(metadata, dict) else {},
        hashlib.sha256(data).hexdigest(),
        project is not None,
    )


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return a file's content, unpacked where it is gzip; never more than the limit is held."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as cause:
        raise BoundaryFileError(f"{path.name} cannot be read: {cause.strerror}.") from cause
    if data.startswith(GZIP_MAGIC):
        data = _unpack(data, limit, path.name)
    if len(data) > limit:
        raise BoundaryFileError(f"{path.name} is larger than {limit:,} bytes unpacked.")
    return data


def _unpack(data: bytes, limit: int, name: str) -> bytes:
    unpacked = bytearray()
    try:
        while data:
            reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
            unpacked += reader.decompress(data, limit + 1 - len(unpacked))
            if len(unpacked) > limit:
                return bytes(unpacked)
            if not reader.eof:
                raise BoundaryFileError(f"{name} ends in the middle of its gzip stream.")
            data = reader.unused_data
    except zlib.error as cause:
        raise BoundaryFileError(
            f"{name} is damaged: its gzip stream cannot be unpacked."
        ) from cause
    return bytes(unpacked)


def refuse_page(data: bytes, wanted: str) -> None:
    """Refuse a web page, which publishers answer with where a file is not."""
    start = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<"):
        kind = "an HTML page" if b"<html" in start or b"<!doctype html" in start else "XML"
        raise BoundaryFileError(
            f"The file is {kind}, not {wanted}; perhaps it came from the address of a page."
        )


def _parse(data: bytes) -> dict[str, Any]:
    refuse_page(data, "GeoJSON")
    _check_depth(data)
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as cause:
        raise BoundaryFileError(f"The file is not valid JSON in UTF-8: {cause}.") from cause
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        if isinstance(document, dict) and "error" in document:
            raise BoundaryFileError("The file holds the publisher's error message, not boundaries.")
        raise BoundaryFileError("The file is not a GeoJSON FeatureCollection.")
    return document


def _check_depth(data: bytes) -> None:
    """Refuse deep nesting before anything recursive sees it; brackets in strings do not count."""
    plain = re.sub(rb"\\.", b"__", data, flags=re.DOTALL) if b"\\" in data else data
    depth, quoted = 0, 0
    for start in range(0, len(plain), CHUNK):
        part = np.frombuffer(plain, np.uint8, min(CHUNK, len(plain) - start), start)
        inside = (np.cumsum(part == ord('"')) + quoted) & 1
        step = np.isin(part, (ord("["), ord("{"))).astype(np.int32)
        step -= np.isin(part, (ord("]"), ord("}")))
        depths = np.cumsum(step * (1 - inside)) + depth
        if depths.max() > MAX_DEPTH:
            raise BoundaryFileError(f"The file is nested deeper than {MAX_DEPTH} levels.")
        depth, quoted = int(depths[-1]), int(inside[-1])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _crs_of(document: dict[str, Any]) -> str | None:
    """Return the name of the file's reference system if it is the National Grid, else `None`."""
    crs = document.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and DEGREES.fullmatch(name):
        return None
    if isinstance(name, str) and NATIONAL_GRID.fullmatch(name):
        return name
    raise BoundaryFileError(
        f"The file's reference system is {str(name or crs)[:80]!r}; "
        "only WGS 84 degrees and EPSG:27700 are read."
    )


def _national_grid() -> Project:
    try:
        from pyproj import Transformer  # noqa: PLC0415 - only in the extra "import"
    except ImportError as cause:
        raise BoundaryFileError(
            "The file is on the British National Grid (EPSG:27700). Install the extra that can "
            "convert it (pip install 'ward-priorities[import]'), or export the file in WGS 84."
        ) from cause
    transformer = Transformer.from_crs(27700, 4326, always_xy=True)

    def project(coordinates: NDArray[Any]) -> NDArray[Any]:
        longitude, latitude = transformer.transform(coordinates[:, 0], coordinates[:, 1])
        return np.round(np.column_stack([longitude, latitude]), 7)

    return project


def _features(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise BoundaryFileError("The file has no features.")
    if len(features) > MAX_FEATURES:
        raise BoundaryFileError(f"The file has more than {MAX_FEATURES:,} features.")
    for number, feature in enumerate(features, start=1):
        place = f"Feature {number}"
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            raise BoundaryFileError(f"{place} is not a GeoJSON feature with properties.")
        geometry = feature.get("geometry")
        if not isinstance(geometry, dict):
            raise BoundaryFileError(f"{place} has no geometry.")
        yield place, feature["properties"], geometry


class _VertexBudget:
    def __init__(self) -> None:
        self.left = MAX_VERTICES

    def take(self, number: int) -> None:
        self.left -= number
        if self.left < 0:
            raise BoundaryFileError(f"The file has more than {MAX_VERTICES:,} vertices.")


def _polygons(
    geometry: dict[str, Any], place: str, budget: _VertexBudget, project: Project | None
) -> BaseGeometry:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):  # of any type in a hostile file
        raise BoundaryFileError(f"{place} is a {str(kind)[:40]}, not a Polygon or MultiPolygon.")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise BoundaryFileError(f"{place} is empty.")
    shapes = []
    for part in parts:
        if not isinstance(part, list) or not part:
            raise BoundaryFileError(f"{place} has a polygon without a ring.")
        rings = [_ring(ring, place, budget, project) for ring in part]
        shapes.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(shapes)


def _ring(
    ring: Any, place: str, budget: _VertexBudget, project: Project | None
) -> shapely.LinearRing:
    try:
        budget.take(len(ring))
        positions = np.array([position[: len(MAX_POSITION)] for position in ring])
    except (TypeError, ValueError, LookupError) as cause:
        raise BoundaryFileError(f"{place} has a ring that is not a list of positions.") from cause
    if positions.shape != (len(ring), len(MAX_POSITION)) or positions.dtype.kind not in "if":
        raise BoundaryFileError(f"{place} has a position that is not two numbers.")
    positions = positions.astype(np.float64)
    if not np.isfinite(positions).all():
        raise BoundaryFileError(f"{place} has a coordinate that is not finite.")
    if project is not None:
        positions = project(positions)
    if not np.isfinite(positions).all() or (np.abs(positions) > MAX_POSITION).any():
        raise BoundaryFileError(
            f"{place} has coordinates that are not degrees; "
            "a file in metres must say so in a `crs` member."
        )
    if len(positions) < MIN_RING:
        raise BoundaryFileError(f"{place} has a ring of fewer than four positions.")
    return shapely.LinearRing(positions)
