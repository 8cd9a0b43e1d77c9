"""The register as lists: programmes, commitments with how they stand, one whole, and changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from app.database import ReadSession, WriteSession
from app.domain.commitments import LONDON_CODE, Commitment, Line, Programme, Scope
from app.errors import NotFoundError
from app.models.commitments import CommitmentCheck
from app.models.wards import BoundaryEdition, Ward
from app.operations.commitment_cards import LONDON, met_boroughs, show_rows
from app.operations.commitment_facts import Chosen
from app.operations.commitment_rows import ChangeFilter, list_changes
from app.operations.commitment_standings import Asking, StandingBook, Standings
from app.operations.commitments import find_standing, look, show_standing
from app.pagination import Key, Page, PageRequest, decode_cursor, encode_cursor
from app.schemas.commitments import (
    AreaOut,
    ChangeOut,
    CommitmentDetailOut,
    CommitmentLineOut,
    CommitmentOut,
    PillarOut,
    ProgrammeOut,
    QuoteOut,
    StandingOut,
)
from app.sources.register import read_register

Session = ReadSession | WriteSession
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CommitmentFilter:
    """Which commitments are wanted."""

    programme: str | None = None
    pillar: str | None = None
    status: str | None = None


def list_programmes(page: PageRequest) -> Page[ProgrammeOut]:
    """Return the programmes in the order of their dates."""
    programmes = sorted(read_register().programmes, key=lambda one: (one.starts_on, one.code))
    shown = [_show_programme(one) for one in programmes]
    return _page(shown, [f"{one.starts_on} {one.code}" for one in programmes], page)


def _show_programme(one: Programme) -> ProgrammeOut:
    return ProgrammeOut(
        code=one.code,
        title=one.title,
        summary=one.summary,
        starts_on=one.starts_on,
        owner=one.owner,
        origin=one.origin,
        pillars=[PillarOut.model_validate(pillar) for pillar in one.pillars],
        commitments=sum(c.programme == one.code for c in read_register().commitments),
    )


def _page(items: Sequence[T], keys: Sequence[str], page: PageRequest) -> Page[T]:
    """Return a page of a list that is whole in memory, ordered by its keys."""
    start = 0
    if page.cursor is not None:
        (after,) = decode_cursor(page.cursor, [Key(None)])
        start = sum(1 for key in keys if key <= after)
    end = start + page.limit
    more = end < len(items)
    return Page(items[start:end], encode_cursor([keys[end - 1]]) if more else None)


async def list_commitments(
    session: Session,
    book: StandingBook,
    wanted: CommitmentFilter,
    page: PageRequest,
    *,
    asking: Asking,
) -> Page[CommitmentOut]:
    """Return commitments by code, with how each line stands in London.

    `status` picks those of which at least one line stands so.
    """
    looked = await look(session, book, Chosen(), asking, as_of=None)
    shown = [
        _show(one, looked.standings)
        for one in read_register().commitments
        if wanted.programme in {None, one.programme} and wanted.pillar in {None, one.pillar}
    ]
    if wanted.status is not None:
        shown = [c for c in shown if any(x.standing.status == wanted.status for x in c.lines)]
    return _page(shown, [one.code for one in shown], page)


def _show(one: Commitment, standings: Standings) -> CommitmentOut:
    return CommitmentOut(
        code=one.code,
        title=one.title,
        programme=one.programme,
        pillar=one.pillar,
        owner=one.owner,
        due=one.due,
        due_on=one.due_on,
        cadence=one.cadence,
        quotes=[QuoteOut.model_validate(quote) for quote in one.quotes],
        lines=[_show_line(one, line, standings) for line in one.lines],
    )


def _show_line(one: Commitment, line: Line, standings: Standings) -> CommitmentLineOut:
    standing = find_standing(standings, one, line, scope=Scope.LONDON, area=LONDON_CODE)
    return CommitmentLineOut(
        reading=line.reading,
        text=line.text,
        assumed=line.assumed,
        scopes=[scope.value for scope in line.scopes],
        due_on=line.due_on,
        check=line.check,
        reason=line.reason,
        needs=line.needs,
        standing=StandingOut(**show_standing(standing)),
    )


async def get_commitment(
    session: Session, book: StandingBook, code: str, asking: Asking
) -> CommitmentDetailOut:
    """Return one commitment whole; `NotFoundError` for a code the register does not have."""
    one = read_register().find(code)
    if one is None:
        raise NotFoundError("commitment", code)
    looked = await look(session, book, Chosen(), asking, as_of=None)
    local = [(one, line) for line in one.lines if line.scopes[0] is not Scope.LONDON]
    boroughs = await met_boroughs(session) if local else {}
    return CommitmentDetailOut(
        **_show(one, looked.standings).model_dump(),
        boroughs=show_rows(looked.standings, boroughs, local),
    )


async def list_shown_changes(
    session: Session, wanted: ChangeFilter, page: PageRequest
) -> Page[ChangeOut]:
    """Return what changed its status, in the order in which runs wrote it, areas by name."""
    found = await list_changes(session, wanted, page)
    names = await _names_of(session, found.items)
    return found.map(lambda row: _show_change(row, names))


async def _names_of(session: Session, rows: Iterable[CommitmentCheck]) -> dict[str, str]:
    codes = {row.area_code for row in rows}
    names = dict(await met_boroughs(session)) if codes else {}
    wards = codes - names.keys() - {LONDON_CODE}
    if wards:
        statement = (
            select(Ward.code, Ward.name)
            .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
            .where(Ward.code.in_(sorted(wards)), BoundaryEdition.status != "inactive")
            .order_by(BoundaryEdition.valid_from)
        )
        names |= {row.code: row.name for row in await session.execute(statement)}
    return names


def _show_change(row: CommitmentCheck, names: dict[str, str]) -> ChangeOut:
    commitment = read_register().find(row.commitment)
    name = LONDON.name if row.area_code == LONDON_CODE else names.get(row.area_code, row.area_code)
    return ChangeOut.model_validate(
        {
            "position": row.position,
            "commitment": row.commitment,
            "title": row.commitment if commitment is None else commitment.title,
            "reading": row.reading,
            "area": AreaOut(code=row.area_code, name=name, scope=row.scope),
            "old_status": row.previous_status,
            "new_status": row.status,
            "since": row.since,
            "since_kind": row.since_kind,
            "as_of": row.as_of,
            "checked_at": row.checked_at,
            "finding": row.finding,
        }
    )
