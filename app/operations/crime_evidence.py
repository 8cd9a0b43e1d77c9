"""What recorded crime says of a ward or a borough, with where every count comes from."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select

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
    month_texts,
    name_missing,
    within,
)
from app.domain.crime_findings import (
    NO_MEASURE_BOROUGH,
    Finding,
    Residents,
    Scene,
    find_all,
)
from app.domain.crime_rates import Denominator
from app.domain.evidence import month_number, month_text
from app.errors import InvalidRequestError
from app.models.crime import CrimeCategory, CrimeCount
from app.models.population import PopulationCount
from app.models.sources import SourceCopy
from app.models.wards import Borough, Ward
from app.operations.crime_residents import denominator_of, residents_of, residents_together
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
    denominator_note: str | None
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
    """A borough's recorded crime: the sum of its wards in force, of all of them or of none."""

    borough: Borough
    wards: list[str]
    missing: list[str]
    wards_in_force: int
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
    rest = codes - {ward_code}
    residents = await residents_of(session, codes)
    day = residents.get(ward_code)
    around = [residents.get(code) for code in rest]
    missing = rest - wards.keys()
    scene = Scene(
        counts=counts,
        shown=within(all_months(counts), wish.first, wish.last),
        residents=day,
        others=add_wards(wards, rest),
        others_residents=None if None in around else sum(r.count for r in around if r),
        others_note=f"No comparison: {name_missing(missing, len(rest))}" if missing else None,
    )
    measured = await denominator_of(session, source, ward_code, scene)
    account = await _account(session, source, {ward_code}, scene, wish=wish, measured=measured)
    return WardAccount(ward, borough, account)


async def get_borough_crime(session: ReadSession, borough_code: str, wish: Wish) -> BoroughAccount:
    """Return a borough's recorded crime, summed over its wards where all of them are known."""
    wish.require_coherent()
    borough = await get_borough(session, borough_code)
    codes = await _wards_in_force(session, borough_code)
    source = await _choose(session, codes, wish.source)
    await _require_category(session, source, wish.category)
    wards = await _counts(session, source, codes)
    counts = add_wards(wards, codes)
    residents = await residents_of(session, codes)
    scene = Scene(
        counts=counts,
        shown=within(all_months(counts), wish.first, wish.last),
        residents=residents_together(residents) if residents.keys() == codes else None,
    )
    account = await _account(session, source, codes, scene, wish=wish, measured=NO_MEASURE_BOROUGH)
    missing = codes - wards.keys()
    return BoroughAccount(
        borough=borough,
        wards=[] if missing else sorted(codes),
        missing=sorted(missing) if wards else [],
        wards_in_force=len(codes),
        account=account,
    )


async def _account(
    session: ReadSession,
    source: CrimeSource,
    codes: Collection[str],
    scene: Scene,
    *,
    wish: Wish,
    measured: Denominator | str,
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
        denominator=None if isinstance(measured, str) else measured,
        denominator_note=measured if isinstance(measured, str) else None,
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
