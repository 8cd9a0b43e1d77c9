"""Following the crosswalk: which wards of another edition a ward went to, or came from."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.database import ReadSession
from app.models.wards import BoundaryEdition, Ward, WardCrosswalk

MAX_HOPS = 20


@dataclass(frozen=True, slots=True)
class Relative:
    """A ward of another edition, and the share of the first ward's area that lies in it."""

    code: str
    name: str
    share_of_area: float


async def relatives(
    session: ReadSession, ward: Ward, target: UUID, *, forward: bool
) -> list[Relative]:
    """Return the wards of another edition that a ward went to (or came from), largest share first.

    Editions in between are followed one after the other, multiplying shares. Empty where nothing
    leads there.
    """
    shares: dict[UUID, float] = {ward.id: 1.0}
    seen = {ward.edition_id}
    for _ in range(MAX_HOPS):
        edition, shares, found = await _step(session, shares, target, seen, forward=forward)
        if edition is None:
            return []
        if edition == target:
            return sorted(
                (Relative(*found[key], share) for key, share in shares.items()),
                key=lambda relative: (-relative.share_of_area, relative.code),
            )
        seen.add(edition)
    return []


async def _step(
    session: ReadSession, shares: dict[UUID, float], target: UUID, seen: set[UUID], *, forward: bool
) -> tuple[UUID | None, dict[UUID, float], dict[UUID, tuple[str, str]]]:
    """Follow the crosswalk one edition on: to the target if it is next, else to the nearest."""
    rows = (await session.execute(_links(list(shares), forward=forward))).all()
    by_edition = defaultdict(list)
    for row in rows:
        if row.edition_id not in seen:
            by_edition[row.edition_id].append(row)
    if not by_edition:
        return None, {}, {}

    def rank(edition_id: UUID) -> tuple[bool, bool, int]:
        some = by_edition[edition_id][0]
        days = some.valid_from.toordinal()
        held = some.valid_to is None or some.valid_to > some.valid_from
        return edition_id != target, not held, days if forward else -days

    edition = min(by_edition, key=rank)
    reached: dict[UUID, float] = defaultdict(float)
    for row in by_edition[edition]:
        reached[row.other_id] += shares[row.this_id] * row.share
    return edition, reached, {row.other_id: (row.code, row.name) for row in by_edition[edition]}


def _links(wards: list[UUID], *, forward: bool) -> Select[*tuple[Any, ...]]:
    walk = WardCrosswalk
    this, other, share = (
        (walk.from_ward_id, walk.to_ward_id, walk.share_of_from)
        if forward
        else (walk.to_ward_id, walk.from_ward_id, walk.share_of_to)
    )
    return (
        select(
            this.label("this_id"),
            other.label("other_id"),
            share.label("share"),
            Ward.code,
            Ward.name,
            Ward.edition_id,
            BoundaryEdition.valid_from,
            BoundaryEdition.valid_to,
        )
        .join(Ward, Ward.id == other)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(this.in_(wards))
    )
