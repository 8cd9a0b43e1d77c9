"""Lists and maps of an edition's wards: filtered, paged, and written once per edition."""

import asyncio
import gzip
import json
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from app.database import ReadSession
from app.domain.editions import WARD_CODE
from app.geometry import geojson, shape_of
from app.operations.atlas import EditionIndex, PackedBody, WardEntry
from app.operations.wards import list_boroughs
from app.pagination import Key, Page, PageRequest, decode_cursor, encode_cursor

WHOLE = "wards"
BOROUGHS = "boroughs"
PRECISION = 6
"""Decimals of a degree on maps; with 5, a metre, one of the City's smallest wards would break."""

TOLERANCE = 0.0001
"""Degrees by which lines are simplified on maps of many wards: about ten metres."""

COMPRESSION = 9


def wards_within(
    index: EditionIndex,
    borough_code: str | None,
    box: tuple[float, float, float, float] | None,
) -> Sequence[WardEntry]:
    """Return an edition's wards of a borough and touching a box in degrees, in order of code."""
    found: Sequence[WardEntry] = index.entries if box is None else index.wards_in_box(*box)
    if borough_code is None:
        return found
    return [entry for entry in found if entry.borough_code == borough_code]


def page_of_wards(entries: Sequence[WardEntry], page: PageRequest) -> Page[WardEntry]:
    """Return one page of wards in order of code."""
    start = 0
    if page.cursor is not None:
        (code,) = decode_cursor(page.cursor, [Key(None, _ward_code)])
        start = bisect_right(entries, code, key=lambda entry: entry.code)
    items = entries[start : start + page.limit]
    more = start + page.limit < len(entries)
    return Page(items, encode_cursor([items[-1].code]) if more else None)


def _ward_code(text: str) -> str:
    if not WARD_CODE.fullmatch(text):
        raise ValueError(text)
    return text


async def map_of_wards(
    index: EditionIndex, entries: Sequence[WardEntry], borough_code: str | None, *, boxed: bool
) -> PackedBody:
    """Return wards as a GeoJSON collection, simplified for small scales.

    All wards, and those of one borough, are written and compressed once per edition; those in a box
    are put together from features written before.
    """
    if not index.drawn:
        index.drawn = await asyncio.to_thread(_draw_wards, index)
    if boxed and len(entries) < len(index.entries):
        body = _collection(index, [index.drawn[entry.code] for entry in entries])
        return PackedBody(body, b"")
    name = borough_code or WHOLE
    ready = index.maps.get(name)
    if ready is None:
        body = _collection(index, [index.drawn[entry.code] for entry in entries])
        ready = index.maps[name] = await asyncio.to_thread(_pack, body)
    return ready


async def map_of_boroughs(index: EditionIndex, session: ReadSession) -> PackedBody:
    """Return the boroughs as a GeoJSON collection, written and compressed once per edition."""
    ready = index.maps.get(BOROUGHS)
    if ready is None:
        rows = await list_boroughs(session)
        shapes = simplified([shape_of(row.boundary) for row in rows])
        features = [
            _feature(
                row.code,
                shape,
                {"code": row.code, "name": row.name, "police_force": row.police_force},
            )
            for row, shape in zip(rows, shapes, strict=True)
        ]
        body = _collection(index, features)
        ready = index.maps[BOROUGHS] = await asyncio.to_thread(_pack, body)
    return ready


def simplified(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Return shapes with simpler lines that neighbours share; one that would break is kept."""
    drawn = shapely.transform(
        shapely.coverage_simplify(list(shapes), TOLERANCE), lambda xy: xy.round(PRECISION)
    )
    drawn = shapely.orient_polygons(drawn)
    sound = shapely.is_valid(drawn) & ~shapely.is_empty(drawn)
    return [
        new if fine else shapely.orient_polygons(old)
        for new, old, fine in zip(drawn, shapes, sound, strict=True)
    ]


def ward_properties(index: EditionIndex, entry: WardEntry) -> dict[str, Any]:
    """Return what lists and maps say of a ward."""
    return {
        "code": entry.code,
        "name": entry.name,
        "borough": {"code": entry.borough_code, "name": entry.borough_name},
        "police_force": entry.police_force,
        "boundary_status": index.edition.boundary_status,
    }


def _draw_wards(index: EditionIndex) -> dict[str, bytes]:
    shapes = simplified([entry.shape for entry in index.entries])
    return {
        entry.code: _feature(entry.code, shape, ward_properties(index, entry))
        for entry, shape in zip(index.entries, shapes, strict=True)
    }


def _feature(code: str, shape: BaseGeometry, properties: dict[str, Any]) -> bytes:
    return _written(
        {"type": "Feature", "id": code, "geometry": geojson(shape), "properties": properties}
    )


def _collection(index: EditionIndex, features: Sequence[bytes]) -> bytes:
    edition = index.edition
    told = {
        "label": edition.label,
        "boundary_status": edition.boundary_status,
        "valid_from": edition.valid_from.isoformat(),
        "valid_to": None if edition.valid_to is None else edition.valid_to.isoformat(),
        "attribution": edition.attribution,
    }
    return b'{"type":"FeatureCollection","edition":%b,"features":[%b]}' % (
        _written(told),
        b",".join(features),
    )


def _written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _pack(body: bytes) -> PackedBody:
    return PackedBody(body, gzip.compress(body, COMPRESSION, mtime=0))
