"""What runs wrote: how lines stood on a day, what changed since, and the runs themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.database import ReadSession, WriteSession
from app.domain.commitments import Key, Scope, SinceKind, Standing, Status, Verdict
from app.errors import NotFoundError
from app.models.commitments import CommitmentCheck, CommitmentRun
from app.pagination import MAX_INTEGER, Page, PageRequest, fetch_page
from app.pagination import Key as SortKey

Session = ReadSession | WriteSession
Row = CommitmentCheck


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are wanted: from a day on, of one commitment, of one area."""

    since: date | None = None
    commitment: str | None = None
    area: str | None = None


async def find_last_run(session: Session, *, as_of: date | None = None) -> CommitmentRun | None:
    """Return the last run, or the last whose day is no later than a day."""
    statement = select(CommitmentRun).order_by(CommitmentRun.number.desc()).limit(1)
    if as_of is not None:
        statement = statement.where(CommitmentRun.as_of <= as_of)
    return (await session.scalars(statement)).first()


async def list_runs(session: Session, page: PageRequest) -> Page[CommitmentRun]:
    """Return the runs, the last first."""
    keys = [SortKey.integer(CommitmentRun.number)]
    return await fetch_page(session, select(CommitmentRun), page, keys, descending=True)


async def get_run(session: Session, run_id: UUID) -> CommitmentRun:
    """Return one run."""
    run = await session.get(CommitmentRun, run_id)
    if run is None:
        raise NotFoundError("commitment run", run_id)
    return run


async def list_standings(
    session: Session,
    *,
    as_of: date | None = None,
    areas: Iterable[str] | None = None,
    observed: bool = False,
) -> dict[Key, Standing]:
    """Return how lines stood by the end of a day, as runs up to it found them; by default now.

    Of these areas, or of all. With `observed` only lines whose first day a run decided.
    """
    wanted: list[ColumnElement[bool]] = []
    if as_of is not None:
        wanted.append(Row.as_of <= as_of)
    if areas is not None:
        wanted.append(Row.area_code.in_(list(areas)))
    last = (
        select(func.max(Row.position))
        .where(*wanted)
        .group_by(Row.area_code, Row.scope, Row.commitment, Row.reading)
    )
    statement = _columns().where(Row.position.in_(last))
    if observed:
        statement = statement.where(Row.since_kind == SinceKind.OBSERVED)
    return {key_of(row): standing_of(row) for row in await session.execute(statement)}


def _columns() -> Any:
    return select(
        Row.commitment,
        Row.reading,
        Row.scope,
        Row.area_code,
        Row.status,
        Row.since,
        Row.since_kind,
        Row.value,
        Row.target,
        Row.shortfall,
        Row.unit,
        Row.finding,
        Row.evidence,
    )


def key_of(row: Any) -> Key:
    """Return which line in which area a row is of."""
    return Key(row.commitment, row.reading, Scope(row.scope), row.area_code)


def standing_of(row: Any) -> Standing:
    """Return what a row says."""
    verdict = Verdict(
        Status(row.status),
        row.finding,
        row.since,
        row.value,
        row.target,
        row.shortfall,
        row.unit,
        tuple(row.evidence),
    )
    return Standing(verdict, row.since, SinceKind(row.since_kind))


def turned() -> ColumnElement[bool]:
    """Whether a row tells another status than the one found before; a line's first row does not."""
    return Row.previous_status.is_not(None) & (Row.previous_status != Row.status)


async def list_changes(
    session: Session, wanted: ChangeFilter, page: PageRequest
) -> Page[CommitmentCheck]:
    """Return the rows with which a line changed its status, in the order they were written."""
    statement = select(Row).where(turned())
    if wanted.since is not None:
        statement = statement.where(Row.as_of >= wanted.since)
    if wanted.commitment is not None:
        statement = statement.where(Row.commitment == wanted.commitment)
    if wanted.area is not None:
        statement = statement.where(Row.area_code == wanted.area)
    return await fetch_page(session, statement, page, [SortKey.integer(Row.position)])


async def last_position(session: WriteSession) -> int:
    """Return the position of the last row, 0 before the first."""
    found: int = (await session.execute(select(func.max(Row.position)))).scalar() or 0
    if found >= MAX_INTEGER:
        raise OverflowError("positions have run out")
    return found


def stored(standings: Mapping[Key, Standing]) -> list[dict[str, Any]]:
    """Return standings as the columns of rows that name them, without run and position."""
    return [
        {
            "commitment": key.commitment,
            "reading": key.reading,
            "scope": key.scope.value,
            "area_code": key.area,
            "status": standing.status.value,
            "since": standing.since,
            "since_kind": standing.since_kind.value,
            "value": standing.verdict.value,
            "target": standing.verdict.target,
            "shortfall": standing.verdict.shortfall,
            "unit": standing.verdict.unit,
            "finding": standing.verdict.finding,
            "evidence": [dict(record) for record in standing.verdict.evidence],
        }
        for key, standing in standings.items()
    ]
