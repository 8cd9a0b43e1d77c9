"""Datasets as bytes: CSV, JSON Lines and GeoJSON, written batch by batch."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from app.database import ReadSession
from app.domain.open_data import Description, cell, json_text, plain
from app.domain.tables import csv_text
from app.geometry import geojson, shape_of
from app.operations.open_data import Dataset, Row, batches
from app.progress import Progress, in_silence


class Target(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> Any:
        """Take more bytes."""


class Sink:
    """Passes bytes on, and knows how many they were and their SHA-256."""

    def __init__(self, target: Target) -> None:
        self._target, self._digest = target, hashlib.sha256()
        self.size = 0
        self.rows = 0

    def write(self, data: bytes) -> None:
        """Pass bytes on."""
        self._target.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """The SHA-256 of all that was passed on."""
        return self._digest.hexdigest()


async def write_dataset(
    session: ReadSession,
    wanted: Dataset,
    kind: str,
    target: Target,
    *,
    progress: Progress = in_silence,
) -> Sink:
    """Write a dataset in a format of its own; return how much that was. Rows come sorted."""
    render, (begin, end) = RENDERERS[kind], _frame(wanted.told, kind)
    sink = Sink(target)
    sink.write(begin)
    async for rows in batches(session, wanted):
        written = await asyncio.to_thread(render, wanted.told, rows)
        if kind == "geojson" and sink.rows and rows:
            written = b"," + written
        await asyncio.to_thread(sink.write, written)
        sink.rows += len(rows)
        await progress(sink.rows, None, wanted.told.name)
    sink.write(end)
    return sink


def _frame(told: Description, kind: str) -> tuple[bytes, bytes]:
    if kind == "csv":
        return csv_text([told.header]).encode(), b""
    if kind == "geojson":
        licence = json_text(told.licence.as_json())
        attribution = json_text(told.attribution)
        head = (
            f'{{"type":"FeatureCollection","name":{json_text(told.name)},"licence":{licence},'
            f'"attribution":{attribution},"features":['
        )
        return head.encode(), b"]}\n"
    return b"", b""


def _csv(told: Description, rows: Sequence[Row]) -> bytes:
    del told
    return csv_text([cell(value) for value in row.values] for row in rows).encode()


def _lines(told: Description, rows: Sequence[Row]) -> bytes:
    names = told.header
    objects = (_as_object(names, row) for row in rows)
    return "".join(f"{_dumped(found)}\n" for found in objects).encode()


def _features(told: Description, rows: Sequence[Row]) -> bytes:
    return ",".join(_dumped(_feature(told, row)) for row in rows).encode()


def _feature(told: Description, row: Row) -> dict[str, Any]:
    properties = _as_object(told.header, row)
    shape = row.geometry
    return {
        "type": "Feature",
        "id": "/".join(str(properties[name]) for name in told.primary_key),
        "geometry": None if shape is None else geojson(shape_of(shape)),
        "properties": properties,
    }


def _as_object(names: Sequence[str], row: Row) -> dict[str, Any]:
    """Return a row by name in order of its fields; what lies within lists and objects is sorted."""
    return {name: _settled(value) for name, value in zip(names, row.values, strict=True)}


def _settled(value: Any) -> Any:
    """Return a JSON value whose objects have the same order on every database."""
    found = plain(value)
    return json.loads(json_text(found)) if isinstance(found, dict | list) else found


def _dumped(found: dict[str, Any]) -> str:
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


RENDERERS: dict[str, Callable[[Description, Sequence[Row]], bytes]] = {
    "csv": _csv,
    "jsonl": _lines,
    "geojson": _features,
}
