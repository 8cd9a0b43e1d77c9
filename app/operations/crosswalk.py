"""The crosswalk: which new wards an old one went to, by area, computed once and followed over editions."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Select, insert, select

from app.database import ReadSession, WriteSession
from app.domain.editions import SLIVER, SuccessionKind, kind_of_succession
from app.models.wards import BoundaryEdition, Ward, WardCrosswalk
from app.operations.edition_checks import shared_areas
from app.operations.ward_sets import Array, WardSet

MAX_HOPS = 20
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Succession:
    """An old ward and a new one, and how much of each one's area they have in common."""

    old: int
    new: int
    kind: SuccessionKind
    share_of_from: float
    share_of_to: float


def overlay(old: WardSet, new: WardSet) -> list[Succession]:
    """Return every succession between two editions; the shares of each ward sum to 1 on both sides.

    Overlaps below 0.5 % of both wards are slivers along a line and dropped. Where either edition's shapes
    are only indicative, a code that stands in both is the same ward (the ONS gives a new code to a ward
    that changes), so that errors of the drawing are not told as history.
    """
    left, right, area = shared_areas(old.metres, new.metres)
    keep = (area >= SLIVER * old.areas[left]) | (area >= SLIVER * new.areas[right])
    left, right, area = left[keep], right[keep], area[keep]
    if old.indicative or new.indicative:
        kept = _trusting_codes(old, new, left, right, area)
        left, right, area = left[kept], right[kept], area[kept]
    of_from = area / np.bincount(left, area, len(old.codes))[left]
    of_to = area / np.bincount(right, area, len(new.codes))[right]
    return [
        Succession(
            int(o), int(n), kind_of_succession(old.codes[o], new.codes[n], f, t), float(f), float(t)
        )
        for o, n, f, t in zip(left, right, of_from, of_to, strict=True)
    ]


def _trusting_codes(old: WardSet, new: WardSet, left: Array, right: Array, area: Array) -> Array:
    """Return which overlaps stay when a code in both editions is one ward, and the rest share the rest."""
    old_codes, new_codes = np.array(old.codes), np.array(new.codes)
    same = (old_codes[left] == new_codes[right]) & (
        area >= HALF * np.minimum(old.areas[left], new.areas[right])
    )
    old_kept = np.isin(np.arange(len(old.codes)), left[same])
    new_kept = np.isin(np.arange(len(new.codes)), right[same])
    stays = same | ~(old_kept[left] | new_kept[right])
    orphan_old = ~np.isin(np.arange(len(old.codes)), left[stays])
    orphan_new = ~np.isin(np.arange(len(new.codes)), right[stays])
    return np.asarray(stays | orphan_old[left] | orphan_new[right])


async def write_crosswalk(session: WriteSession, old: WardSet, new: WardSet) -> int:
    """Store the succession between two stored editions; return how many rows it has."""
    rows = [
        {
            "from_ward_id": old.ids[s.old],
            "to_ward_id": new.ids[s.new],
            "kind": s.kind.value,
            "share_of_from": s.share_of_from,
            "share_of_to": s.share_of_to,
        }
        for s in overlay(old, new)
    ]
    if rows:
        await session.execute(insert(WardCrosswalk), rows)
    return len(rows)


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

    Editions in between are followed one after the other, multiplying shares. Empty where nothing leads there.
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
    """Follow the crosswalk one edition on: to the target where it is next, else to the nearest in force."""
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


def _links(wards: list[UUID], *, forward: bool) -> Select[Any]:
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
