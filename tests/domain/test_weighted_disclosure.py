"""What a weighted approval tells of a group, found by trying every way the ballots may have been.

The attacker knows the official approvals, all weights, how many people have each, and how ranges
are made. The controls tell more, as the service did before, and are read like an open book: whole
percents, and the finest step that hides these very ballots.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import numpy as np
import pytest

from app.domain.disclosure_gate import FEWEST_VALUES
from app.domain.raking import Cell, rake, targets_for
from app.domain.weighted_disclosure import WHOLE, Ranges, Weighed

Told = Callable[[np.ndarray], np.ndarray]
"""What is told of options, by their weighted percents that are full."""


def weigh(people: Counter[Cell], shares: list[dict[str, float]]) -> Weighed:
    """Return people with weights in thousandths, raked to these shares."""
    weights = rake(people, targets_for(people, shares)).weights
    return Weighed(people, {cell: round(weight * 1000) for cell, weight in weights.items()})


def groups_among(cells: list[Cell]) -> list[list[Cell]]:
    """Return every cell alone, and all cells of everybody who said the same of one dimension."""
    said = {(place, name) for cell in cells for place, name in enumerate(cell) if name}
    return [[cell] for cell in cells] + [[c for c in cells if c[p] == name] for p, name in said]


def all_ways(weighed: Weighed, approvals: int) -> np.ndarray:
    """Return every way in which so many approvals may come from the cells, a column each."""
    each = [np.arange(number + 1) for number in weighed.people.values()]
    tried = np.array(np.meshgrid(*each, indexing="ij")).reshape(len(each), -1)
    return tried[:, tried.sum(axis=0) == approvals]


def percents_of(weighed: Weighed, ways: np.ndarray) -> np.ndarray:
    weights = np.array([weighed.weights[cell] for cell in weighed.people])
    return weights @ ways * WHOLE // weighed.of(weighed.people)


def numbers_left(weighed: Weighed, approvals: int, told: Told) -> Iterator[tuple[int, int]]:
    """Yield how many numbers of a group's approvals are left to guess, and how many are needed.

    Once for each thing that may be told of an option with so many approvals, and each group.
    """
    cells, ways = list(weighed.people), all_ways(weighed, approvals)
    heard = told(percents_of(weighed, ways))
    for group in groups_among(cells):
        numbers = ways[[cells.index(cell) for cell in group]].sum(axis=0)
        needed = min(FEWEST_VALUES, len(set(numbers)))
        for one in set(heard):
            yield len(set(numbers[heard == one])), needed


def in_ranges(ranges: Ranges) -> Told:
    """Return which range each percent is in."""
    return np.vectorize(lambda percent: bisect_right(ranges.ends, min(percent, WHOLE - 1)))


def whole_percents(percents: np.ndarray) -> np.ndarray:
    return percents


def gives_away(weighed: Weighed, approvals: int, told: Told) -> int:
    """Return how often somebody is left too few numbers to guess."""
    found = numbers_left(weighed, approvals, told)
    return sum(left < needed for left, needed in found)


FEW = [
    (Counter({("f",): 95, ("m",): 11}), [{"f": 0.5, "m": 0.5}]),
    (Counter({("f",): 140, ("m",): 60}), [{"f": 0.5, "m": 0.5}]),
    (Counter({("f",): 30, ("m",): 90, (None,): 12}), [{"f": 0.5, "m": 0.5}]),
    (Counter({("y",): 70, ("m",): 90, ("o",): 15}), [{"y": 0.5, "m": 0.3, "o": 0.2}]),
    (Counter({("f",): 260, ("m",): 240}), [{"f": 0.5, "m": 0.5}]),
]


@pytest.mark.parametrize(("people", "shares"), FEW, ids=lambda of: str(len(of)))
def test_leaves_open_what_any_group_approved(people, shares):
    weighed, everybody = weigh(people, shares), people.total()
    for approvals in (0, 1, 4, 11, everybody // 7, everybody // 2, everybody - 3, everybody):
        ranges = Ranges(weighed, [approvals, everybody // 3, 2])
        assert gives_away(weighed, approvals, in_ranges(ranges)) == 0


ONE: list[Cell] = [("a",), ("b",), ("c",), (None,)]
TWO: list[Cell] = [(first, second) for first in "ab" for second in "xy"]


def few_of(random: Random, cells: list[Cell], most: int) -> Weighed:
    """Return few people of any combination, of whom the census knows any mixture."""
    people = Counter({cell: random.randrange(4, most) for cell in cells})
    shares = [
        {name: random.uniform(0.2, 1) for name in sorted(filter(None, set(names)))}
        for names in zip(*cells, strict=True)
    ]
    return weigh(people, shares)


SMALL = [(ONE[:2], 150), (ONE[:3], 26), (ONE, 11), (TWO, 11)]


@pytest.mark.parametrize(("cells", "most"), SMALL, ids=["2", "3", "4", "2 x 2"])
def test_leaves_open_what_the_few_of_any_combination_approved(cells: list[Cell], most: int):
    random, told = Random(most), Counter[str]()
    for _ in range(60):
        weighed = few_of(random, cells, most)
        approvals = [random.randrange(weighed.people.total() + 1) for _ in range(3)]
        ranges = Ranges(weighed, approvals)
        told["ranges"] += len(ranges.ends)
        for number in approvals:
            assert gives_away(weighed, number, in_ranges(ranges)) == 0
            told["given away by percents"] += gives_away(weighed, number, whole_percents)
    assert told["ranges"] > 300, "something is told"
    assert told["given away by percents"] > 300, "the control"


def test_whole_percents_give_a_small_group_away():
    weighed = weigh(*FEW[0])
    lefts = [left for left, needed in numbers_left(weighed, 40, whole_percents) if needed > 1]
    assert max(lefts) == 1, "each number of eleven men is known exactly"


def finest_step(weighed: Weighed, percents: np.ndarray, approvals: int) -> np.ndarray:
    """Tell as the service once did: in the finest step that hides the ballots as they are."""
    cells, ways = list(weighed.people), all_ways(weighed, approvals)
    heard = np.full(len(percents), -1)
    for step in (10, 5, 2, 1):
        coarse = percents // step
        hides = np.ones(len(percents), dtype=bool)
        for group in groups_among(cells):
            numbers = ways[[cells.index(cell) for cell in group]].sum(axis=0)
            needed = min(FEWEST_VALUES, len(set(numbers)))
            open_in = {one: len(set(numbers[coarse == one])) >= needed for one in set(coarse)}
            hides &= np.array([open_in[one] for one in coarse])
        heard[hides] = coarse[hides] + step * 1000
    return heard


def test_a_step_that_depends_on_the_ballots_gives_groups_away():
    people = Counter({("f",): 245, ("m",): 28})
    weighed, given = weigh(people, [{"f": 0.5, "m": 0.5}]), 0
    for approvals in (24, 60, 136):
        told = lambda percents, n=approvals: finest_step(weighed, percents, n)  # noqa: E731
        given += gives_away(weighed, approvals, told)
        assert gives_away(weighed, approvals, in_ranges(Ranges(weighed, [approvals]))) == 0
    assert given > 0


def test_tells_large_and_even_polls_finely():
    ranges = Ranges(weigh(*FEW[-1]), [250, 125, 400])
    for women in (110, 125, 140):
        begin, end = ranges.of(Counter({("f",): women, ("m",): 250 - women}))
        assert end - begin <= 2


def test_ranges_are_all_percents_once():
    for people, shares in FEW:
        weighed = weigh(people, shares)
        ranges = Ranges(weighed, [7, people.total() // 2])
        assert ranges.ends == sorted(set(ranges.ends))
        assert ranges.ends[-1] == WHOLE
        for share in range(0, people.total(), 7):
            ticks = Counter({cell: min(number, share) for cell, number in people.items()})
            begin, end = ranges.of(ticks)
            assert begin <= weighed.percent(ticks)
            assert weighed.percent(ticks) < end or (weighed.percent(ticks), end) == (WHOLE, WHOLE)


def test_the_same_weight_for_all_tells_what_is_known():
    weighed = Weighed(Counter({("f",): 60, ("m",): 60}), {("f",): 1000, ("m",): 1000})
    ranges = Ranges(weighed, [30])
    assert ranges.of(Counter({("f",): 30})) == (25, 26)
