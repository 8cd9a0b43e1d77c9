"""What is right and wrong with a set of wards, and how it differs from another."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from app.domain.editions import (
    OUTSIDE_BOROUGH,
    PAIR_TOLERANCE,
    RESHAPED,
    SURFACE_TOLERANCE,
    count_refusals,
)
from app.geometry import all_in_metres
from app.operations.ward_sets import Array, WardSet

NAMED = 5


@dataclass(frozen=True, slots=True)
class Expectation:
    """How many wards each borough should have; exactly, where a control file says so."""

    wards: Mapping[str, int]
    exact: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """The outcome of the checks: figures for the record, and what forbids the edition."""

    wards: int
    overlap_m2: float
    gap_m2: float
    neighbours_agree: bool
    foreign: tuple[str, ...]
    repaired: tuple[str, ...]
    refusals: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the findings as they are kept with the edition."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Diff:
    """How a set of wards differs from another: by code, by name, by shape."""

    added: tuple[str, ...]
    closed: tuple[str, ...]
    renamed: tuple[tuple[str, str, str], ...]
    reshaped: tuple[tuple[str, float], ...]
    identical: bool

    @property
    def same_codes(self) -> bool:
        """Whether both sets hold the same wards, whatever their shapes and names."""
        return not self.added and not self.closed

    def as_json(self) -> dict[str, Any]:
        """Return the diff as it is kept with the edition."""
        return {
            "added": list(self.added),
            "closed": list(self.closed),
            "renamed": [{"code": c, "from": old, "to": new} for c, old, new in self.renamed],
            "reshaped": [{"code": code, "share": share} for code, share in self.reshaped],
        }


def check_wards(
    wards: WardSet,
    boroughs: Mapping[str, tuple[str, BaseGeometry]],
    expected: Expectation,
    *,
    foreign: tuple[str, ...] = (),
    repaired: tuple[str, ...] = (),
) -> Findings:
    """Return what the checks find: counts, overlaps, gaps, wards outside their borough."""
    names = {code: name for code, (name, _) in boroughs.items()}
    refusals = count_refusals(wards.counts(), expected.wards, names, exact=expected.exact)
    total = float(wards.areas.sum())
    union = shapely.union_all(wards.metres)
    overlap = max(0.0, total - union.area)
    gap = _holes(union)
    if gap > SURFACE_TOLERANCE * total:
        refusals.append(f"There are holes of {gap:,.0f} m² between the wards.")
    agree = bool(shapely.coverage_is_valid(wards.metres))
    pairs = [] if agree else _overlapping_pairs(wards)
    if pairs or overlap > SURFACE_TOLERANCE * total:
        told = f" ({', '.join(pairs[:NAMED])})" if pairs else ""
        refusals.append(f"Wards overlap by {overlap:,.0f} m²{told}.")
    astray = _outside_their_borough(wards, boroughs)
    if astray:
        refusals.append(f"{len(astray)} wards lie outside their borough: {some(astray)}.")
    return Findings(
        len(wards.codes),
        round(overlap, 1),
        round(gap, 1),
        agree,
        foreign,
        repaired,
        tuple(refusals),
    )


def _holes(union: BaseGeometry) -> float:
    filled = [shapely.Polygon(part.exterior) for part in shapely.get_parts(union)]
    return max(0.0, float(shapely.union_all(filled).area - union.area))


def _overlapping_pairs(wards: WardSet) -> list[str]:
    left, right, area = shared_areas(wards.metres, wards.metres)
    smaller = np.minimum(wards.areas[left], wards.areas[right])
    wrong = (left < right) & (area > PAIR_TOLERANCE * smaller)
    return [
        f"{wards.codes[a]} and {wards.codes[b]}"
        for a, b in zip(left[wrong], right[wrong], strict=True)
    ]


def _outside_their_borough(
    wards: WardSet, boroughs: Mapping[str, tuple[str, BaseGeometry]]
) -> list[str]:
    codes = list(boroughs)
    outlines = all_in_metres([shape for _, shape in boroughs.values()])
    place = {code: number for number, code in enumerate(codes)}
    own = outlines[[place[code] for code in wards.borough_codes]]
    inside = shapely.area(shapely.intersection(wards.metres, own))
    astray = inside < OUTSIDE_BOROUGH * wards.areas
    return [wards.codes[number] for number in np.flatnonzero(astray)]


def shared_areas(old: Array, new: Array) -> tuple[Array, Array, Array]:
    """Return which shapes of two sets overlap, by place in each, and by how many square metres."""
    left, right = shapely.STRtree(new).query(old, predicate="intersects")
    return left, right, np.asarray(shapely.area(shapely.intersection(old[left], new[right])))


def compare_wards(old: WardSet, new: WardSet) -> Diff:
    """Return how the new wards differ from the old ones."""
    both = [code for code in new.codes if code in old.place_of]
    before = np.array([old.place_of[code] for code in both], dtype=int)
    after = np.array([new.place_of[code] for code in both], dtype=int)
    changed = shapely.area(shapely.symmetric_difference(old.metres[before], new.metres[after]))
    share = changed / np.maximum(old.areas[before], 1e-9)
    renamed = tuple(
        (code, old.names[b], new.names[a])
        for code, b, a in zip(both, before, after, strict=True)
        if old.names[b] != new.names[a]
    )
    reshaped = tuple(
        (code, round(float(s), 4)) for code, s in zip(both, share, strict=True) if s > RESHAPED
    )
    identical = (old.codes, old.names, old.borough_codes, old.indicative) == (
        new.codes,
        new.names,
        new.borough_codes,
        new.indicative,
    ) and old.hashes == new.hashes
    return Diff(
        tuple(code for code in new.codes if code not in old.place_of),
        tuple(code for code in old.codes if code not in new.place_of),
        renamed,
        reshaped,
        identical,
    )


def some(codes: Sequence[str]) -> str:
    """Return the first few codes in words, and how many more there are."""
    more = f" and {len(codes) - NAMED} more" if len(codes) > NAMED else ""
    return ", ".join(codes[:NAMED]) + more
