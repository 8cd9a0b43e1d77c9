"""How well wards and boroughs are covered over a period, in a bounded number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from app.database import ReadSession, WriteSession
from app.domain.coverage import (
    Absence,
    Area,
    Figures,
    Requirement,
    Span,
    Stint,
    WardLife,
    coverage_spans,
    sum_coverage,
)
from app.domain.wards import PoliceForce
from app.errors import NotFoundError
from app.models.teams import Abstraction, CoverageStandard, Posting
from app.models.wards import Borough, BoundaryEdition, Ward
from app.operations.wards import get_borough
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession


@dataclass(frozen=True, slots=True)
class WardCoverage:
    """Coverage of one ward over `[start, end)`; without figures where `reason` says why."""

    ward: WardLife
    start: date
    end: date
    reason: str | None
    figures: Figures | None
    spans: tuple[Span, ...]

    @property
    def borough(self) -> Area:
        """The borough the ward lies in."""
        return self.ward.borough

    @property
    def measured(self) -> bool:
        """Whether there are figures."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class BoroughCoverage:
    """Coverage of a borough over `[start, end)`: the sum over its wards, and each ward's own."""

    borough: Borough
    start: date
    end: date
    reason: str | None
    figures: Figures | None
    wards: tuple[WardCoverage, ...]

    @property
    def measured(self) -> bool:
        """Whether there are figures."""
        return self.reason is None


async def get_ward_coverage(session: Session, code: str, *, start: date, end: date) -> WardCoverage:
    """Return the coverage of one ward over `[start, end)`; `NotFoundError` for an unknown code."""
    measured = await measure_coverage(session, [code], start=start, end=end)
    if not measured:
        raise NotFoundError("ward", code)
    return measured[0]


async def get_borough_coverage(
    session: Session, code: str, *, start: date, end: date
) -> BoroughCoverage:
    """Return the coverage of a borough and of each of its wards that existed in `[start, end)`."""
    borough = await get_borough(session, code)
    if borough.police_force != PoliceForce.METROPOLITAN:
        reason = f"{borough.name} is policed by its own force; the Met posts no team here."
        return BoroughCoverage(borough, start, end, reason, None, ())
    lives = await find_ward_lives(session, borough_code=code)
    existing = [life for life in lives.values() if life.why_unmeasured(start, end) is None]
    wards = await _measure(session, existing, start=start, end=end)
    total = sum((ward.figures for ward in wards if ward.figures is not None), Figures())
    return BoroughCoverage(borough, start, end, None, total, tuple(wards))


async def measure_coverage(
    session: Session, wards: Sequence[str], *, start: date, end: date
) -> list[WardCoverage]:
    """Return the coverage of these wards (GSS codes) over `[start, end)`, in their order.

    Takes four statements however many wards there are; codes no edition ever had are left out.
    """
    lives = await find_ward_lives(session, codes=wards)
    known = [lives[code] for code in dict.fromkeys(wards) if code in lives]
    return await _measure(session, known, start=start, end=end)


async def _measure(
    session: Session, lives: Sequence[WardLife], *, start: date, end: date
) -> list[WardCoverage]:
    codes = [life.code for life in lives]
    requirements = await list_requirements(session, codes, start=start, end=end)
    stints = await _list_stints(session, codes, start=start, end=end)
    return [
        _cover(life, stints.get(life.code, []), requirements, start=start, end=end)
        for life in lives
    ]


def _cover(
    life: WardLife,
    stints: Sequence[Stint],
    requirements: Mapping[str | None, list[Requirement]],
    *,
    start: date,
    end: date,
) -> WardCoverage:
    reason = life.why_unmeasured(start, end)
    if reason is not None:
        return WardCoverage(life, start, end, reason, None, ())
    start, end = max(start, life.opens_on or start), min(end, life.closes_on or end)
    standard = [*requirements[None], *requirements.get(life.code, [])]
    spans = coverage_spans(stints, standard, start=start, end=end)
    figures = sum_coverage(spans, stints, start=start, end=end)
    return WardCoverage(life, start, end, None, figures, tuple(spans))


async def _list_stints(
    session: Session, wards: Sequence[str], *, start: date, end: date
) -> dict[str | None, list[Stint]]:
    posted = and_(Posting.ward_code.in_(wards), running(start, end))
    absences = await _list_absences(session, posted, start=start, end=end)
    rows = await session.execute(
        select(
            Posting.id,
            Posting.ward_code,
            Posting.role,
            Posting.fte,
            Posting.starts_on,
            Posting.ends_on,
        ).where(posted)
    )
    stints: defaultdict[str | None, list[Stint]] = defaultdict(list)
    for row in rows:
        away = absences.get(row.id, [])
        stint = Stint(row.role, row.fte, row.starts_on, row.ends_on, away)
        stints[row.ward_code].append(stint)
    return stints


async def _list_absences(
    session: Session, posted: ColumnElement[bool], *, start: date, end: date
) -> dict[UUID, list[Absence]]:
    rows = await session.execute(
        select(
            Abstraction.posting_id,
            Abstraction.starts_on,
            Abstraction.ends_on,
            Abstraction.exceptional,
        )
        .join(Posting, Posting.id == Abstraction.posting_id)
        .where(posted, Abstraction.starts_on < end, Abstraction.ends_on > start)
    )
    absences: defaultdict[UUID, list[Absence]] = defaultdict(list)
    for row in rows:
        absence = Absence(row.starts_on, row.ends_on, exceptional=row.exceptional)
        absences[row.posting_id].append(absence)
    return absences


async def list_standards(session: Session, page: PageRequest) -> Page[CoverageStandard]:
    """Return every coverage standard ever set."""
    return await fetch_page(
        session, select(CoverageStandard), page, [Key.uuid(CoverageStandard.id)]
    )


async def find_ward_lives(
    session: Session,
    *,
    codes: Sequence[str] | None = None,
    borough_code: str | None = None,
) -> dict[str, WardLife]:
    """Return the wards of these codes, or of a borough, that any edition had in force, by code.

    The oldest edition is taken to reach back for ever, so that its wards have no first day.
    """
    statement = (
        select(
            Ward.code,
            Ward.name,
            Ward.borough_code,
            Borough.name.label("borough_name"),
            Ward.police_force,
            BoundaryEdition.valid_from,
            BoundaryEdition.valid_to,
            select(BoundaryEdition.valid_from)
            .where(BoundaryEdition.status != "inactive")
            .order_by(BoundaryEdition.valid_from)
            .limit(1)
            .scalar_subquery()
            .label("first_day"),
        )
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .join(Borough, Borough.code == Ward.borough_code)
        .where(BoundaryEdition.status != "inactive")
        .order_by(Ward.code, BoundaryEdition.valid_from)
    )
    if codes is not None:
        statement = statement.where(Ward.code.in_(codes))
    if borough_code is not None:
        statement = statement.where(Ward.borough_code == borough_code)
    lives: dict[str, WardLife] = {}
    for row in await session.execute(statement):
        before = lives.get(row.code)
        opens_on = None if row.valid_from <= row.first_day else row.valid_from
        lives[row.code] = WardLife(
            *row[:5], opens_on=before.opens_on if before else opens_on, closes_on=row.valid_to
        )
    return lives


async def get_ward_life(session: Session, code: str) -> WardLife:
    """Return one ward and the days on which it exists."""
    lives = await find_ward_lives(session, codes=[code])
    if code not in lives:
        raise NotFoundError("ward", code)
    return lives[code]


def running(start: date, end: date) -> ColumnElement[bool]:
    """Return the condition that a posting runs on some day of `[start, end)`."""
    open_ended = or_(Posting.ends_on.is_(None), Posting.ends_on > start)
    not_empty = or_(Posting.ends_on.is_(None), Posting.ends_on > Posting.starts_on)
    return and_(Posting.starts_on < end, open_ended, not_empty)


async def list_requirements(
    session: Session, wards: Sequence[str], *, start: date, end: date
) -> dict[str | None, list[Requirement]]:
    """Return the standards of some days by ward; those under `None` hold for every ward."""
    standard = CoverageStandard
    rows = await session.execute(
        select(
            standard.ward_code,
            standard.role,
            standard.minimum,
            standard.valid_from,
            standard.valid_to,
        )
        .where(or_(standard.ward_code.is_(None), standard.ward_code.in_(wards)))
        .where(standard.valid_from < end)
        .where(or_(standard.valid_to.is_(None), standard.valid_to > start))
    )
    found: dict[str | None, list[Requirement]] = {None: []}
    for row in rows:
        found.setdefault(row.ward_code, []).append(Requirement(*row[1:]))
    return found
