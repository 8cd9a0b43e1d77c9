"""Which format a client wants, by `?f=` or `Accept`, and the bytes of GeoJSON and CSV."""

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import Request, Response
from shapely.geometry.base import BaseGeometry

from app.domain.tables import csv_text
from app.errors import NotAcceptableError
from app.geometry import geojson

MEDIA_TYPES = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "ics": "text/calendar",
    "text": "text/plain",
}


def wanted_format(request: Request, *offered: str) -> str:
    """Return the format asked for: `?f=` wins, then `Accept`, then the first offered; else 406."""
    named = request.query_params.get("f")
    if named is not None:
        if named not in offered:
            raise NotAcceptableError(
                f"{named!r} is not offered here; choose one of {', '.join(offered)}.", pointer="f"
            )
        return named
    accept = request.headers.get("accept", "*/*")
    for kind in _by_quality(accept):
        for name in offered:
            if kind in ("*/*", MEDIA_TYPES[name]) or kind == f"{MEDIA_TYPES[name].split('/')[0]}/*":
                return name
    raise NotAcceptableError(f"Offered here: {', '.join(MEDIA_TYPES[name] for name in offered)}.")


def _by_quality(accept: str) -> list[str]:
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.split(",")):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        if quality > 0:
            weighed.append((-quality, place, kind.lower()))
    return [kind for _, _, kind in sorted(weighed)]


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Return rows as an RFC 4180 file; cells a spreadsheet would run as a formula are disarmed."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = csv_text(itertools.chain([header], rows))
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")


def feature(
    shape: BaseGeometry | None, properties: dict[str, Any], identifier: str
) -> dict[str, Any]:
    """Return one RFC 7946 feature, identified in `id` and `properties.code` or `.id` alike."""
    return {
        "type": "Feature",
        "id": identifier,
        "geometry": None if shape is None else geojson(shape),
        "properties": properties,
    }


def geojson_response(document: dict[str, Any]) -> Response:
    """Return a GeoJSON document with its own media type."""
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return Response(body, media_type="application/geo+json")


def offering(declared: dict[str, Any], *formats: str) -> dict[str, Any]:
    """Return a route's declaration with the further formats its answer comes in."""
    kinds = {
        MEDIA_TYPES[name]: {"schema": {"type": "object" if name == "geojson" else "string"}}
        for name in formats
    }
    responses = {**declared.get("responses", {}), 200: {"content": kinds}}
    return {**declared, "responses": responses}
