"""Datasets: what each takes from which tables, column by column, and reading one in batches.

A column that no dataset names is never read, so nothing becomes public by being stored.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, tuple_

from app.database import ReadSession
from app.domain.open_data import (
    OPEN_GOVERNMENT,
    Description,
    Field,
    Kind,
    Licence,
    Reference,
)

BATCH = 2000
"""How many rows are read at once."""

SERVICE = "Ward Priorities: entered by neighbourhood teams and counted by this service"
OWN = "Ward Priorities"
ONS = "Office for National Statistics and Ordnance Survey"
ONS_LINE = (
    "Contains OS data © Crown copyright and database right 2025. Contains National Statistics data "
    "© Crown copyright and database right 2025. Source: Office for National Statistics licensed "
    "under the Open Government Licence v.3.0."
)
WARD: dict[str, Any] = {"pattern": r"E05\d{6}"}
BOROUGH: dict[str, Any] = {"pattern": r"E09\d{6}"}
SHA256: dict[str, Any] = {"pattern": r"[0-9a-f]{64}"}

Shape = Callable[[Sequence[Any]], Iterable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Column:
    """A field and the expression it is read from; `None` where the dataset's shape makes it."""

    field: Field
    source: Any


@dataclass(frozen=True, slots=True)
class Origin:
    """What a dataset's rows are read from."""

    frm: Select[Any]
    """The tables with their joins and the condition of being public, as a SELECT to add to."""
    keys: tuple[Any, ...]
    """Columns by which rows are sorted and read on; unique together and never null."""
    tables: frozenset[str]
    """The tables that are told by this dataset."""
    geometry: Any = None
    reads: tuple[Any, ...] = ()
    """What to read where a row is more than its columns, for `shape` to make rows of."""
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """One entry of the registry."""

    told: Description
    columns: tuple[Column, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is told: its values in order of the fields, and its stored shape, if any."""

    values: Sequence[Any]
    geometry: Any = None


def column(
    name: str, kind: Kind, source: Any, told: str, *, optional: bool = False, **constraints: Any
) -> Column:
    """Return a column of a dataset; constraints are those of Table Schema."""
    return Column(Field(name, kind, told, not optional, constraints), source)


def origin(
    *tables: type[Any],
    joined: Select[Any] | None = None,
    keys: tuple[Any, ...],
    where: Any = None,
    geometry: Any = None,
    reads: tuple[Any, ...] = (),
    shape: Shape | None = None,
) -> Origin:
    """Return an origin; without `joined` the first table alone is read."""
    frm = select().select_from(tables[0]) if joined is None else joined
    if where is not None:
        frm = frm.where(where)
    names = frozenset(table.__tablename__ for table in tables)
    return Origin(frm, keys, names, geometry, reads, shape)


def dataset(  # noqa: PLR0913, PLR0917 - reads like the entry it makes
    name: str,
    title: str,
    description: str,
    columns: tuple[Column, ...],
    read: Origin,
    *,
    key: tuple[str, ...] = (),
    references: tuple[Reference, ...] = (),
    sources: tuple[str, ...] = (SERVICE,),
    attribution: str = OWN,
    licence: Licence = OPEN_GOVERNMENT,
    geometry: str | None = None,
) -> Dataset:
    """Return one entry of the registry."""
    fields = tuple(found.field for found in columns)
    told = Description(
        name=name,
        title=title,
        description=description,
        fields=fields,
        primary_key=key,
        references=references,
        sources=sources,
        attribution=attribution,
        licence=licence,
        geometry=geometry,
    )
    return Dataset(told, columns, read)


def ward_reference(field: str = "ward_code") -> Reference:
    """Return that a field holds the code of a ward, of any edition."""
    return Reference((field,), "wards", ("code",))


def borough_reference(field: str = "borough_code") -> Reference:
    """Return that a field holds the code of a borough."""
    return Reference((field,), "boroughs", ("code",))


async def batches(
    session: ReadSession, wanted: Dataset, size: int = BATCH
) -> AsyncIterator[list[Row]]:
    """Yield a dataset's rows in order of its keys, at most `size` of its origin's at a time."""
    read = wanted.origin
    statement = _statement(wanted).order_by(*read.keys).limit(size)
    last: Sequence[Any] | None = None
    while True:
        page = statement
        if last is not None:
            typed = tuple_(*last, types=[key.type for key in read.keys])
            page = statement.where(tuple_(*read.keys) > typed)
        found = (await session.execute(page)).all()
        yield [row for raw in found for row in _rows(wanted, raw)]
        if len(found) < size:
            return
        last = found[-1][-len(read.keys) :]


def _statement(wanted: Dataset) -> Select[Any]:
    read = wanted.origin
    values = read.reads or tuple(found.source for found in wanted.columns)
    shape = () if read.geometry is None else (read.geometry,)
    named = [value if read.reads else value.label(f"c{n}") for n, value in enumerate(values)]
    keys = [key.label(f"k{n}") for n, key in enumerate(read.keys)]
    return read.frm.add_columns(*named, *shape, *keys)


def _rows(wanted: Dataset, raw: Any) -> Iterable[Row]:
    read = wanted.origin
    values = raw[: -len(read.keys)]
    if read.geometry is not None:
        return [Row(values[:-1], values[-1])]
    return [Row(values)] if read.shape is None else map(Row, read.shape(values))
