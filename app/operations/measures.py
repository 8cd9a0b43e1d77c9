"""Measures to be read: definitions, values, gaps between groups, and wards pooled together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select

from app.database import ReadSession, WriteSession
from app.domain.measures import EVERYBODY, Figure, Gap
from app.domain.pooling import Pooled, Prior, estimate_prior, pool
from app.errors import NotFoundError
from app.models.measures import Measure, MeasureValue
from app.models.sources import SourceCopy
from app.models.wards import BoundaryEdition, Ward
from app.operations.wards import get_borough
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession


class Asked(NamedTuple):
    """Which values are wanted; `None` asks for any. Periods go by their first day, both ends in."""

    area: str | None = None
    group: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class WardEstimate:
    """A ward's own figure, if it may be told, and its estimate; the borough's mean without one."""

    ward: str
    name: str
    own: Figure | None
    pooled: Pooled | None


@dataclass(frozen=True, slots=True)
class BoroughEstimates:
    """A borough's wards in one period, with what they say together."""

    borough: str
    period_on: date | None
    prior: Prior | None
    wards: tuple[WardEstimate, ...]


async def list_measures(session: ReadSession, page: PageRequest) -> Page[Measure]:
    """Return the measures."""
    return await fetch_page(session, select(Measure), page, [Key(Measure.code)])


async def get_measure(session: Session, code: str) -> Measure:
    """Return one measure, or raise `NotFoundError`."""
    found = await session.get(Measure, code)
    if found is None:
        raise NotFoundError("measure", code)
    return found


async def list_values(
    session: ReadSession, code: str, asked: Asked, page: PageRequest
) -> Page[MeasureValue]:
    """Return a measure's values by area, period and group; hidden ones are marked."""
    await get_measure(session, code)
    value = MeasureValue
    statement = select(value).where(_wanted(code, asked))
    keys = [Key(value.area_code), Key.day(value.period_on), Key(value.group_code)]
    return await fetch_page(session, statement, page, keys)


async def find_copies(
    session: ReadSession, values: Sequence[MeasureValue]
) -> dict[str, SourceCopy]:
    """Return the copies that these values came from, by id."""
    ids = {value.copy_id for value in values}
    found = await session.scalars(select(SourceCopy).where(SourceCopy.id.in_(ids)))
    return {str(copy.id): copy for copy in found}


def _wanted(code: str, asked: Asked) -> ColumnElement[bool]:
    value, wanted = MeasureValue, [MeasureValue.measure_code == code]
    if asked.area is not None:
        wanted.append(value.area_code == asked.area)
    if asked.group is not None:
        wanted.append(value.group_code == asked.group)
    if asked.since is not None:
        wanted.append(value.period_on >= asked.since)
    if asked.until is not None:
        wanted.append(value.period_on <= asked.until)
    return and_(*wanted)


def figure_of(value: MeasureValue) -> Figure:
    """Return a value as it may be told."""
    hidden = value.hidden
    return Figure(
        value.group_code,
        value.period_on,
        None if hidden else value.proportion,
        None if hidden else value.base,
    )


async def list_gaps(
    session: Session, code: str, asked: Asked, against: str = EVERYBODY
) -> list[Gap]:
    """Return how far each group of an area lies from another one, period by period."""
    await get_measure(session, code)
    value = MeasureValue
    statement = select(value).where(_wanted(code, asked._replace(group=None)))
    order = statement.order_by(value.period_on, value.group_code)
    figures = [figure_of(found) for found in await session.scalars(order)]
    others = {figure.period_on: figure for figure in figures if figure.group == against}
    return [
        Gap(figure, others[figure.period_on])
        for figure in figures
        if figure.group not in {against, EVERYBODY}
        and figure.period_on in others
        and asked.group in {None, figure.group}
    ]


async def latest_gap(
    session: Session, measure_code: str, area_code: str, *, group: str, as_of: date
) -> Gap | None:
    """Return a group's gap from everybody in the latest period that began by a day, if known."""
    gaps = await list_gaps(session, measure_code, Asked(area_code, group, None, as_of))
    return gaps[-1] if gaps else None


async def latest_figure(
    session: Session, measure_code: str, area_code: str, *, as_of: date, group: str = EVERYBODY
) -> Figure | None:
    """Return a measure's figure in the latest period that began by a day, if known."""
    asked = Asked(area_code, group, None, as_of)
    newest = select(MeasureValue).where(_wanted(measure_code, asked))
    found = await session.scalars(newest.order_by(MeasureValue.period_on.desc()).limit(1))
    value = found.first()
    return None if value is None else figure_of(value)


async def list_areas_measured(session: Session, measure_code: str, as_of: date) -> dict[str, date]:
    """Return the areas with a figure of everybody that may be told, and their latest period."""
    value = MeasureValue
    statement = select(value.area_code, func.max(value.period_on)).where(
        _wanted(measure_code, Asked(None, EVERYBODY, None, as_of)), value.hidden.is_(False)
    )
    rows = await session.execute(statement.group_by(value.area_code))
    return {row[0]: row[1] for row in rows}


async def estimate_wards(
    session: Session, code: str, borough_code: str, *, as_of: date, group: str = EVERYBODY
) -> BoroughEstimates:
    """Return each ward of a borough in the latest period, pooled towards the borough's mean.

    Hidden wards and wards without a figure get the mean, which says nothing of their own.
    """
    await get_measure(session, code)
    await get_borough(session, borough_code)
    names = await _wards_of(session, borough_code)
    value = MeasureValue
    mine = _wanted(code, Asked(None, group, None, as_of)) & value.area_code.in_(list(names))
    period_on = (await session.scalars(select(func.max(value.period_on)).where(mine))).one()
    rows = await session.scalars(select(value).where(mine, value.period_on == period_on))
    figures = {row.area_code: figure_of(row) for row in rows}
    told = {
        ward: (figure.share, figure.base)
        for ward, figure in figures.items()
        if figure.share is not None and figure.base is not None
    }
    prior = estimate_prior(told)
    wards = tuple(
        WardEstimate(
            ward,
            name,
            figures.get(ward),
            None if prior is None else pool(*told.get(ward, (0.0, 0)), prior),
        )
        for ward, name in names.items()
    )
    return BoroughEstimates(borough_code, period_on, prior, wards)


async def _wards_of(session: Session, borough_code: str) -> dict[str, str]:
    statement = (
        select(Ward.code, Ward.name)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(BoundaryEdition.status == "active", Ward.borough_code == borough_code)
        .order_by(Ward.code)
    )
    return {row.code: row.name for row in await session.execute(statement)}
