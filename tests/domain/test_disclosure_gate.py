"""The gate against linear programs that try to bound what is hidden (P12).

500 random boroughs by default; `LONG_RUN=1` makes it the 10,000 of the promise.
"""

import math
import os
import random
from collections.abc import Mapping, Sequence

import pytest
from scipy.optimize import linprog

from app.domain.disclosure import Disclosure, coarse_turnout, disclose
from app.domain.disclosure_gate import (
    Figure,
    GateShutError,
    Table,
    Told,
    WardCounts,
    pass_gate,
    told_by_result,
)

BOROUGHS = 10_000 if os.environ.get("LONG_RUN") else 500
SIZES = (0, 1, 3, 8, 9, 10, 11, 14, 25, 33, 120)
CLOSE = 1e-6


def any_borough(luck: random.Random, levels: Sequence[int], *, told: bool) -> list[WardCounts]:
    """Return wards with small and large cells, with or without results published before."""
    wards = []
    for number in range(luck.choice((1, 1, 2, 2, 3, 4, 5, 8))):
        counts = {level: max(0, luck.choice(SIZES) + luck.randint(-2, 2)) for level in levels}
        ballots = sum(counts.values())
        before = results_of(counts, luck.choice((0, ballots))) if told else []
        wards.append(WardCounts(f"E0509000{number}", counts, before))
    return wards


def results_of(counts: Mapping[int, int], approvals: int) -> list[Told]:
    ballots = sum(counts.values())
    figures = disclose(ballots, 0, {"burglary": approvals}, counts)
    return told_by_result(figures, list(counts), turnout=coarse_turnout(ballots))


def sums_told(
    wards: Sequence[WardCounts], levels: Sequence[int], figures: Mapping[Figure, int | None]
) -> list[tuple[list[int], int, int]]:
    """Return every sum of cells that anybody can read somewhere, with its least and most."""
    places = [Figure(ward.ward, level) for ward in wards for level in levels]
    told = []
    for figure, near in figures.items():
        if near is not None:
            inside = [
                int(figure.ward in {None, cell.ward} and figure.level in {None, cell.level})
                for cell in places
            ]
            told.append((inside, max(10, near - 2), near + 2))
    for ward in wards:
        for before in ward.told:
            inside = [int(c.ward == ward.ward and c.level in before.levels) for c in places]
            told.append((inside, before.least, before.most))
    return told


def bounds_by_attack(
    wards: Sequence[WardCounts], levels: Sequence[int], figures: Mapping[Figure, int | None]
) -> dict[Figure, int]:
    """Return for each hidden figure how many values a linear program leaves it."""
    places = [Figure(ward.ward, level) for ward in wards for level in levels]
    told = sums_told(wards, levels, figures)
    rows = [inside for inside, _, _ in told] + [[-n for n in inside] for inside, _, _ in told]
    limits = [most for _, _, most in told] + [-least for _, least, _ in told]
    widths = {}
    for figure in (f for f, near in figures.items() if near is None):
        aim = [
            int(figure.ward in {None, cell.ward} and figure.level in {None, cell.level})
            for cell in places
        ]
        ends = []
        for sign in (1, -1):
            answer = linprog([sign * n for n in aim], A_ub=rows or None, b_ub=limits or None)
            ends.append(sign * answer.fun if answer.status == 0 else math.inf)
        least, most = math.ceil(ends[0] - CLOSE), ends[1]
        widths[figure] = 10**6 if most == math.inf else math.floor(most + CLOSE) - least + 1
    return widths


def protected(table: Table, wards: Sequence[WardCounts], levels: Sequence[int]) -> list[Figure]:
    """Return what must not show: hidden cells, and hidden sums that are small."""
    exact = {ward.ward: ward.by_level for ward in wards}
    sums = {
        figure: sum(
            exact[ward][level]
            for ward in exact
            for level in levels
            if figure.ward in {None, ward} and figure.level in {None, level}
        )
        for figure in table.figures
    }
    return [
        figure
        for figure, near in table.figures.items()
        if near is None and (None not in figure or sums[figure] < 10)
    ]


@pytest.mark.parametrize("share", range(10))
def test_no_linear_program_bounds_anything_hidden_to_fewer_than_5_values(share: int):
    luck = random.Random(share)
    for _ in range(BOROUGHS // 10):
        levels = luck.choice(((2,), (1, 2), (0, 1, 2)))
        wards = any_borough(luck, levels, told=luck.random() < 0.7)
        table = pass_gate(wards, levels)
        widths = bounds_by_attack(wards, levels, table.figures)
        guarded = protected(table, wards, levels)
        assert all(widths[figure] >= 5 for figure in guarded), (wards, table)
        narrowest = min((widths[figure] for figure in guarded), default=50)
        assert min(narrowest, 50) == table.narrowest, (wards, table)


def primary_only(wards: Sequence[WardCounts], levels: Sequence[int]) -> dict[Figure, int | None]:
    full = pass_gate([WardCounts(w.ward, dict.fromkeys(levels, 1000)) for w in wards], levels)
    figures: dict[Figure, int | None] = {}
    for figure in full.figures:
        count = sum(
            n
            for ward in wards
            for level, n in ward.by_level.items()
            if figure.ward in {None, ward.ward} and figure.level in {None, level}
        )
        figures[figure] = None if count < 10 else (count + 2) // 5 * 5
    return figures


def test_hiding_small_figures_only_gives_some_of_them_away():
    """The control: the same attack on the 10-5 rule without the gate."""
    luck, leaks, hidden = random.Random(5), 0, 0
    for _ in range(100):
        levels = (0, 1, 2)
        wards = any_borough(luck, levels, told=True)
        widths = bounds_by_attack(wards, levels, primary_only(wards, levels))
        cells = [width for figure, width in widths.items() if None not in figure]
        leaks, hidden = leaks + sum(width < 5 for width in cells), hidden + len(cells)
    assert leaks > hidden / 20, (leaks, hidden)


def test_no_linear_program_bounds_a_level_that_a_result_merged():
    luck = random.Random(9)
    for _ in range(200):
        counts = {level: max(0, luck.choice(SIZES) + luck.randint(-2, 2)) for level in (0, 1, 2)}
        ballots = sum(counts.values())
        told = results_of(counts, luck.choice((0, ballots)))
        alone = {level for t in told if len(t.levels) == 1 for level in t.levels}
        hidden = {Figure("E05090001", level): None for level in {0, 1, 2} - alone}
        widths = bounds_by_attack([WardCounts("E05090001", counts, told)], (0, 1, 2), hidden)
        assert all(width >= 5 for width in widths.values()), (counts, told)


def test_hides_a_second_figure_where_one_alone_would_show():
    total_told = [Told(frozenset({1, 2}), 46, 46)]
    wards = [WardCounts("E05090001", {1: 3, 2: 43}, total_told)]
    wards.append(WardCounts("E05090002", {1: 30, 2: 50}))
    table = pass_gate(wards, (1, 2))
    assert table.figures[Figure("E05090001", 1)] is None
    assert table.figures[Figure("E05090001", 2)] is None
    assert table.figures[Figure("E05090002", None)] == 80
    assert table.narrowest >= 5


def test_tells_everything_rounded_where_nothing_is_small():
    wards = [WardCounts("E05090001", {1: 33, 2: 41}), WardCounts("E05090002", {1: 12, 2: 57})]
    table = pass_gate(wards, (1, 2))
    assert (table.hidden, table.narrowest) == (0, 50)
    assert table.figures[Figure("E05090002", 1)] == 10
    assert table.figures[Figure(None, None)] == 145


def test_stays_shut_where_too_much_was_told_before():
    told = [Told(frozenset({1}), 3, 3), Told(frozenset({1, 2}), 43, 43)]
    with pytest.raises(GateShutError):
        pass_gate([WardCounts("E05090001", {1: 3, 2: 40}, told)], (1, 2))


def test_stays_shut_where_what_was_told_does_not_fit():
    told = [Told(frozenset({1, 2}), 60, 60)]
    with pytest.raises(GateShutError):
        pass_gate([WardCounts("E05090001", {1: 13, 2: 40}, told)], (1, 2))


def test_a_result_tells_no_more_than_its_kind():
    rounded = results_of({1: 9, 2: 9}, 0)
    assert rounded == [
        Told(frozenset({1, 2}), 10, 19),
        Told(frozenset({1, 2}), 18, 22),
        Told(frozenset({1, 2}), 18, 22),
    ]
    assert disclose(12, 0, {}, {1: 12}).disclosure is Disclosure.ROUNDED
