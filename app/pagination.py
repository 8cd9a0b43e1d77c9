"""A page of a list: a limit with a ceiling, an opaque keyset cursor, and the envelope around it."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidCursorError

T = TypeVar("T")
S = TypeVar("S")

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_INTEGER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted: at most `limit` items after the cursor."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: the items, and the cursor of the next page or `None`."""

    items: Sequence[T]
    next_cursor: str | None

    def map(self, shape: Callable[[T], S]) -> "Page[S]":
        """Return the same page with every item reshaped."""
        return Page([shape(item) for item in self.items], self.next_cursor)


def _text(text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError("a cursor holds texts")
    if not text.isprintable():  # no zero byte, no half of a pair: no database stores those
        raise ValueError("no text of a row")
    return text


def _integer(text: str) -> int:
    number = int(text)
    if abs(number) > MAX_INTEGER:
        raise ValueError("no number of a row")
    return number


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the sort order that a keyset cursor walks along."""

    column: Any
    read: Callable[[str], Any] = str

    @classmethod
    def instant(cls, column: Any) -> Self:
        """Return a key over a UTC instant."""
        return cls(column, _instant)

    @classmethod
    def day(cls, column: Any) -> Self:
        """Return a key over a date."""
        return cls(column, date.fromisoformat)

    @classmethod
    def uuid(cls, column: Any) -> Self:
        """Return a key over a UUID."""
        return cls(column, UUID)

    @classmethod
    def integer(cls, column: Any) -> Self:
        """Return a key over an integer."""
        return cls(column, _integer)


def encode_cursor(values: Sequence[Any]) -> str:
    """Return the opaque cursor that stands for the last row's key values."""
    texts = [v.isoformat() if isinstance(v, date) else str(v) for v in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, keys: Sequence[Key]) -> list[Any]:
    """Return the key values a cursor stands for, or raise `InvalidCursorError`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        texts = json.loads(base64.b64decode(padded.encode(), altchars=b"-_", validate=True))
        return [key.read(_text(text)) for key, text in zip(keys, texts, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError) as cause:
        raise InvalidCursorError(
            "The cursor was not issued for this list.", pointer="cursor"
        ) from cause


async def fetch_page(
    session: AsyncSession,
    statement: Select[T],
    page: PageRequest,
    keys: Sequence[Key],
    *,
    descending: bool = False,
) -> Page[T]:
    """Return one page of the statement's entities, ordered by the keys, the last of them unique."""
    columns = [key.column for key in keys]
    if page.cursor is not None:
        values = decode_cursor(page.cursor, keys)
        statement = statement.where(_after(columns, values, descending=descending))
    order = [column.desc() if descending else column.asc() for column in columns]
    rows = list((await session.scalars(statement.order_by(*order).limit(page.limit + 1))).unique())
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    cursor = encode_cursor([getattr(rows[-1], c.key) for c in columns]) if more else None
    return Page(rows, cursor)


def _after(columns: list[Any], values: list[Any], *, descending: bool) -> ColumnElement[bool]:
    bound = tuple_(*columns)
    typed = tuple_(*values, types=[column.type for column in columns])
    return bound < typed if descending else bound > typed
