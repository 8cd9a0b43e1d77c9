"""The crosswalk: which new wards an old one went to, by area, once per pair of editions."""

import asyncio
from dataclasses import dataclass

import numpy as np
from sqlalchemy import insert

from app.database import WriteSession
from app.domain.editions import SLIVER, SLIVER_M2, SuccessionKind, kind_of_succession
from app.models.wards import WardCrosswalk
from app.operations.edition_checks import shared_areas
from app.operations.ward_sets import Array, WardSet

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

    Overlaps below 0.5 % of both wards or below half a hectare are slivers along a line and dropped.
    Where either edition's shapes are only indicative, a code that stands in both is the same ward
    (the ONS gives a new code to a ward that changes), so that errors of the drawing are not told as
    history.
    """
    left, right, area = shared_areas(old.metres, new.metres)
    before, after = old.areas[left], new.areas[right]
    keep = (area >= SLIVER * before) | (area >= SLIVER * after)
    keep &= (area >= SLIVER_M2) | (area >= HALF * np.minimum(before, after))
    left, right, area = left[keep], right[keep], area[keep]
    if old.indicative or new.indicative:
        kept = _trusting_codes(old, new, (left, right, area))
        left, right, area = left[kept], right[kept], area[kept]
    of_from = area / np.bincount(left, area, len(old.codes))[left]
    of_to = area / np.bincount(right, area, len(new.codes))[right]
    return [
        Succession(
            int(o), int(n), kind_of_succession(old.codes[o], new.codes[n], f, t), float(f), float(t)
        )
        for o, n, f, t in zip(left, right, of_from, of_to, strict=True)
    ]


def _trusting_codes(old: WardSet, new: WardSet, shared: tuple[Array, Array, Array]) -> Array:
    """Return which overlaps stay when a code in both is one ward, and the rest share the rest."""
    left, right, area = shared
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
    """Store the succession between two stored editions; return how many rows it has.

    All of London takes a second to compare, which goes on beside other requests.
    """
    successions = await asyncio.to_thread(overlay, old, new)
    rows = [
        {
            "from_ward_id": old.ids[s.old],
            "to_ward_id": new.ids[s.new],
            "kind": s.kind.value,
            "share_of_from": s.share_of_from,
            "share_of_to": s.share_of_to,
        }
        for s in successions
    ]
    if rows:
        await session.execute(insert(WardCrosswalk), rows)
    return len(rows)
