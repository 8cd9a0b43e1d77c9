"""Boundaries: which edition is in force on a day, its wards and boroughs."""

from datetime import date

from sqlalchemy import or_, select

from app.database import ReadSession, WriteSession
from app.domain.wards import PoliceForce
from app.errors import NotFoundError, NotPolicedByMetError, WardNotInForceError
from app.models.wards import Borough, BoundaryEdition, Ward
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


async def get_ward(session: Session, code: str) -> Ward:
    """Return the ward of this code in the active edition, else in the latest that had it."""
    statement = (
        select(Ward)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(Ward.code == code, BoundaryEdition.status != "inactive")
        .order_by(BoundaryEdition.valid_from.desc())
        .limit(1)
    )
    ward = (await session.scalars(statement)).first()
    if ward is None:
        raise NotFoundError("ward", code)
    return ward


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
