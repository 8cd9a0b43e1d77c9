"""How recorded crime moved, by concern, for any number of wards in a few statements."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.database import ReadSession, WriteSession
from app.domain.crime import CrimeSource
from app.domain.evidence import (
    QUARTER_MONTHS,
    YEAR_MONTHS,
    CrimeTrend,
    MonthlyCount,
    find_trends,
    month_number,
    month_text,
)
from app.models.crime import ConcernCrime, CrimeCount
from app.models.wards import BoundaryEdition, Ward

Session = ReadSession | WriteSession

MONTHS_LOOKED_AT = YEAR_MONTHS + QUARTER_MONTHS
"""Three months, and the same three a year before."""


async def crime_trends(
    session: Session, ward_codes: Collection[str]
) -> dict[str, dict[str, CrimeTrend]]:
    """Return, by ward and concern, how the recorded crime that bears on it moved.

    The Met's own file speaks first, because it tells kinds apart that police.uk merges;
    police.uk speaks for what the file lacks, anti-social behaviour above all. A ward without
    counts is not in the answer, nor a concern that no kind of crime bears on.
    """
    found: dict[str, dict[str, CrimeTrend]] = {}
    for source in CrimeSource:
        for ward, series in (await _series(session, source, ward_codes)).items():
            trends = found.setdefault(ward, {})
            for concern, trend in find_trends(series).items():
                trends.setdefault(concern, replace(trend, source=source.value))
    return {ward: trends for ward, trends in found.items() if trends}


async def _series(
    session: Session, source: CrimeSource, ward_codes: Collection[str]
) -> dict[str, list[MonthlyCount]]:
    of_wards = and_(CrimeCount.source == source, CrimeCount.ward_code.in_(list(ward_codes)))
    last = (await session.execute(select(func.max(CrimeCount.month)).where(of_wards))).scalar()
    if last is None:
        return {}
    first = month_text(month_number(last) - MONTHS_LOOKED_AT + 1)
    statement = (
        select(
            CrimeCount.ward_code,
            CrimeCount.month,
            ConcernCrime.concern,
            func.sum(CrimeCount.count),
        )
        .join(ConcernCrime, _bears())
        .where(of_wards, CrimeCount.month >= first)
        .group_by(CrimeCount.ward_code, CrimeCount.month, ConcernCrime.concern)
    )
    series: dict[str, list[MonthlyCount]] = defaultdict(list)
    for ward, month, concern, count in await session.execute(statement):
        series[ward].append(MonthlyCount(month, concern, int(count)))
    return series


def _bears() -> ColumnElement[bool]:
    """Return the condition that a count is of a kind that the map names, whole or in part."""
    return and_(
        ConcernCrime.source == CrimeCount.source,
        ConcernCrime.category == CrimeCount.category,
        or_(
            ConcernCrime.subcategory == "",
            ConcernCrime.subcategory == CrimeCount.subcategory,
        ),
    )


async def borough_crime_counts(
    session: Session,
    month_from: str,
    month_to: str,
    *,
    source: CrimeSource = CrimeSource.MPS,
) -> dict[str, dict[str, int]]:
    """Return, by borough and ward in force, all that a source counted in these months.

    `month_from` to `month_to`, both included. A ward with a month missing is left out: its sum
    would be no total.
    """
    wanted = month_number(month_to) - month_number(month_from) + 1
    statement = (
        select(Ward.borough_code, Ward.code, func.sum(CrimeCount.count))
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .join(CrimeCount, CrimeCount.ward_code == Ward.code)
        .where(
            BoundaryEdition.status == "active",
            CrimeCount.source == source,
            CrimeCount.month.between(month_from, month_to),
        )
        .group_by(Ward.borough_code, Ward.code)
        .having(func.count(CrimeCount.month.distinct()) == wanted)
    )
    found: dict[str, dict[str, int]] = {}
    for borough, ward, count in await session.execute(statement):
        found.setdefault(borough, {})[ward] = int(count)
    return found
