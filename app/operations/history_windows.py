"""The part of a table that a page of a ward's history asks for, as conditions and an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, or_

from app.database import ReadSession, WriteSession
from app.domain.events import london_day
from app.domain.ward_history import Wanted, day_below
from app.models.wards import Ward

Session = ReadSession | WriteSession
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Kin:
    """Another ward that this one came from, or went over to, and the share of this one's area."""

    code: str
    name: str
    share: float
    changed_on: date
    is_later: bool


@dataclass(frozen=True, slots=True)
class Question:
    """All that a feed answers from: the ward, what is wanted, and what the caller may see."""

    session: Session
    ward: Ward
    wanted: Wanted
    labels: Mapping[str, str]
    kin: tuple[Kin, ...]
    sees_unpublished: bool
    feed: int = 0

    def label(self, concern: str) -> str:
        """Return a concern's name."""
        return self.labels.get(concern, concern)


def newest(
    statement: Select[*Columns], question: Question, at: Any, identifier: Any
) -> Select[*Columns]:
    """Return the newest rows of a statement that a page needs, by a column of instants."""
    wanted = question.wanted
    statement = statement.where(at <= wanted.now)
    if wanted.earliest is not None:
        statement = statement.where(at >= wanted.earliest)
    if wanted.latest is not None:
        statement = statement.where(at < wanted.latest)
    if wanted.below is not None:
        statement = statement.where(_below(question, at, identifier, wanted.below.at))
    return statement.order_by(at.desc(), identifier.desc()).limit(wanted.limit + 1)


def newest_days(
    statement: Select[*Columns], question: Question, on: Any, identifier: Any
) -> Select[*Columns]:
    """Return the newest rows of a statement that a page needs, by a column of London days."""
    wanted, place = question.wanted, day_below(question.wanted)
    statement = statement.where(on <= london_day(wanted.now))
    if wanted.first is not None:
        statement = statement.where(on >= wanted.first)
    if wanted.last is not None:
        statement = statement.where(on < wanted.last)
    if place is not None:
        day, is_midnight = place
        condition = _below(question, on, identifier, day) if is_midnight else on <= day
        statement = statement.where(condition)
    return statement.order_by(on.desc(), identifier.desc()).limit(wanted.limit + 1)


def _below(question: Question, column: Any, identifier: Any, at: Any) -> ColumnElement[bool]:
    """Return the condition that a row lies below a place of this instant or day.

    A place holds its id as text; the row's is a UUID or a number, as its column says.
    """
    place = question.wanted.below
    if place is None or question.feed > place.feed:
        lower: ColumnElement[bool] = column < at
        return lower
    level: ColumnElement[bool] = column == at
    if question.feed == place.feed:
        level = and_(level, identifier < identifier.type.python_type(place.id))
    return or_(column < at, level)
