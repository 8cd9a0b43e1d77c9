"""Population by census and deprivation scores from files: what is new is written in one piece."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import Database, ReadSession, WriteSession, insert_for
from app.errors import EvidenceFileError
from app.models.crime import Deprivation
from app.models.population import PopulationCount
from app.models.sources import SourceCopy
from app.models.wards import BoundaryEdition, Ward
from app.operations import audit
from app.operations.crime_store import (
    FICTIONAL,
    Copied,
    Import,
    drop_fiction,
    keep_copy,
    known_wards,
)
from app.sources import census, deprivation
from app.sources.census import CensusFile
from app.sources.deprivation import DeprivationFile

ROWS_AT_ONCE = 1_000
WARD = "E05"

Figures = Mapping[tuple[Any, ...], float]
"""A number by all of a row's key."""


@dataclass(frozen=True, slots=True)
class FiguresReport:
    """What an import changed, or would, and which areas it left out.

    `lacks` names, for each dimension that was left out, the columns that the file lacks.
    """

    areas: int
    added: int
    revised: int
    unchanged: int
    left_out: tuple[str, ...]
    empty: tuple[str, ...]
    residents: int | None = None
    lacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """How many figures are new or other than before."""
        return self.added + self.revised


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table of figures: its key columns, its figure, and who audits call its import."""

    table: type[Any]
    key: tuple[str, ...]
    figure: str
    action: str


POPULATION = _Kind(
    PopulationCount, ("area_code", "census_on", "dimension", "category"), "count", "import_census"
)
DEPRIVATION = _Kind(Deprivation, ("ward_code", "release", "measure"), "score", "import_deprivation")


async def import_census(
    database: Database, file: CensusFile, census_on: date, order: Import
) -> FiguresReport:
    """Write a census file's counts by area, and the sums of wards for their boroughs.

    A borough gets a sum where the file does not count it and every ward it has now is known.
    """
    async with database.reading() as session:
        wards = await known_wards(session)
        boroughs = await _boroughs(session)
    areas = {code: c for code, c in file.areas.items() if code in wards or code in boroughs}
    _require_some(areas)
    for borough, members in boroughs.items():
        if borough not in areas and members.isdisjoint(file.empty) and members <= areas.keys():
            areas[borough] = _sum(areas[code] for code in sorted(members))
    figures = {
        (area, census_on, *key): float(count)
        for area, counts in areas.items()
        for key, count in counts.items()
    }
    copied = _copied(census.SOURCE, file, order)
    added, revised = await _write(database, POPULATION, figures, (copied, order))
    people = sum(c.get(("all", "all"), 0) for a, c in areas.items() if a.startswith(WARD))
    return FiguresReport(
        areas=len(areas),
        added=added,
        revised=revised,
        unchanged=len(figures) - added - revised,
        left_out=tuple(sorted(file.areas.keys() - areas.keys())),
        empty=file.empty,
        residents=people,
        lacks=file.lacks,
    )


async def import_deprivation(
    database: Database, file: DeprivationFile, release: str, order: Import
) -> FiguresReport:
    """Write a file's deprivation scores of one release by ward."""
    async with database.reading() as session:
        wards = await known_wards(session)
    named = {ward for ward, _ in file.scores}
    figures = {
        (ward, release, measure): score
        for (ward, measure), score in file.scores.items()
        if ward in wards
    }
    _require_some(figures)
    copied = _copied(deprivation.SOURCE, file, order)
    added, revised = await _write(database, DEPRIVATION, figures, (copied, order))
    return FiguresReport(
        areas=len(named & wards.keys()),
        added=added,
        revised=revised,
        unchanged=len(figures) - added - revised,
        left_out=tuple(sorted(named - wards.keys())),
        empty=file.empty,
    )


def _require_some(found: Mapping[Any, Any]) -> None:
    if not found:
        raise EvidenceFileError("The file has no area that is known here; load the wards first.")


def _copied(source: str, file: CensusFile | DeprivationFile, order: Import) -> Copied:
    url = order.url or f"file:{file.name}"
    return Copied(source, url, file.sha256, file.size, order.licence)


def _sum(counts: Iterable[census.Counts]) -> census.Counts:
    together: dict[tuple[str, str], int] = {}
    for ward in counts:
        for key, count in ward.items():
            together[key] = together.get(key, 0) + count
    return together


async def _boroughs(session: ReadSession) -> dict[str, set[str]]:
    statement = (
        select(Ward.borough_code, Ward.code)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(BoundaryEdition.status == "active")
    )
    found: dict[str, set[str]] = {}
    for borough, ward in await session.execute(statement):
        found.setdefault(borough, set()).add(ward)
    return found


async def _write(
    database: Database,
    kind: _Kind,
    figures: Figures,
    source: tuple[Copied, Import],
) -> tuple[int, int]:
    """Write the figures that differ from those stored, all or none; returns (added, revised)."""
    copied, order = source
    async with database.reading() as session:
        stored = await _stored(session, kind)
    changed = {key: figure for key, figure in figures.items() if stored.get(key) != figure}
    revised = len(changed.keys() & stored.keys())
    if changed and not order.dry_run:
        async with order.open_unit() as session_:
            copy_id = await keep_copy(session_, copied, order.now)
            await drop_fiction(session_, kind.table)
            await _upsert(session_, kind, changed, copy_id)
            detail = {"file": copied.url, "sha256": copied.sha256, "figures": len(changed)}
            audit.record(
                session_,
                order.caller,
                kind.action,
                ("source_copy", copy_id),
                now=order.now,
                detail=detail,
            )
    return len(changed) - revised, revised


async def _stored(session: ReadSession, kind: _Kind) -> dict[tuple[Any, ...], float]:
    fictional = select(SourceCopy.id).where(SourceCopy.source == FICTIONAL)
    columns = [getattr(kind.table, name) for name in (*kind.key, kind.figure)]
    statement = select(*columns).where(kind.table.copy_id.not_in(fictional))
    return {tuple(row[:-1]): float(row[-1]) for row in await session.execute(statement)}


async def _upsert(session: WriteSession, kind: _Kind, figures: Figures, copy_id: UUID) -> None:
    insertion = insert_for(session, kind.table)
    replaced = {name: insertion.excluded[name] for name in (kind.figure, "copy_id")}
    upsert = insertion.on_conflict_do_update(index_elements=list(kind.key), set_=replaced)
    whole = kind is POPULATION
    rows = [
        {
            **dict(zip(kind.key, key, strict=True)),
            kind.figure: int(figure) if whole else figure,
            "copy_id": copy_id,
        }
        for key, figure in figures.items()
    ]
    connection = await session.connection()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await connection.execute(upsert, rows[start : start + ROWS_AT_ONCE])
