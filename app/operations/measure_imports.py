"""Survey measures from files: all of a file or nothing; what must be hidden is decided at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select, update

from app.database import Database, ReadSession, WriteSession, insert_for
from app.domain.measures import hidden_figures
from app.errors import EvidenceFileError
from app.models.measures import Measure, MeasureValue
from app.models.sources import SourceCopy
from app.models.wards import Borough, Ward
from app.operations import audit
from app.operations.crime_store import FICTIONAL, Copied, Import, drop_fiction, keep_copy
from app.progress import Progress
from app.sources.measures import SOURCE, MeasureFigure, MeasureFile, MeasureKey

ROWS_AT_ONCE = 1_000
SURVEY = "survey"
VALUE_KEY = ("measure_code", "area_code", "period_on", "group_code")
Session = ReadSession | WriteSession


@dataclass(frozen=True, slots=True)
class MeasuresReport:
    """What an import changed, or would, and what it left out."""

    measures: int
    added: int
    revised: int
    unchanged: int
    left_out: tuple[str, ...]

    @property
    def changes(self) -> int:
        """How many figures are new or other than before."""
        return self.added + self.revised


class _Areas(NamedTuple):
    boroughs: frozenset[str]
    borough_of: Mapping[str, str]

    def know(self, code: str) -> bool:
        return code in self.boroughs or code in self.borough_of


async def import_measures(
    database: Database, file: MeasureFile, order: Import, progress: Progress
) -> MeasuresReport:
    """Write a file's figures that are new or revised, all in one transaction.

    Areas no edition ever had are left out and told; an unknown measure refuses the file.
    """
    async with database.reading() as session:
        await _require_measures(session, file)
        areas = await _read_areas(session)
        stored = await _stored(session)
    figures = {key: figure for key, figure in file.figures.items() if areas.know(key.area)}
    if not figures:
        raise EvidenceFileError("The file has no area that is known here; load the wards first.")
    changed = {
        key: figure
        for key, figure in figures.items()
        if stored.get(key) != (figure.proportion, figure.base)
    }
    if changed and not order.dry_run:
        async with order.open_unit() as session_:
            await _write(session_, file, changed, (order, areas))
    await progress(len(figures), len(figures), "figures")
    revised = len(changed.keys() & stored.keys())
    return MeasuresReport(
        measures=len({key.measure for key in figures}),
        added=len(changed) - revised,
        revised=revised,
        unchanged=len(figures) - len(changed),
        left_out=tuple(sorted({key.area for key in file.figures} - {k.area for k in figures})),
    )


async def _require_measures(session: ReadSession, file: MeasureFile) -> None:
    rows = await session.execute(select(Measure.code, Measure.held_as))
    held = {row.code: row.held_as for row in rows}
    for key, figure in file.figures.items():
        if held.get(key.measure) != SURVEY:
            wrong = f"{key.measure!r} is no measure that surveys give"
            raise EvidenceFileError(f"Line {figure.line}, column measure: {wrong}.")


async def _read_areas(session: Session) -> _Areas:
    boroughs = frozenset(await session.scalars(select(Borough.code)))
    wards = await session.execute(select(Ward.code, Ward.borough_code))
    return _Areas(boroughs, {row.code: row.borough_code for row in wards})


async def _stored(session: ReadSession) -> dict[tuple[Any, ...], tuple[float, int]]:
    fictional = select(SourceCopy.id).where(SourceCopy.source == FICTIONAL)
    value = MeasureValue
    rows = await session.execute(
        select(
            value.measure_code,
            value.area_code,
            value.period_on,
            value.group_code,
            value.proportion,
            value.base,
        ).where(value.copy_id.not_in(fictional))
    )
    return {MeasureKey(*row[:4]): (row[4], row[5]) for row in rows}


async def _write(
    session: WriteSession,
    file: MeasureFile,
    changed: Mapping[MeasureKey, MeasureFigure],
    by: tuple[Import, _Areas],
) -> None:
    order, areas = by
    url = order.url or f"file:{file.name}"
    copied = Copied(SOURCE, url, file.sha256, file.size, order.licence)
    copy_id = await keep_copy(session, copied, order.now)
    await drop_fiction(session, MeasureValue)
    await write_values(session, changed, copy_id, borough_of=areas.borough_of)
    audit.record(
        session,
        order.caller,
        "import_measures",
        ("source_copy", copy_id),
        now=order.now,
        detail={"file": url, "sha256": file.sha256, "figures": len(changed)},
    )


async def write_values(
    session: WriteSession,
    figures: Mapping[MeasureKey, MeasureFigure],
    copy_id: UUID,
    *,
    borough_of: Mapping[str, str],
) -> None:
    """Write figures and decide, for every measure and period they touch, what is hidden."""
    rows = [
        {
            **dict(zip(VALUE_KEY, key, strict=True)),
            "proportion": figure.proportion,
            "base": figure.base,
            "hidden": True,
            "copy_id": copy_id,
        }
        for key, figure in figures.items()
    ]
    insertion = insert_for(session, MeasureValue)
    replaced = {n: insertion.excluded[n] for n in ("proportion", "base", "hidden", "copy_id")}
    upsert = insertion.on_conflict_do_update(index_elements=list(VALUE_KEY), set_=replaced)
    connection = await session.connection()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await connection.execute(upsert, rows[start : start + ROWS_AT_ONCE])
    touched = sorted({(key.measure, key.period_on) for key in figures})
    for measure, period_on in touched:
        await _hide(session, measure, period_on, borough_of)


async def _hide(
    session: WriteSession, measure: str, period_on: date, borough_of: Mapping[str, str]
) -> None:
    value = MeasureValue
    mine = (value.measure_code == measure) & (value.period_on == period_on)
    columns = select(value.area_code, value.group_code, value.base, value.hidden)
    rows = list(await session.execute(columns.where(mine)))
    hidden = hidden_figures({(area, group): base for area, group, base, _ in rows}, borough_of)
    moved = [
        {"area": area, "group": group, "hides": (area, group) in hidden}
        for area, group, _, was in rows
        if ((area, group) in hidden) != was
    ]
    if not moved:
        return
    here = (value.area_code == bindparam("area")) & (value.group_code == bindparam("group"))
    change = update(MeasureValue).where(mine, here)
    await (await session.connection()).execute(change.values(hidden=bindparam("hides")), moved)
