"""Open data as files: made once for a state of the database, kept, and read piece by piece.

A file is made from one snapshot, in batches, on disk; its connection is given back before the first
byte leaves, so that a slow client holds nothing but an open file.
"""

import asyncio
import json
import os
import tempfile
import time
import weakref
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy import func, select

from app.database import Database, ReadSession, hold_snapshot
from app.domain.open_data import Description, package, resource
from app.models.audit import AuditEntry
from app.operations.audit import current_revision
from app.operations.open_data import Dataset
from app.operations.open_data_formats import Sink, write_dataset
from app.operations.open_data_registry import DATASETS
from app.progress import Progress, in_silence

PIECE = 256 * 1024
GOOD_FOR_S = 3600
"""For how long a file is kept at most, even if nothing was written since."""

MAPS = ("boroughs", "wards")
"""Datasets whose shapes are in the bundle."""

NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The one time of every file in a bundle: the same data give the same bytes."""

OTHER_FILES = {
    "geojson": ("map", "application/geo+json"),
    "jsonl": ("lines", "application/jsonl"),
}
"""How files beside CSV are named in a data package, and their media types."""

BUNDLE = "bundle"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class MadeFile:
    """A finished file without a name: gone once nobody reads it."""

    handle: int
    size: int
    sha256: str
    changed_at: datetime | None
    """When anything last changed, as far as the file's state of the database knows."""
    revision: int
    made_at: float

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes, for any number of readers at once."""
        for start in range(0, self.size, PIECE):
            yield await asyncio.to_thread(os.pread, self.handle, PIECE, start)


class OpenDataShelf:
    """The files that one process has made; one is made at a time, so that many cost no more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._made: dict[tuple[str, str], MadeFile] = {}
        self._making = asyncio.Lock()

    async def dataset(self, wanted: Dataset, kind: str) -> MadeFile:
        """Return a dataset in one of its formats."""
        return await self._get(wanted.told.name, kind)

    async def bundle(self) -> MadeFile:
        """Return everything public in one file."""
        return await self._get(BUNDLE, "zip")

    async def _get(self, name: str, kind: str) -> MadeFile:
        async with self._making, self._database.reading() as session:
            await hold_snapshot(session)
            revision = await current_revision(session)
            self._forget_old(revision)
            made = self._made.get((name, kind))
            if made is None:
                made = self._made[name, kind] = await _make(session, name, kind, revision)
            return made

    def forget(self) -> None:
        """Forget every file, so that each is made anew."""
        self._made.clear()

    def _forget_old(self, revision: int) -> None:
        oldest = time.monotonic() - GOOD_FOR_S
        self._made = {
            key: made
            for key, made in self._made.items()
            if made.revision == revision and made.made_at > oldest
        }


async def _make(session: ReadSession, name: str, kind: str, revision: int) -> MadeFile:
    changed_at = await last_change(session)
    with tempfile.TemporaryFile() as file:
        if name == BUNDLE:
            await write_bundle(session, file, in_silence)
            file.seek(0)
            size, digest = await asyncio.to_thread(_measure, file)
        else:
            sink = await write_dataset(session, DATASETS[name], kind, file)
            size, digest = sink.size, sink.sha256
        file.flush()
        handle = os.dup(file.fileno())
    made = MadeFile(handle, size, digest, changed_at, revision, time.monotonic())
    weakref.finalize(made, os.close, handle)
    return made


def _measure(file: IO[bytes]) -> tuple[int, str]:
    sink = Sink(_Nowhere())
    while piece := file.read(PIECE):
        sink.write(piece)
    return sink.size, sink.sha256


class _Nowhere:
    def write(self, data: bytes, /) -> None:
        """Let bytes go."""


async def last_change(session: ReadSession) -> datetime | None:
    """Return when a staff write last changed anything, `None` before the first."""
    return await session.scalar(select(func.max(AuditEntry.at)))


async def write_bundle(session: ReadSession, target: Any, progress: Progress) -> None:
    """Write everything public as a zip: tables, maps, and a data package that describes them.

    The same state of the database gives the same bytes.
    """
    resources = []
    with zipfile.ZipFile(target, "w") as bundle:
        for done, wanted in enumerate(DATASETS.values()):
            await progress(done, len(DATASETS), wanted.told.name)
            path, sink = await _add(session, bundle, wanted, "csv")
            resources.append(described(wanted.told, path, "csv", sink))
        for name in MAPS:
            path, sink = await _add(session, bundle, DATASETS[name], "geojson")
            resources.append(described(DATASETS[name].told, path, "geojson", sink))
        document = package(resources, created=await last_change(session))
        bundle.writestr(_entry("datapackage.json"), written(document))
    await progress(len(DATASETS), len(DATASETS), "")


async def _add(
    session: ReadSession, bundle: zipfile.ZipFile, wanted: Dataset, kind: str
) -> tuple[str, Sink]:
    path = f"data/{wanted.told.name}.{kind}"
    with bundle.open(_entry(path), "w") as target:
        return path, await write_dataset(session, wanted, kind, target)


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry


def described(told: Description, path: str, kind: str, sink: Sink) -> dict[str, Any]:
    """Return a file as an entry of a data package, with its checksum, bytes and rows.

    Rows are what a table has: tools that check a package count no features of a map.
    """
    found = resource(told, path)
    measured = {"bytes": sink.size, "hash": f"sha256:{sink.sha256}"}
    measured |= {"features" if kind == "geojson" else "rows": sink.rows}
    if kind != "csv":
        del found["schema"], found["type"]
        suffix, found["mediatype"] = OTHER_FILES[kind]
        found |= {"name": f"{told.name}-{suffix}", "format": kind}
    return found | measured


def written(document: dict[str, Any]) -> bytes:
    """Return a document as a file that people may read too."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
