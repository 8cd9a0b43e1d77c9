"""Street crime of wards by month from data.police.uk: counts by category, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.database import Database, WriteSession
from app.domain.crime import WHOLE, CrimeSource
from app.domain.police_uk import KEPT_MONTHS, months_back, months_between
from app.errors import InvalidRequestError
from app.models.crime import CrimeCount
from app.models.sources import SourceCopy
from app.operations.crime_store import (
    CountKey,
    add_categories,
    counts_of,
    drop_fiction,
    remove_counts,
    write_counts,
)
from app.operations.police_uk_report import SyncOrder, SyncReport, WardToRead
from app.operations.source_copies import Place, Reading, keep_reading, read_source, reading_of
from app.sources.police_uk import LICENCE, SOURCE, read_categories, read_last_updated
from app.sources.police_uk_crime import count_crimes, crime_address
from app.sources.publisher import Publisher

USUAL_MONTHS = 3
"""How many of the latest months are read where nobody says since when: some are revised."""


@dataclass(frozen=True, slots=True)
class Months:
    """The months that are wanted, the categories of crime by slug, and where both stand."""

    wanted: list[str]
    kinds: Mapping[str, str]
    readings: tuple[Reading, Reading]


async def ask_months(database: Database, publisher: Publisher, order: SyncOrder) -> Months:
    """Return the months that are wanted, up to the latest published, and their categories."""
    place = Place(SOURCE, f"{publisher.base_url}/crime-last-updated", LICENCE)
    updated = await read_source(database, publisher, place, fresh_since=order.day_start)
    latest = read_last_updated(place.url, updated.content)
    earliest = months_back(latest, KEPT_MONTHS - 1)
    first = order.since or months_back(latest, USUAL_MONTHS - 1)
    if not earliest <= first <= latest:
        raise InvalidRequestError(
            f"data.police.uk has the months {earliest} to {latest}, not {first}."
        )
    place = Place(SOURCE, f"{publisher.base_url}/crime-categories?date={latest}", LICENCE)
    categories = await read_source(database, publisher, place, fresh_since=order.day_start)
    kinds = read_categories(place.url, categories.content)
    return Months(months_between(first, latest), kinds, (updated, categories))


async def keep_months(session: WriteSession, months: Months, *, now: datetime) -> None:
    """Note where months and categories were read, and the categories that are new."""
    for reading in months.readings:
        await keep_reading(session, reading, now=now)
    named = {(slug, WHOLE): name for slug, name in months.kinds.items()}
    await add_categories(session, CrimeSource.POLICE_UK, named)


async def addresses_read_today(database: Database, order: SyncOrder) -> set[str]:
    """Return the wards and months whose crimes were counted today, by their addresses."""
    statement = select(SourceCopy.url).where(
        SourceCopy.source == SOURCE,
        SourceCopy.checked_at >= order.day_start,
        SourceCopy.url.contains("#"),
    )
    async with database.reading() as session:
        return set(await session.scalars(statement))


async def read_crime(
    publisher: Publisher,
    order: SyncOrder,
    report: SyncReport,
    *,
    ward: WardToRead,
    month: str,
    kinds: Mapping[str, str],
) -> None:
    """Count a ward's crimes of one month and keep the counts, zeros among them.

    What is stored of a category that the publisher no longer has is removed: its crimes are
    counted under another name.
    """
    found = await count_crimes(publisher, ward.shape, month)
    wanted: dict[CountKey, int] = {
        (ward.code, month, slug, WHOLE): found.counts[slug] for slug in {**kinds, **found.counts}
    }
    place = Place(SOURCE, crime_address(publisher, ward.code, month), LICENCE, keeps_body=False)
    async with order.open_unit() as session:
        copy_id = await keep_reading(
            session, reading_of(place, found.sha256, found.size), now=order.now
        )
        if not report.crime_counts:
            await drop_fiction(session, CrimeCount)
        stored = await counts_of(session, CrimeSource.POLICE_UK, [ward.code], [month])
        changed = {key: count for key, count in wanted.items() if stored.get(key) != count}
        gone = stored.keys() - wanted.keys()
        new_kinds = {(slug, WHOLE): slug for slug in found.counts if slug not in kinds}
        report.new_kinds += await add_categories(session, CrimeSource.POLICE_UK, new_kinds)
        await write_counts(session, CrimeSource.POLICE_UK, changed, copy_id)
        await remove_counts(session, CrimeSource.POLICE_UK, gone)
    report.crimes += sum(found.counts.values())
    report.crime_counts += len(wanted)
    report.crime_revised += len(changed) + len(gone)
