"""Boundaries: which edition is in force on a day, its wards and boroughs."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, or_, select

from app.database import ReadSession, WriteSession
from app.domain.wards import PoliceForce
from app.errors import NotFoundError, NotPolicedByMetError, WardNotInForceError
from app.models.wards import Borough, BoundaryEdition, Ward
from app.operations.successions import Relative, relatives
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession


async def find_edition(session: Session, *, on: date | None = None) -> BoundaryEdition | None:
    """Return the edition in force on a day, today's when no day is given."""
    statement = select(BoundaryEdition)
    if on is None:
        statement = statement.where(BoundaryEdition.status == "active")
    else:
        statement = (
            statement.where(BoundaryEdition.status != "inactive", BoundaryEdition.valid_from <= on)
            .where(or_(BoundaryEdition.valid_to.is_(None), BoundaryEdition.valid_to > on))
            .order_by(BoundaryEdition.valid_from.desc())
            .limit(1)
        )
    return (await session.scalars(statement)).first()


async def first_known_day(session: Session) -> date | None:
    """Return the first day for which boundaries are known."""
    statement = select(func.min(BoundaryEdition.valid_from)).where(
        BoundaryEdition.status != "inactive", _held()
    )
    return (await session.execute(statement)).scalar()


async def timeline(session: Session, *, lock: bool = False) -> list[BoundaryEdition]:
    """Return the editions in force or once in force, oldest first; not those replaced at once."""
    statement = (
        select(BoundaryEdition)
        .where(BoundaryEdition.status != "inactive", _held())
        .order_by(BoundaryEdition.valid_from, BoundaryEdition.loaded_at)
    )
    if lock:
        statement = statement.with_for_update()
    return list(await session.scalars(statement))


async def get_ward(session: Session, code: str, *, on: date | None = None) -> Ward:
    """Return the ward of this code in the edition in force, else in the latest that had it.

    With a day: the ward as it was in the edition in force on that day.
    """
    statement = (
        select(Ward)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(Ward.code == code, BoundaryEdition.status != "inactive")
        .order_by(
            case((BoundaryEdition.status == "active", 0), (_held(), 1), else_=2),
            BoundaryEdition.valid_from.desc(),
            BoundaryEdition.loaded_at.desc(),
        )
        .limit(1)
    )
    if on is not None:
        edition = await find_edition(session, on=on)
        statement = statement.where(Ward.edition_id == (edition.id if edition else None))
    ward = (await session.scalars(statement)).first()
    if ward is None:
        raise NotFoundError("ward", code if on is None else f"{code} on {on}")
    return ward


@dataclass(frozen=True, slots=True)
class WardAccount:
    """A ward with all that its place in time says of it."""

    ward: Ward
    borough: Borough
    edition: BoundaryEdition
    in_force: bool
    successors: list[Relative]
    predecessors: list[Relative]


async def describe_ward(session: ReadSession, code: str, *, on: date | None = None) -> WardAccount:
    """Return a ward, in force or retired, with the wards it went to and those it came from."""
    ward = await get_ward(session, code, on=on)
    edition = await session.get_one(BoundaryEdition, ward.edition_id)
    current = await find_edition(session)
    successors, in_force = [], edition.status == "active"
    if current is not None and not in_force:
        held = select(Ward.id).where(Ward.edition_id == current.id, Ward.code == code)
        in_force = (await session.execute(held)).first() is not None
        successors = await relatives(session, ward, current.id, forward=True)
    earlier = await _edition_before(session, edition)
    predecessors = (
        [] if earlier is None else await relatives(session, ward, earlier.id, forward=False)
    )
    return WardAccount(
        ward,
        await get_borough(session, ward.borough_code),
        edition,
        in_force,
        _others(successors, code),
        _others(predecessors, code),
    )


def _others(found: list[Relative], code: str) -> list[Relative]:
    """Return a ward's relatives, unless it only ever was itself."""
    return [] if {relative.code for relative in found} == {code} else found


async def _edition_before(session: Session, edition: BoundaryEdition) -> BoundaryEdition | None:
    statement = (
        select(BoundaryEdition)
        .where(BoundaryEdition.status == "closed", _held())
        .where(BoundaryEdition.valid_from < edition.valid_from)
        .order_by(BoundaryEdition.valid_from.desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


def _held() -> ColumnElement[bool]:
    """Whether an edition was in force for a day at least, not replaced from its first day."""
    return or_(
        BoundaryEdition.valid_to.is_(None), BoundaryEdition.valid_to > BoundaryEdition.valid_from
    )


async def require_met_ward(session: Session, ward: Ward) -> BoundaryEdition:
    """Return the edition in force; refuse a ward that it lacks, or that another force polices."""
    edition = await find_edition(session)
    if edition is None or ward.edition_id != edition.id:
        raise WardNotInForceError(
            f"{ward.name} ({ward.code}) is not a ward of the boundaries in force."
        )
    if ward.police_force != PoliceForce.METROPOLITAN:
        raise NotPolicedByMetError(
            f"{ward.name} ({ward.code}) is not policed by the Met but by {ward.police_force}."
        )
    return edition


async def get_borough(session: Session, code: str) -> Borough:
    """Return the borough of this code."""
    borough = await session.get(Borough, code)
    if borough is None:
        raise NotFoundError("borough", code)
    return borough


async def list_boroughs(session: Session) -> list[Borough]:
    """Return every borough and the City, in order of code."""
    return list(await session.scalars(select(Borough).order_by(Borough.code)))


async def list_editions(session: Session, page: PageRequest) -> Page[BoundaryEdition]:
    """Return the boundary editions, newest first."""
    keys = [Key.day(BoundaryEdition.valid_from), Key.uuid(BoundaryEdition.id)]
    return await fetch_page(session, select(BoundaryEdition), page, keys, descending=True)
