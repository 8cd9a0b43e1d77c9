"""How many people live in areas, and where residents are the wrong measure of who is there."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import func, select

from app.database import ReadSession
from app.domain.crime import ALL, CrimeSource, latest_year
from app.domain.crime_findings import (
    NO_MEASURE_RESIDENTS,
    NO_MEASURE_WARDS,
    NO_MEASURE_YEAR,
    Residents,
    Scene,
)
from app.domain.crime_rates import Denominator, find_fence
from app.domain.evidence import month_text
from app.models.crime import CrimeCount
from app.models.population import PopulationCount


async def residents_of(session: ReadSession, codes: Collection[str]) -> dict[str, Residents]:
    """Return the residents of areas by the latest census that is loaded for each."""
    statement = (
        select(PopulationCount.area_code, PopulationCount.count, PopulationCount.census_on)
        .where(PopulationCount.area_code.in_(list(codes)), PopulationCount.dimension == ALL)
        .order_by(PopulationCount.census_on)
    )
    return {code: Residents(count, day) for code, count, day in await session.execute(statement)}


def residents_together(residents: Mapping[str, Residents]) -> Residents | None:
    """Return the residents of wards together, if all were counted on one day."""
    days: set[date] = {found.census_on for found in residents.values()}
    if len(days) != 1:
        return None
    return Residents(sum(found.count for found in residents.values()), days.pop())


async def denominator_of(
    session: ReadSession, source: CrimeSource, ward_code: str, scene: Scene
) -> Denominator | str:
    """Return how far a ward's offences per resident lie from those of all wards in that year.

    Only wards of which all twelve months are known count; says why where it cannot be told.
    """
    year = latest_year(scene.counts)
    if year is None or not scene.counts.keys() >= set(year.months):
        return NO_MEASURE_YEAR
    if scene.residents is None:
        return NO_MEASURE_RESIDENTS
    months = (
        select(CrimeCount.ward_code, func.sum(CrimeCount.count).label("count"))
        .where(
            CrimeCount.source == source,
            CrimeCount.month.between(month_text(year.first), month_text(year.last)),
        )
        .group_by(CrimeCount.ward_code, CrimeCount.month)
        .subquery()
    )
    statement = (
        select(months.c.ward_code, func.sum(months.c.count))
        .group_by(months.c.ward_code)
        .having(func.count() == len(year.months))
    )
    counts = {ward: int(count) for ward, count in await session.execute(statement)}
    residents = await residents_of(session, counts)
    fence = find_fence(counts, {code: found.count for code, found in residents.items()})
    if fence is None:
        return NO_MEASURE_WARDS
    return Denominator(counts[ward_code] / max(scene.residents.count, 1), fence)
