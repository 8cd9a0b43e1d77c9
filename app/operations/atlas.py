"""The atlas: each process's index of an edition's wards, which finds a point in microseconds."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from app.database import Database, ReadSession
from app.errors import BoundariesUnknownError, BusyError
from app.geometry import LONDON_LATITUDE, all_in_metres, metres_per_degree, shapes_of
from app.models.wards import Borough, BoundaryEdition, Ward
from app.operations.wards import find_edition, first_known_day

GRID = 256
METRES_EAST, METRES_NORTH = metres_per_degree(LONDON_LATITUDE)


@dataclass(frozen=True, slots=True, eq=False)
class WardEntry:
    """One ward of an edition, with its shape in degrees and its outline in metres."""

    code: str
    name: str
    borough_code: str
    borough_name: str
    police_force: str
    shape: BaseGeometry
    outline_m: BaseGeometry

    def metres_to_boundary(self, longitude: float, latitude: float) -> float:
        """Return the distance in metres from a point inside the ward to its nearest boundary."""
        here = shapely.Point(longitude * METRES_EAST, latitude * METRES_NORTH)
        return float(shapely.distance(self.outline_m, here))


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """What an answer says of the edition it comes from."""

    id: Any
    label: str
    boundary_status: str
    valid_from: date
    valid_to: date | None
    attribution: str


@dataclass(frozen=True, slots=True)
class PackedBody:
    """A big body as it is and compressed with gzip, made once."""

    plain: bytes
    packed: bytes


class EditionIndex:
    """The wards of one edition: by code, by point and by box."""

    def __init__(self, edition: EditionFacts, entries: Iterable[WardEntry]) -> None:
        self.edition = edition
        self.entries = sorted(entries, key=lambda entry: entry.code)
        self.by_code = {entry.code: entry for entry in self.entries}
        shapes = [entry.shape for entry in self.entries]
        shapely.prepare(shapes)
        self._tree = STRtree(shapes)
        self.bounds = shapely.total_bounds(shapes)
        west, south, east, north = self.bounds
        self._origin = (west, south)
        self._cell = ((east - west) / GRID, (north - south) / GRID)
        self._cells: dict[int, WardEntry | tuple[WardEntry, ...] | None] = {}
        self.ready: dict[str, tuple[bytes, ...]] = {}
        """What a process keeps ready per ward for as long as this edition is in force."""
        self.maps: dict[str, PackedBody] = {}
        """Whole maps of the edition, written and compressed once."""
        self.drawn: dict[str, bytes] = {}
        """Each ward as a GeoJSON feature for small scales, by code; empty until a map is asked."""

    def ward_at(self, longitude: float, latitude: float) -> WardEntry | None:
        """Return the ward that covers a point, the lowest code on a shared line, `None` outside."""
        column = int((longitude - self._origin[0]) / self._cell[0])
        row = int((latitude - self._origin[1]) / self._cell[1])
        if not (-1 <= column <= GRID and -1 <= row <= GRID):
            return None
        cell = row * (GRID + 3) + column
        if cell in self._cells:
            found = self._cells[cell]
        else:
            found = self._cells[cell] = self._fill(column, row)
        if found is None or isinstance(found, WardEntry):
            return found
        for entry in found:
            if shapely.intersects_xy(entry.shape, longitude, latitude):
                return entry
        return None

    def wards_in_box(self, west: float, south: float, east: float, north: float) -> list[WardEntry]:
        """Return the wards that touch a box in degrees, in order of code."""
        box = shapely.box(west, south, east, north)
        return [self.entries[i] for i in sorted(self._tree.query(box, predicate="intersects"))]

    def _fill(self, column: int, row: int) -> WardEntry | tuple[WardEntry, ...] | None:
        west = self._origin[0] + column * self._cell[0]
        south = self._origin[1] + row * self._cell[1]
        margin_x, margin_y = self._cell[0] * 1e-6, self._cell[1] * 1e-6
        box = shapely.box(
            west - margin_x,
            south - margin_y,
            west + self._cell[0] + margin_x,
            south + self._cell[1] + margin_y,
        )
        found = self.wards_in_box(*box.bounds)
        if not found:
            return None
        if len(found) == 1 and shapely.contains_properly(found[0].shape, box):
            return found[0]
        return tuple(found)


async def load_index(session: ReadSession, edition: BoundaryEdition) -> EditionIndex:
    """Return the index of one edition, read from the database."""
    rows = (
        await session.execute(
            select(
                Ward.code,
                Ward.name,
                Ward.borough_code,
                Borough.name,
                Ward.police_force,
                Ward.boundary,
            )
            .join(Borough, Borough.code == Ward.borough_code)
            .where(Ward.edition_id == edition.id)
        )
    ).all()
    shapes = shapes_of([row.boundary for row in rows])
    outlines = shapely.boundary(all_in_metres(shapes))
    shapely.prepare(outlines)
    entries = [
        WardEntry(code, name, borough_code, borough_name, force, shape, outline)
        for (code, name, borough_code, borough_name, force, _), shape, outline in zip(
            rows, shapes, outlines, strict=True
        )
    ]
    facts = EditionFacts(
        edition.id,
        edition.label,
        edition.boundary_status,
        edition.valid_from,
        edition.valid_to,
        edition.attribution,
    )
    return EditionIndex(facts, entries)


BOUNDARIES_MOVED = "boundaries_moved"
"""Set in the `info` of a session that puts another edition in force."""


class Atlas:
    """The indexes a process holds: the edition in force, and past ones once they are asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._current: EditionIndex | None = None
        self._past: dict[Any, EditionIndex] = {}
        self._revision = -1
        self._loading = asyncio.Lock()
        self._first: asyncio.Task[None] | None = None

    @property
    def current(self) -> EditionIndex | None:
        """The index of the edition in force, where it is loaded."""
        return self._current

    async def moved_to(self, revision: int) -> bool:
        """Take over what another process may have put in force; whether anything was."""
        if revision == self._revision:
            return False
        before = self._current
        await self.refresh()
        self._revision = revision
        return self._current is not before

    def follow(self, revision: int) -> None:
        """Note a write of this process, whose boundaries were taken over if it moved any."""
        if self._revision == revision - 1:
            self._revision = revision

    async def refresh(self) -> None:
        """Take over the edition that is in force now."""
        async with self._loading, self._database.reading() as session:
            edition = await find_edition(session)
            if edition is None:
                self._current = None
            elif (
                self._current is None
                or self._current.edition.id != edition.id
                or self._current.edition.valid_from != edition.valid_from
            ):
                self._current = await load_index(session, edition)

    async def _load_for_all(self) -> None:
        """Load the edition once for all who wait for it: they share what comes of it, faults too.

        If each waited for a turn of its own, a database that hangs would hang them one by one.
        """
        if self._first is None or self._first.done():
            self._first = asyncio.create_task(self.refresh())
        await asyncio.shield(self._first)

    async def get(self, on: date | None = None) -> EditionIndex:
        """Return the index of the edition in force on a day.

        Raises `BoundariesUnknownError` for a day before the first edition or in a gap between two,
        and `BusyError` while no boundaries are loaded at all.
        """
        if self._current is None:
            await self._load_for_all()
        current = self._current
        if current is None:
            raise BusyError("No ward boundaries are loaded yet.")
        if on is None or on >= current.edition.valid_from:
            return current
        async with self._loading, self._database.reading() as session:
            edition = await find_edition(session, on=on)
            if edition is None:
                first = await first_known_day(session)
                raise BoundariesUnknownError(
                    f"No boundaries are loaded for {on}; the earliest are of {first}."
                )
            if edition.id not in self._past:
                self._past[edition.id] = await load_index(session, edition)
        return self._past[edition.id]
