"""The crosswalk by area: what is history, what only the drawing, and that shares sum to one."""

import math
from collections import defaultdict
from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.domain.editions import SuccessionKind
from app.operations.crosswalk import overlay
from app.operations.ward_sets import WardSet


def row(*cells: tuple[str, float, float], indicative: bool = False) -> WardSet:
    """Return wards side by side: code, western and eastern end in hundredths of a degree."""
    shapes = np.array(
        [shapely.box(a / 100, 51.5, b / 100, 51.51) for _, a, b in cells], dtype=object
    )
    codes = tuple(code for code, _, _ in cells)
    return WardSet(codes, codes, ("E09000101",) * len(cells), shapes, (), indicative)


def shares(old: WardSet, new: WardSet) -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (old.codes[one.old], new.codes[one.new]): (
            round(one.share_of_from, 6),
            round(one.share_of_to, 6),
        )
        for one in overlay(old, new)
    }


def test_official_shapes_tell_a_kept_code_that_lost_ground() -> None:
    old, new = row(("A", 0, 1), ("B", 1, 2)), row(("A", 0, 0.5), ("C", 0.5, 2))
    assert shares(old, new) == {
        ("A", "A"): (0.5, 1.0),
        ("A", "C"): (0.5, 0.333333),
        ("B", "C"): (1.0, 0.666667),
    }


def test_indicative_shapes_do_not_tell_errors_of_the_drawing_as_history() -> None:
    old = row(("A", 0, 1), ("B", 1, 2), indicative=True)
    assert shares(old, row(("A", 0, 1.2), ("B", 1.2, 2))) == {
        ("A", "A"): (1.0, 1.0),
        ("B", "B"): (1.0, 1.0),
    }


def test_a_new_ward_cut_out_of_a_kept_one_still_has_an_origin() -> None:
    old = row(("A", 0, 2), indicative=True)
    assert shares(old, row(("A", 0, 1.2), ("D", 1.2, 2))) == {
        ("A", "A"): (0.6, 1.0),
        ("A", "D"): (0.4, 1.0),
    }


def test_slivers_are_dropped_and_the_rest_made_whole() -> None:
    old, new = row(("A", 0, 1), ("B", 1, 2)), row(("C", 0, 1.004), ("D", 1.004, 2))
    found = overlay(old, new)
    assert shares(old, new) == {("A", "C"): (1.0, 1.0), ("B", "D"): (1.0, 1.0)}
    assert {one.kind for one in found} == {SuccessionKind.RECODED}


def test_names_how_wards_belong_together() -> None:
    merged = overlay(row(("A", 0, 1), ("B", 1, 2)), row(("C", 0, 2)))
    split = overlay(row(("C", 0, 2)), row(("A", 0, 1), ("B", 1, 2)))
    assert {one.kind for one in merged} == {SuccessionKind.MERGED}
    assert {one.kind for one in split} == {SuccessionKind.SPLIT}


cuts = st.lists(st.floats(0.05, 9.95), min_size=0, max_size=12, unique=True).map(sorted)


@given(first=cuts, second=cuts, indicative=st.booleans())
def test_shares_of_every_ward_sum_to_one(
    *, first: list[float], second: list[float], indicative: bool
) -> None:
    def cells(ends: list[float], mark: str) -> list[tuple[str, float, float]]:
        marks = [0.0, *ends, 10.0]
        pairs = pairwise(marks)
        return [
            (f"{mark if n % 2 else 'K'}{n}", a, b) for n, (a, b) in enumerate(pairs) if b - a > 0.02
        ]

    old = row(*cells(first, "O"), indicative=indicative)
    new = row(*cells(second, "N"))
    of_from: dict[int, list[float]] = defaultdict(list)
    of_to: dict[int, list[float]] = defaultdict(list)
    for one in overlay(old, new):
        of_from[one.old].append(one.share_of_from)
        of_to[one.new].append(one.share_of_to)
    assert (len(of_from), len(of_to)) == (len(old.codes), len(new.codes))
    for found in (*of_from.values(), *of_to.values()):
        assert math.isclose(math.fsum(found), 1, abs_tol=1e-9)
