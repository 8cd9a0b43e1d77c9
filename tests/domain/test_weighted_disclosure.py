"""What a weighted approval tells of a group, found by trying every way the ballots may have been.

The attacker knows the official approvals, all weights, how many people have each, and when the way
is told. The control tells whole percents, as the service once did, and is read like an open book.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from random import Random

import numpy as np
import pytest

from app.domain.disclosure_gate import FEWEST_VALUES
from app.domain.raking import Cell, rake, targets_for
from app.domain.weighted_disclosure import POINTS, Moved, Weighed

Told = Callable[[np.ndarray], np.ndarray]
"""What is told of an option, for each weight in thousandths that its approvals may have."""


def weigh(people: Counter[Cell], shares: list[dict[str, float]]) -> Weighed:
    """Return people with weights in thousandths, raked to these shares."""
    weights = rake(people, targets_for(people, shares)).weights
    return Weighed(people, {cell: round(weight * 1000) for cell, weight in weights.items()})


def groups_among(cells: list[Cell]) -> set[frozenset[Cell]]:
    """Return all who said alike in one dimension or more; not to say is to say alike."""
    found = set()
    for number in range(1, len(cells[0]) + 1):
        for chosen in combinations(range(len(cells[0])), number):
            for one in cells:
                found.add(frozenset(c for c in cells if all(c[d] == one[d] for d in chosen)))
    return found


def all_ways(weighed: Weighed, approvals: int) -> np.ndarray:
    """Return every way in which so many approvals may come from the cells, a column each."""
    each = [np.arange(number + 1) for number in weighed.people.values()]
    tried = np.array(np.meshgrid(*each, indexing="ij")).reshape(len(each), -1)
    return tried[:, tried.sum(axis=0) == approvals]


def weights_of(weighed: Weighed, ways: np.ndarray) -> np.ndarray:
    return np.array([weighed.weights[cell] for cell in weighed.people]) @ ways


def numbers_left(weighed: Weighed, approvals: int, told: Told) -> Iterator[tuple[int, int]]:
    """Yield how many numbers of a group's approvals are left to guess, and how many are needed.

    Once for each thing that may be told of an option with so many approvals, and each group.
    """
    cells, ways = list(weighed.people), all_ways(weighed, approvals)
    heard = told(weights_of(weighed, ways))
    for group in groups_among(cells):
        numbers = ways[[cells.index(cell) for cell in group]].sum(axis=0)
        needed = min(FEWEST_VALUES, len(set(numbers)))
        for one in set(heard):
            yield len(set(numbers[heard == one])), needed


def gives_away(weighed: Weighed, approvals: int, told: Told) -> int:
    """Return how often somebody is left too few numbers to guess."""
    return sum(left < needed for left, needed in numbers_left(weighed, approvals, told))


def way_of(weighed: Weighed, approvals: int) -> Told:
    """Return which way each weight moves, by fractions of all ballots."""
    official = approvals / weighed.people.total() * 100

    def told(weights: np.ndarray) -> np.ndarray:
        moved = weights / weighed.of(weighed.people) * 100 - official
        return (moved > POINTS + 1e-9).astype(int) - (moved < -POINTS - 1e-9)

    return told


def percents_of(weighed: Weighed) -> Told:
    return lambda weights: weights * 100 // weighed.of(weighed.people)


FEW = [
    (Counter({("f",): 95, ("m",): 11}), [{"f": 0.5, "m": 0.5}]),
    (Counter({("f",): 140, ("m",): 60}), [{"f": 0.5, "m": 0.5}]),
    (Counter({("f",): 30, ("m",): 90, (None,): 12}), [{"f": 0.5, "m": 0.5}]),
    (Counter({("y",): 70, ("m",): 90, ("o",): 15}), [{"y": 0.5, "m": 0.3, "o": 0.2}]),
    (Counter({("f",): 260, ("m",): 240}), [{"f": 0.2, "m": 0.8}]),
]


@pytest.mark.parametrize(("people", "shares"), FEW, ids=lambda of: str(len(of)))
def test_leaves_open_what_any_group_approved(people, shares):
    weighed, everybody = weigh(people, shares), people.total()
    for approvals in range(0, everybody + 1, 9):
        if weighed.may_be_told(approvals):
            assert gives_away(weighed, approvals, way_of(weighed, approvals)) == 0


ONE: list[Cell] = [("a",), ("b",), ("c",), (None,)]
TWO: list[Cell] = [(first, second) for first in "ab" for second in "xy"]
THREE: list[Cell] = [(*pair, third) for pair in TWO for third in ("o", None)]


def few_of(random: Random, cells: list[Cell], most: int) -> Weighed:
    """Return few people of any combination, of whom the census knows any mixture."""
    people = Counter({cell: random.randrange(1, most) for cell in cells})
    shares = [
        {name: random.uniform(0.1, 1) for name in sorted(filter(None, set(names)))}
        for names in zip(*cells, strict=True)
    ]
    return weigh(people, shares)


SMALL = [(ONE[:2], 150), (ONE[:3], 26), (ONE, 14), (TWO, 14), (THREE, 6)]


@pytest.mark.parametrize(("cells", "most"), SMALL, ids=["2", "3", "4", "2 x 2", "2 x 2 x 2"])
def test_leaves_open_what_the_few_of_any_combination_approved(cells: list[Cell], most: int):
    random, seen = Random(most), Counter[str]()
    for _ in range(150):
        weighed = few_of(random, cells, most)
        approvals = random.randrange(weighed.people.total() + 1)
        way, percents = way_of(weighed, approvals), percents_of(weighed)
        if weighed.may_be_told(approvals):
            seen["told"] += 1
            seen["moved"] += len(set(way(weights_of(weighed, all_ways(weighed, approvals))))) > 1
            assert gives_away(weighed, approvals, way) == 0
        else:
            seen["rightly not told"] += gives_away(weighed, approvals, way) > 0
        seen["given away by percents"] += gives_away(weighed, approvals, percents) > 0
    assert seen["told"] > 10
    assert seen["given away by percents"] > 100, "the control"


def test_tells_which_way_it_goes():
    weighed = weigh(*FEW[-1])
    assert weighed.may_be_told(250)
    for men, way in ((230, Moved.MORE), (125, Moved.ABOUT_THE_SAME), (20, Moved.LESS)):
        assert weighed.moved(Counter({("m",): men, ("f",): 250 - men})) is way


def test_five_points_are_about_the_same_and_one_ballot_more_is_not():
    weighed = Weighed(Counter({("f",): 100, ("m",): 100}), {("f",): 500, ("m",): 1500})
    ways = [weighed.moved(Counter({("f",): 50 - more, ("m",): 50 + more})) for more in (9, 10, 11)]
    assert ways == [Moved.ABOUT_THE_SAME, Moved.ABOUT_THE_SAME, Moved.MORE]
    less = [weighed.moved(Counter({("f",): 50 + more, ("m",): 50 - more})) for more in (10, 11)]
    assert less == [Moved.ABOUT_THE_SAME, Moved.LESS]


def test_the_same_weight_for_all_moves_nothing():
    weighed = Weighed(Counter({("f",): 60, ("m",): 60}), {("f",): 1000, ("m",): 1000})
    assert weighed.may_be_told(30)
    assert weighed.moved(Counter({("f",): 30})) is Moved.ABOUT_THE_SAME


def test_does_not_take_sums_for_possible_that_whole_ballots_skip():
    people = Counter({("a",): 8, ("b",): 8, ("c",): 1})
    weighed = Weighed(people, {("a",): 300, ("b",): 1000, ("c",): 3000})
    assert gives_away(weighed, 8, way_of(weighed, 8)) > 0, "between two sums lies the middle"
    assert not weighed.may_be_told(8)


def test_a_part_of_a_thousandth_below_five_points_is_less():
    weighed = Weighed(Counter({("f",): 1, ("m",): 6}), {("f",): 650, ("m",): 1059})
    assert weighed.moved(Counter({("f",): 1})) is Moved.LESS, "650.37 would be five points"
