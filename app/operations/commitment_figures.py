"""What checks of commitments read of surveys and recorded crime."""

from collections import defaultdict
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.database import ReadSession, WriteSession
from app.domain.commitment_facts import CrimeFact, CrimeYear
from app.domain.commitment_measures import TRUST
from app.domain.crime import CrimeSource
from app.domain.evidence import YEAR_MONTHS, month_number, month_text
from app.domain.measures import Figure
from app.models.crime import CrimeCount
from app.models.measures import MeasureValue

Session = ReadSession | WriteSession
NEIGHBOURHOOD = (
    ("robbery", "robbery-of-personal-property"),
    ("theft", "theft-from-the-person"),
    ("burglary", "res-burglary-of-a-home"),
    ("vehicle-offences", None),
)
SERIOUS = (
    ("robbery", None),
    ("violence-against-the-person", "violence-with-injury"),
    ("violence-against-the-person", "homicide"),
)
"""The plan's lists (C15) in the words of the Met's ward file."""


async def list_trust(
    session: Session, areas: list[str] | None
) -> dict[str, dict[tuple[str, date, str], Figure]]:
    """Return every figure of the five trust measures, by area; of these areas, or of all."""
    value = MeasureValue
    statement = select(
        value.area_code,
        value.measure_code,
        value.period_on,
        value.group_code,
        value.hidden,
        value.proportion,
        value.base,
    ).where(value.measure_code.in_(TRUST))
    if areas is not None:
        statement = statement.where(value.area_code.in_(areas))
    found: dict[str, dict[tuple[str, date, str], Figure]] = defaultdict(dict)
    for area, code, on, group, hidden, share, base in await session.execute(statement):
        told = (None, None) if hidden else (share, base)
        found[area][code, on, group] = Figure(group, on, *told)
    return found


async def read_crime(session: Session) -> CrimeYear | None:
    """Return what the Met's ward file counted in its last twelve months and the twelve before.

    Wards with a month missing are left out; without twelve months there is nothing to tell.
    """
    count = CrimeCount
    ours = count.source == CrimeSource.MPS
    edges = await session.execute(select(func.min(count.month), func.max(count.month)).where(ours))
    first, last = edges.one()
    if last is None:
        return None
    latest = month_number(last)
    recent = month_text(latest - YEAR_MONTHS + 1)
    before = month_text(latest - 2 * YEAR_MONTHS + 1)
    has_before = first <= before
    now, then = count.month >= recent, count.month < recent
    statement = (
        select(
            count.ward_code,
            _sum(now),
            _sum(now, _any_of(NEIGHBOURHOOD)),
            _sum(then, _any_of(NEIGHBOURHOOD)),
            _sum(now, _any_of(SERIOUS)),
            _sum(then, _any_of(SERIOUS)),
        )
        .where(ours, count.month >= (before if has_before else recent))
        .group_by(count.ward_code)
        .having(func.count(count.month.distinct()) == YEAR_MONTHS * (1 + has_before))
    )
    rows = await session.execute(statement)
    wards = {row[0]: CrimeFact(row[1], (row[2], row[3]), (row[4], row[5])) for row in rows}
    return CrimeYear(recent, last, has_before, wards) if wards else None


def _sum(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((and_(*conditions), CrimeCount.count), else_=0))


def _any_of(kinds: tuple[tuple[str, str | None], ...]) -> ColumnElement[bool]:
    return or_(
        *(
            CrimeCount.category == category
            if minor is None
            else and_(CrimeCount.category == category, CrimeCount.subcategory == minor)
            for category, minor in kinds
        )
    )
