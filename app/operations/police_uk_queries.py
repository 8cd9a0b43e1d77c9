"""What data.police.uk says of a ward, with its dates and copies, beside what we hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.database import ReadSession
from app.domain.police_uk import ListKind, Match
from app.models.police_uk import (
    PoliceUkEvent,
    PoliceUkListing,
    PoliceUkNeighbourhood,
    PoliceUkPriority,
    PoliceUkTeam,
)
from app.models.priorities import Priority
from app.models.sources import SourceCopy
from app.models.wards import Ward
from app.operations.priorities import find_active_set
from app.operations.wards import get_ward

PUBLISHER = "data.police.uk"
SHOWN_GONE = 20
TABLES: dict[ListKind, tuple[Any, tuple[Any, ...]]] = {
    ListKind.PRIORITIES: (PoliceUkPriority, (PoliceUkPriority.issued_on.desc().nulls_last(),)),
    ListKind.EVENTS: (PoliceUkEvent, (PoliceUkEvent.starts_at,)),
    ListKind.TEAM: (PoliceUkTeam, ()),
}


@dataclass(frozen=True, slots=True)
class ListingView:
    """One list with its copy: how fresh it is, what is on it now, and what was."""

    first_seen_at: datetime
    checked_at: datetime
    last_changed_at: datetime
    empty_since: datetime | None
    away_since: datetime | None
    provenance: SourceCopy
    items: Sequence[Any]
    gone: Sequence[Any]

    @property
    def stale(self) -> bool:
        """Whether the publisher did not answer when last asked."""
        return self.away_since is not None


@dataclass(frozen=True, slots=True)
class ElsewhereView:
    """All that the publisher says of a ward, and our own active priorities."""

    ward: Ward
    neighbourhood: PoliceUkNeighbourhood | None
    priorities: ListingView | None
    events: ListingView | None
    team: ListingView | None
    our_priorities: Sequence[Priority]
    publisher: str = PUBLISHER


async def get_published_elsewhere(session: ReadSession, ward_code: str) -> ElsewhereView:
    """Return what data.police.uk says of a ward, as it was last read."""
    ward = await get_ward(session, ward_code)
    speaking = select(PoliceUkNeighbourhood).where(
        PoliceUkNeighbourhood.ward_code == ward_code,
        PoliceUkNeighbourhood.match.in_([Match.EXACT.value, Match.SUFFIX.value]),
    )
    newest = speaking.order_by(
        PoliceUkNeighbourhood.last_seen_at.desc(), PoliceUkNeighbourhood.neighbourhood_id
    )
    active = await find_active_set(session, ward_code)
    return ElsewhereView(
        ward,
        (await session.scalars(newest.limit(1))).first(),
        await _view(session, ward_code, ListKind.PRIORITIES),
        await _view(session, ward_code, ListKind.EVENTS),
        await _view(session, ward_code, ListKind.TEAM),
        [] if active is None else active.priorities,
    )


async def _view(session: ReadSession, ward_code: str, kind: ListKind) -> ListingView | None:
    listing = await session.get(PoliceUkListing, (ward_code, kind.value))
    if listing is None:
        return None
    copy = await session.get_one(SourceCopy, listing.copy_id)
    table, order = TABLES[kind]
    its = select(table).where(table.ward_code == ward_code)
    listed = its.where(table.gone_at.is_(None)).order_by(*order, table.id)
    taken = its.where(table.gone_at.is_not(None)).order_by(table.gone_at.desc(), table.id.desc())
    return ListingView(
        listing.first_seen_at,
        listing.checked_at,
        listing.last_changed_at,
        listing.empty_since,
        listing.away_since,
        copy,
        list(await session.scalars(listed)),
        list(await session.scalars(taken.limit(SHOWN_GONE))),
    )
