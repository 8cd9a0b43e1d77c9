"""What data.police.uk lists of a ward, compared with what it listed before and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, update

from app.database import WriteSession
from app.domain.police_uk import ListKind
from app.models.police_uk import (
    PoliceUkEvent,
    PoliceUkListing,
    PoliceUkPriority,
    PoliceUkTeam,
)
from app.operations.crime_store import drop_fiction
from app.sources.police_uk import ListedItem

Table = type[PoliceUkPriority] | type[PoliceUkEvent] | type[PoliceUkTeam]

TABLES: dict[ListKind, Table] = {
    ListKind.PRIORITIES: PoliceUkPriority,
    ListKind.EVENTS: PoliceUkEvent,
    ListKind.TEAM: PoliceUkTeam,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """Which ward's list was seen when, and in which copy."""

    ward_code: str
    kind: ListKind
    copy_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class Turnover:
    """How many items came, or came back, and how many went."""

    added: int
    gone: int


async def forget_fiction(session: WriteSession, ward_code: str) -> None:
    """Drop what the demonstration made up of a ward's lists, before what was really read."""
    for table in (*TABLES.values(), PoliceUkListing):
        await drop_fiction(session, table, table.ward_code == ward_code)


async def keep_items(session: WriteSession, seen: Seen, items: Sequence[ListedItem]) -> Turnover:
    """Note what is on a ward's list now: new items, those still there, those that are gone."""
    table = TABLES[seen.kind]
    rows = await session.scalars(select(table).where(table.ward_code == seen.ward_code))
    known: dict[str, Any] = {row.digest: row for row in cast("Any", rows)}
    listed = {item.digest for item in items}
    added = gone = 0
    for item in items:
        row = known.get(item.digest)
        if row is None or row.gone_at is not None:
            added += 1
        if row is None:
            session.add(_new(table, seen, item))
            continue
        row.gone_at, row.last_seen_at, row.copy_id = None, seen.now, seen.copy_id
        if isinstance(row, PoliceUkTeam):
            row.names = item.columns["names"]
    for digest, row in known.items():
        if digest in listed:
            continue
        gone += row.gone_at is None
        row.gone_at = row.gone_at or seen.now
        if isinstance(row, PoliceUkTeam):
            row.names = None  # names of those who left are nobody's business
    await session.flush()
    await note_listing(session, seen, items=len(items), changed=bool(added or gone))
    return Turnover(added, gone)


def _new(table: Table, seen: Seen, item: ListedItem) -> Any:
    return table(
        ward_code=seen.ward_code,
        digest=item.digest,
        first_seen_at=seen.now,
        last_seen_at=seen.now,
        gone_at=None,
        copy_id=seen.copy_id,
        **item.columns,
    )


async def note_listing(session: WriteSession, seen: Seen, *, items: int, changed: bool) -> None:
    """Note that a ward's list was read, how long it is, and since when it is empty."""
    now = seen.now
    listing = await session.get(PoliceUkListing, (seen.ward_code, seen.kind.value))
    if listing is None:
        listing = PoliceUkListing(
            ward_code=seen.ward_code,
            kind=seen.kind.value,
            first_seen_at=now,
            last_changed_at=now,
            empty_since=None,
        )
        session.add(listing)
    elif changed:
        listing.last_changed_at = now
    listing.empty_since = None if items else listing.empty_since or now
    listing.checked_at, listing.away_since = now, None
    listing.items, listing.copy_id = items, seen.copy_id
    await session.flush()


async def note_away(session: WriteSession, ward_code: str, *, now: datetime) -> None:
    """Note that the publisher does not answer for a ward: what is kept of it is stale from now."""
    await session.execute(
        update(PoliceUkListing)
        .where(PoliceUkListing.ward_code == ward_code, PoliceUkListing.away_since.is_(None))
        .values(away_since=now)
    )
