"""What is known of teams: a ward's team on a day, officers, postings and abstractions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from app.database import ReadSession, WriteSession
from app.domain.coverage import Area, WardLife, required_on
from app.domain.identity import OVERSEERS, Caller, Role
from app.domain.teams import BOROUGH_LEADERSHIP, NONE, PostingRole, require_day
from app.errors import NotFoundError, OutsideTerritoryError
from app.models.teams import Abstraction, Officer, Posting
from app.operations.coverage import get_ward_life, list_requirements, running
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession

EVERYWHERE = OVERSEERS | {Role.ANALYST}
"""Those who read postings of every area."""


@dataclass(frozen=True, slots=True)
class TeamMember:
    """One member as the public sees them; of a hidden one only the role is known."""

    officer_id: UUID | None
    display_name: str | None
    rank: str | None
    role: PostingRole
    starts_on: date | None
    ends_on: date | None
    hidden: bool
    fictional: bool


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A role whose postings do not add up to the standard, in FTE."""

    role: str
    required: int
    posted: Decimal

    @property
    def missing(self) -> Decimal:
        """How much is still to be posted."""
        return self.required - self.posted


@dataclass(frozen=True, slots=True)
class TeamView:
    """Who is posted to a ward on a day, who leads its borough, and which posts stand empty."""

    ward: WardLife
    on: date
    reason: str | None
    members: tuple[TeamMember, ...]
    borough_team: tuple[TeamMember, ...]
    vacancies: tuple[Vacancy, ...]

    @property
    def borough(self) -> Area:
        """The borough the ward lies in."""
        return self.ward.borough

    @property
    def measured(self) -> bool:
        """Whether a standard of the Met applies to the ward on that day."""
        return self.reason is None

    @property
    def fictional(self) -> bool:
        """Whether any of these officers is a demonstration officer."""
        return any(member.fictional for member in (*self.members, *self.borough_team))


def live(on: date) -> ColumnElement[bool]:
    """Return the condition that a posting runs on a day."""
    return and_(Posting.starts_on <= on, or_(Posting.ends_on.is_(None), Posting.ends_on > on))


async def list_team(session: Session, ward_code: str, *, on: date) -> TeamView:
    """Return a ward's team on a day as the public may see it: hidden officers have no name."""
    require_day(on, "on")
    ward = await get_ward_life(session, ward_code)
    rows = await _list_posted(session, ward, on)
    members = [row for row in rows if row[0].ward_code is not None]
    return TeamView(
        ward,
        on,
        reason=ward.why_unmeasured(on, on + timedelta(days=1)),
        members=_members(members),
        borough_team=_members(row for row in rows if row[0].ward_code is None),
        vacancies=await _list_vacancies(session, ward, [posting for posting, _ in members], on),
    )


async def _list_posted(session: Session, ward: WardLife, on: date) -> Sequence[Any]:
    leads = and_(
        Posting.ward_code.is_(None),
        Posting.borough_code == ward.borough_code,
        Posting.role.in_(BOROUGH_LEADERSHIP),
    )
    statement = (
        select(Posting, Officer)
        .join(Officer, Officer.id == Posting.officer_id)
        .where(live(on), or_(Posting.ward_code == ward.code, leads))
        .order_by(Posting.id)
    )
    return (await session.execute(statement)).all()


async def _list_vacancies(
    session: Session, ward: WardLife, postings: Sequence[Posting], on: date
) -> tuple[Vacancy, ...]:
    next_day = on + timedelta(days=1)
    if ward.why_unmeasured(on, next_day) is not None:
        return ()
    requirements = await list_requirements(session, [ward.code], start=on, end=next_day)
    required = required_on([r for found in requirements.values() for r in found], on)
    vacancies = (
        Vacancy(role, minimum, sum((p.fte for p in postings if p.role == role), NONE))
        for role, minimum in sorted(required.items())
    )
    return tuple(vacancy for vacancy in vacancies if vacancy.missing > 0)


def _members(rows: Iterable[Any]) -> tuple[TeamMember, ...]:
    members = [_member(posting, officer) for posting, officer in rows]
    order = list(PostingRole)
    return tuple(
        sorted(members, key=lambda m: (order.index(m.role), m.hidden, m.display_name or ""))
    )


def _member(posting: Posting, officer: Officer) -> TeamMember:
    role = PostingRole(posting.role)
    if officer.hidden:
        return TeamMember(
            None, None, None, role, None, None, hidden=True, fictional=officer.fictional
        )
    return TeamMember(
        officer.id,
        officer.display_name,
        officer.rank,
        role,
        posting.starts_on,
        posting.ends_on,
        hidden=False,
        fictional=officer.fictional,
    )


def reach_of(caller: Caller, *, today: date) -> ColumnElement[bool]:
    """Return the condition that an officer serves in the caller's boroughs, or nowhere at all."""
    if caller.role is Role.ADMIN:
        return true()
    ahead = _ahead(today)
    own = Posting.borough_code.in_(caller.boroughs)
    return or_(exists().where(ahead, own), ~exists().where(ahead))


@dataclass(frozen=True, slots=True)
class OfficerFilter:
    """Which officers are wanted: by live or coming postings, or by sign-in."""

    borough_code: str | None = None
    ward_code: str | None = None
    subject: str | None = None


async def list_officers(
    session: Session, caller: Caller, page: PageRequest, wanted: OfficerFilter, *, today: date
) -> Page[Officer]:
    """Return the officers whom a leader answers for, in the order in which they were entered."""
    require_leadership(caller)
    statement = select(Officer).where(reach_of(caller, today=today))
    if wanted.subject is not None:
        statement = statement.where(Officer.subject == wanted.subject)
    if wanted.borough_code is not None:
        there = Posting.borough_code == wanted.borough_code
        statement = statement.where(exists().where(_ahead(today), there))
    if wanted.ward_code is not None:
        there = Posting.ward_code == wanted.ward_code
        statement = statement.where(exists().where(_ahead(today), there))
    return await fetch_page(session, statement, page, [Key.uuid(Officer.id)])


def _ahead(today: date) -> ColumnElement[bool]:
    return and_(Posting.officer_id == Officer.id, running(today, date.max))


def require_leadership(caller: Caller) -> None:
    """Raise `OutsideTerritoryError` unless the caller leads a borough today."""
    if caller.role is not Role.ADMIN and not caller.boroughs:
        raise OutsideTerritoryError("You have no posting that leads a borough today.")


async def get_officer(
    session: Session, caller: Caller, officer_id: UUID, *, today: date
) -> Officer:
    """Return an officer; `OutsideTerritoryError` unless the caller answers for them."""
    require_leadership(caller)
    officer = await session.get(Officer, officer_id)
    if officer is None:
        raise NotFoundError("officer", officer_id)
    within = select(Officer.id).where(Officer.id == officer_id, reach_of(caller, today=today))
    if (await session.execute(within)).first() is None:
        raise OutsideTerritoryError("This officer's postings are all in other boroughs.")
    return officer


@dataclass(frozen=True, slots=True)
class PostingFilter:
    """Which postings are wanted; with `on` only those live that day."""

    officer_id: UUID | None = None
    borough_code: str | None = None
    ward_code: str | None = None
    on: date | None = None


async def list_postings(
    session: Session, caller: Caller, page: PageRequest, wanted: PostingFilter
) -> Page[Posting]:
    """Return the postings in the caller's area, in the order in which they were entered."""
    statement = select(Posting)
    if caller.role not in EVERYWHERE:
        here = Posting.borough_code.in_(caller.boroughs)
        statement = statement.where(or_(here, Posting.ward_code.in_(caller.wards)))
    if wanted.officer_id is not None:
        statement = statement.where(Posting.officer_id == wanted.officer_id)
    if wanted.borough_code is not None:
        statement = statement.where(Posting.borough_code == wanted.borough_code)
    if wanted.ward_code is not None:
        statement = statement.where(Posting.ward_code == wanted.ward_code)
    if wanted.on is not None:
        statement = statement.where(live(wanted.on))
    return await fetch_page(session, statement, page, [Key.uuid(Posting.id)])


async def get_posting(session: Session, caller: Caller, posting_id: UUID) -> Posting:
    """Return a posting in the caller's area; analysts and auditors see every area."""
    posting = await session.get(Posting, posting_id)
    if posting is None:
        raise NotFoundError("posting", posting_id)
    if caller.role not in EVERYWHERE:
        caller.require_territory(borough_code=posting.borough_code, ward_code=posting.ward_code)
    return posting


async def list_abstractions(
    session: Session, caller: Caller, posting_id: UUID, page: PageRequest
) -> Page[Abstraction]:
    """Return the abstractions of a posting in the caller's area, in order of entry."""
    await get_posting(session, caller, posting_id)
    statement = select(Abstraction).where(Abstraction.posting_id == posting_id)
    return await fetch_page(session, statement, page, [Key.uuid(Abstraction.id)])


async def get_abstraction(
    session: Session, caller: Caller, posting_id: UUID, abstraction_id: UUID
) -> Abstraction:
    """Return one abstraction of a posting in the caller's area."""
    await get_posting(session, caller, posting_id)
    abstraction = await session.get(Abstraction, abstraction_id)
    if abstraction is None or abstraction.posting_id != posting_id:
        raise NotFoundError("abstraction", abstraction_id)
    return abstraction
