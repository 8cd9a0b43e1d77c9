"""Where counts from outside are kept: copies of sources, kinds of crime, and the counts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select

from app.database import ReadSession, WriteSession, insert_for
from app.domain.identity import Caller
from app.models.base import Base, new_id
from app.models.crime import CrimeCategory, CrimeCount
from app.models.sources import SourceCopy
from app.models.wards import BoundaryEdition, Ward

Session = ReadSession | WriteSession

FICTIONAL = "demonstration"
"""The source of every copy that the demonstration made up."""

OPEN_LICENCE = "Open Government Licence v3.0"

CountKey = tuple[str, str, str, str]
"""Ward, month, category, subcategory."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What is known of a file that somebody brought."""

    source: str
    url: str
    sha256: str
    size: int
    licence: str


@dataclass(frozen=True, slots=True)
class Import:
    """Who brings a file, under which terms, when; how to write, and whether only to look.

    `accept_fewer` takes a file of crime that counts far fewer offences in a ward than are stored.
    """

    caller: Caller
    open_unit: Callable[[], AbstractAsyncContextManager[WriteSession]]
    licence: str
    now: datetime
    url: str | None = None
    dry_run: bool = False
    accept_fewer: bool = False


async def keep_copy(session: WriteSession, copied: Copied, now: datetime) -> UUID:
    """Return the copy of exactly this content from this place, noted now if it is new."""
    statement = select(SourceCopy.id).where(
        SourceCopy.source == copied.source,
        SourceCopy.url == copied.url,
        SourceCopy.sha256 == copied.sha256,
        SourceCopy.licence == copied.licence,
    )
    known = (await session.scalars(statement.limit(1))).first()
    if known is not None:
        return known
    copy = SourceCopy(
        id=new_id(),
        source=copied.source,
        url=copied.url,
        retrieved_at=now,
        checked_at=now,
        etag=None,
        last_modified=None,
        licence=copied.licence,
        sha256=copied.sha256,
        size=copied.size,
    )
    session.add(copy)
    await session.flush()
    return copy.id


async def drop_fiction(session: WriteSession, table: type[Base], *conditions: Any) -> None:
    """Remove the rows that the demonstration made up, before the first real one comes."""
    fictional = select(SourceCopy.id).where(SourceCopy.source == FICTIONAL)
    columns = table.__table__.c
    await session.execute(delete(table).where(columns.copy_id.in_(fictional), *conditions))


async def add_categories(
    session: WriteSession, source: str, kinds: Mapping[tuple[str, str], str]
) -> list[str]:
    """Add the kinds of crime that are not known yet, with their labels; returns their names."""
    known_rows = await session.execute(
        select(CrimeCategory.category, CrimeCategory.subcategory).where(
            CrimeCategory.source == source
        )
    )
    known = {(row.category, row.subcategory) for row in known_rows}
    wanted = dict(kinds)
    for category, _ in kinds:
        wanted.setdefault((category, ""), category.replace("-", " ").capitalize())
    new = {kind: label for kind, label in wanted.items() if kind not in known}
    session.add_all(
        CrimeCategory(source=source, category=kind[0], subcategory=kind[1], label=label[:120])
        for kind, label in new.items()
    )
    await session.flush()
    return sorted("/".join(filter(None, kind)) for kind in new)


async def counts_of(
    session: Session, source: str, wards: Iterable[str], months: Sequence[str]
) -> dict[CountKey, int]:
    """Return what is stored of some wards between the first and the last of the months.

    What the demonstration made up does not count as stored.
    """
    fictional = select(SourceCopy.id).where(SourceCopy.source == FICTIONAL)
    statement = select(
        CrimeCount.ward_code,
        CrimeCount.month,
        CrimeCount.category,
        CrimeCount.subcategory,
        CrimeCount.count,
    ).where(
        CrimeCount.source == source,
        CrimeCount.ward_code.in_(list(wards)),
        CrimeCount.month.between(min(months), max(months)),
        CrimeCount.copy_id.not_in(fictional),
    )
    return {(w, m, c, s): count for w, m, c, s, count in await session.execute(statement)}


async def sums_of(
    session: Session, source: str, months: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Return all that is stored of each ward and month, from the first of the months to the last.

    What the demonstration made up does not count as stored.
    """
    fictional = select(SourceCopy.id).where(SourceCopy.source == FICTIONAL)
    statement = (
        select(CrimeCount.ward_code, CrimeCount.month, func.sum(CrimeCount.count))
        .where(
            CrimeCount.source == source,
            CrimeCount.month.between(min(months), max(months)),
            CrimeCount.copy_id.not_in(fictional),
        )
        .group_by(CrimeCount.ward_code, CrimeCount.month)
    )
    return {(w, m): int(count) for w, m, count in await session.execute(statement)}


async def remove_counts(session: WriteSession, source: str, keys: Iterable[CountKey]) -> None:
    """Remove counts that their source no longer makes."""
    months: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for ward, month, category, subcategory in keys:
        months[ward, category, subcategory].append(month)
    statement = delete(CrimeCount).where(
        CrimeCount.source == source,
        CrimeCount.ward_code == bindparam("ward"),
        CrimeCount.category == bindparam("major"),
        CrimeCount.subcategory == bindparam("minor"),
        CrimeCount.month.in_(bindparam("among", expanding=True)),
    )
    for (ward, category, subcategory), among in months.items():
        wanted = {"ward": ward, "major": category, "minor": subcategory, "among": among}
        await session.execute(statement, wanted)


async def write_counts(
    session: WriteSession, source: str, counts: Mapping[CountKey, int], copy_id: UUID
) -> None:
    """Write counts, replacing those of the same ward, month and kind.

    Give every kind the source counts, zeros too, for each ward and month that it covers: a ward
    and month without any row is taken for a gap. The kinds must be known (`add_categories`).
    """
    if not counts:
        return
    insertion = insert_for(session, CrimeCount)
    upsert = insertion.on_conflict_do_update(
        index_elements=["source", "ward_code", "month", "category", "subcategory"],
        set_={"count": insertion.excluded.count, "copy_id": insertion.excluded.copy_id},
    )
    rows = [
        {
            "source": source,
            "ward_code": ward,
            "month": month,
            "category": category,
            "subcategory": subcategory,
            "count": count,
            "copy_id": copy_id,
        }
        for (ward, month, category, subcategory), count in counts.items()
    ]
    await (await session.connection()).execute(upsert, rows)


async def known_wards(session: Session) -> dict[str, tuple[str, bool]]:
    """Return every ward code that was ever loaded, with its latest name and if it is in force."""
    statement = (
        select(Ward.code, Ward.name, BoundaryEdition.status)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(BoundaryEdition.status != "inactive")
        .order_by(BoundaryEdition.valid_from)
    )
    found: dict[str, tuple[str, bool]] = {}
    for code, name, status in await session.execute(statement):
        in_force = status == "active" or found.get(code, ("", False))[1]
        found[code] = name, in_force
    return found
