"""What recorded crime says of a ward or a borough, with where every count comes from."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from app.database import ReadSession
from app.domain.crime import (
    ALL,
    WHOLE,
    Counts,
    CrimeSource,
    Kind,
    add_wards,
    all_months,
    kinds_in,
    latest_year,
    month_texts,
    within,
)
from app.domain.crime_findings import Finding, Residents, Scene, find_all
from app.domain.crime_rates import Denominator, find_fence
from app.domain.evidence import month_number, month_text
from app.errors import InvalidRequestError
from app.models.crime import CrimeCategory, CrimeCount
from app.models.population import PopulationCount
from app.models.sources import SourceCopy
from app.models.wards import Borough, Ward
from app.operations.wards import find_edition, get_borough, get_ward


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: whose counts, which category, which months."""

    source: CrimeSource | None
    category: str | None
    first: str | None
    last: str | None

    def require_coherent(self) -> None:
        """Raise `InvalidRequestError` for months in the wrong order."""
        if self.first and self.last and month_number(self.last) < month_number(self.first):
            raise InvalidRequestError("The months end before they begin.", pointer="to")


@dataclass(frozen=True, slots=True)
class Account:
    """An area's recorded crime, the months shown and missing, and the copies it was read from."""

    source: CrimeSource
    months: list[str]
    missing: list[str]
    year: tuple[str, str] | None
    residents: Residents | None
    denominator: Denominator | None
    findings: list[Finding]
    copies: list[SourceCopy]


@dataclass(frozen=True, slots=True)
class WardAccount:
    """A ward's recorded crime beside its borough's."""

    ward: Ward
    borough: Borough
    account: Account


@dataclass(frozen=True, slots=True)
class BoroughAccount:
    """A borough's recorded crime: the sum of its wards in force that are counted."""

    borough: Borough
    wards: list[str]
    account: Account


async def get_ward_crime(session: ReadSession, ward_code: str, wish: Wish) -> WardAccount:
    """Return a ward's recorded crime."""
    wish.require_coherent()
    ward = await get_ward(session, ward_code)
    borough = await get_borough(session, ward.borough_code)
    source = await _choose(session, [ward_code], wish.source)
    await _require_category(session, source, wish.category)
    codes = {*await _wards_in_force(session, ward.borough_code), ward_code}
    wards = await _counts(session, source, codes)
    counts = wards.pop(ward_code, {})
    residents = await _residents(session, {ward_code, *wards})
    day = residents.get(ward_code)
    around = [residents.get(code) for code in wards]
    scene = Scene(
        counts=counts,
        shown=within(all_months(counts), wish.first, wish.last),
        residents=day,
        others=add_wards(wards),
        others_residents=None if None in around else sum(r.count for r in around if r),
    )
    denominator = await _denominator(session, source, ward_code, scene)
    account = await _account(
        session, source, {ward_code}, scene, wish=wish, denominator=denominator
    )
    return WardAccount(ward, borough, account)


async def get_borough_crime(session: ReadSession, borough_code: str, wish: Wish) -> BoroughAccount:
    """Return a borough's recorded crime, summed over its wards where all of them are known."""
    wish.require_coherent()
    borough = await get_borough(session, borough_code)
    codes = await _wards_in_force(session, borough_code)
    source = await _choose(session, codes, wish.source)
    await _require_category(session, source, wish.category)
    wards = await _counts(session, source, codes)
    counts = add_wards(wards)
    residents = await _residents(session, set(wards))
    scene = Scene(
        counts=counts,
        shown=within(all_months(counts), wish.first, wish.last),
        residents=_together(residents) if residents.keys() == wards.keys() else None,
    )
    account = await _account(session, source, set(wards), scene, wish=wish)
    return BoroughAccount(borough, sorted(wards), account)


async def _account(
    session: ReadSession,
    source: CrimeSource,
    codes: Collection[str],
    scene: Scene,
    *,
    wish: Wish,
    denominator: Denominator | None = None,
) -> Account:
    labels = await _labels(session, source)
    kinds = [(kind, labels.get(kind, kind[0])) for kind in kinds_in(scene.counts, wish.category)]
    year = scene.year
    return Account(
        source=source,
        months=month_texts(scene.shown),
        missing=month_texts([month for month in scene.shown if month not in scene.counts]),
        year=None if year is None else (month_text(year.first), month_text(year.last)),
        residents=scene.residents,
        denominator=denominator,
        findings=find_all(scene, kinds),
        copies=await _copies(session, source, codes, scene.residents),
    )


async def _wards_in_force(session: ReadSession, borough_code: str) -> set[str]:
    edition = await find_edition(session)
    if edition is None:
        return set()
    statement = select(Ward.code).where(
        Ward.edition_id == edition.id, Ward.borough_code == borough_code
    )
    return set(await session.scalars(statement))


async def _choose(
    session: ReadSession, codes: Collection[str], wanted: CrimeSource | None
) -> CrimeSource:
    """Return the source asked for, else the first in order of belief that counts these wards."""
    if wanted is not None:
        return wanted
    for source in CrimeSource:
        known = select(CrimeCount.count).where(
            CrimeCount.source == source, CrimeCount.ward_code.in_(list(codes))
        )
        if (await session.execute(known.limit(1))).first() is not None:
            return source
    return CrimeSource.MPS


async def _require_category(
    session: ReadSession, source: CrimeSource, category: str | None
) -> None:
    if category is None or category == ALL:
        return
    if await session.get(CrimeCategory, (source.value, category, WHOLE)) is None:
        raise InvalidRequestError(
            f"{source.value} has no category {category!r}; see /v1/crime-categories.",
            pointer="category",
        )


async def _counts(
    session: ReadSession, source: CrimeSource, codes: Collection[str]
) -> dict[str, Counts]:
    """Return all that a source counts in some wards, by ward and month number."""
    statement = select(
        CrimeCount.ward_code,
        CrimeCount.month,
        CrimeCount.category,
        CrimeCount.subcategory,
        CrimeCount.count,
    ).where(CrimeCount.source == source, CrimeCount.ward_code.in_(list(codes)))
    found: dict[str, dict[int, dict[Kind, int]]] = defaultdict(lambda: defaultdict(dict))
    for ward, month, category, subcategory, count in await session.execute(statement):
        found[ward][month_number(month)][category, subcategory] = count
    return dict(found)


async def _residents(session: ReadSession, codes: Collection[str]) -> dict[str, Residents]:
    """Return the residents of areas by the latest census that is loaded for each."""
    statement = (
        select(PopulationCount.area_code, PopulationCount.count, PopulationCount.census_on)
        .where(PopulationCount.area_code.in_(list(codes)), PopulationCount.dimension == ALL)
        .order_by(PopulationCount.census_on)
    )
    return {code: Residents(count, day) for code, count, day in await session.execute(statement)}


def _together(residents: Mapping[str, Residents]) -> Residents | None:
    """Return the residents of wards together, if all were counted on one day."""
    days: set[date] = {found.census_on for found in residents.values()}
    if len(days) != 1:
        return None
    return Residents(sum(found.count for found in residents.values()), days.pop())


async def _denominator(
    session: ReadSession, source: CrimeSource, ward_code: str, scene: Scene
) -> Denominator | None:
    """Return how far a ward's offences per resident lie from those of all wards in that year."""
    year = latest_year(scene.counts)
    if year is None or scene.residents is None:
        return None
    statement = (
        select(CrimeCount.ward_code, func.sum(CrimeCount.count))
        .where(
            CrimeCount.source == source,
            CrimeCount.month.between(month_text(year.first), month_text(year.last)),
        )
        .group_by(CrimeCount.ward_code)
    )
    counts = {ward: int(count) for ward, count in await session.execute(statement)}
    residents = await _residents(session, counts)
    fence = find_fence(counts, {code: found.count for code, found in residents.items()})
    if fence is None:
        return None
    return Denominator(counts[ward_code] / max(scene.residents.count, 1), fence)


async def _labels(session: ReadSession, source: CrimeSource) -> dict[Kind, str]:
    statement = select(CrimeCategory).where(CrimeCategory.source == source)
    found = {(row.category, row.subcategory): row.label for row in await session.scalars(statement)}
    return {(ALL, WHOLE): "All that is counted", **found}


async def _copies(
    session: ReadSession,
    source: CrimeSource,
    codes: Collection[str],
    residents: Residents | None,
) -> list[SourceCopy]:
    """Return the copies that an area's counts and residents were read from."""
    counted = select(CrimeCount.copy_id).where(
        CrimeCount.source == source, CrimeCount.ward_code.in_(list(codes))
    )
    named = [SourceCopy.id.in_(counted)]
    if residents is not None:
        people = select(PopulationCount.copy_id).where(
            PopulationCount.area_code.in_(list(codes)),
            PopulationCount.dimension == ALL,
            PopulationCount.census_on == residents.census_on,
        )
        named.append(SourceCopy.id.in_(people))
    statement = select(SourceCopy).where(or_(*named)).order_by(SourceCopy.retrieved_at)
    return list(await session.scalars(statement))
