"""What a weighted approval tells of a group, found by trying every way the ballots may have been.

The attacker knows the official approvals, all weights, and how many people have each. The control
tells whole percents, as the service once did, and is read like an open book.
"""

from collections import Counter
from random import Random

import numpy as np
import pytest

from app.domain.disclosure_gate import FEWEST_VALUES
from app.domain.raking import Cell, rake, targets_for
from app.domain.weighted_disclosure import STEPS, Weighed

OPTIONS = 4
Ballots = list[tuple[Cell, set[int]]]


def ballots_of(random: Random, sizes: dict[str | None, int]) -> Ballots:
    """Return ballots whose ticks go with the group, at times of a group as one."""
    likes = {
        group: [random.choice((0.0, 0.1, 0.4, 0.8, 1.0)) for _ in range(OPTIONS)] for group in sizes
    }
    return [
        ((group,), {o for o in range(OPTIONS) if random.random() < likes[group][o]})
        for group, people in sizes.items()
        for _ in range(people)
    ]


def weighed_of(ballots: Ballots, shares: dict[str, float]) -> tuple[Weighed, list[Counter]]:
    """Return the weighed people and the approvals of each option by cell."""
    cells = Counter(cell for cell, _ in ballots)
    weights = rake(cells, targets_for(cells, [shares])).weights
    rounded = {cell: round(weight, 3) for cell, weight in weights.items()}
    ticks = [Counter(cell for cell, ticked in ballots if o in ticked) for o in range(OPTIONS)]
    return Weighed(cells, rounded), ticks


def numbers_that_fit(
    weighed: Weighed, ticks: Counter, step: int | None
) -> dict[frozenset[Cell], int]:
    """Return how many numbers of approvals the told figures leave, by group and by cell."""
    cells = list(weighed.people)
    ranges = [np.arange(weighed.people[cell] + 1) for cell in cells]
    tried = np.array(np.meshgrid(*ranges, indexing="ij")).reshape(len(cells), -1)
    fits = tried.sum(axis=0) == sum(ticks.values())
    if step is not None:
        weights = np.array([weighed.weights[cell] for cell in cells])
        shares = np.minimum(weights @ tried / weighed.of(weighed.people), 1)
        fits &= np.round(shares * 100 / step) * step == weighed.percent(ticks, step)
    said = {(place, name) for cell in cells for place, name in enumerate(cell) if name}
    groups = [[cell for cell in cells if cell[place] == name] for place, name in said]
    return {
        frozenset(group): len(set(tried[[cells.index(c) for c in group]].sum(axis=0)[fits]))
        for group in [*groups, *([cell] for cell in cells)]
    }


SIZES = (
    {"f": 95, "m": 11},
    {"f": 140, "m": 60},
    {"f": 30, "m": 90, None: 12},
    {"young": 70, "middle": 90, "old": 15},
    {"f": 260, "m": 240},
)
WOMEN, MEN = frozenset({("f",)}), frozenset({("m",)})
SHARES = {"f": 0.5, "m": 0.5}, {"young": 0.5, "middle": 0.3, "old": 0.2}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "-".join(map(str, sizes.values())))
def test_leaves_open_what_any_group_approved(sizes: dict[str | None, int], seed: int):
    shares = SHARES["young" in sizes]
    weighed, options = weighed_of(ballots_of(Random(seed), sizes), shares)
    step = weighed.finest_step(options)
    assert step is None or step in STEPS
    if step is not None:
        assert_stays_open(weighed, options, step)


def assert_stays_open(weighed: Weighed, options: list[Counter], step: int) -> None:
    """Check that every group is left five numbers, or all that the official approvals leave."""
    for ticks in options:
        before, after = (numbers_that_fit(weighed, ticks, told) for told in (None, step))
        for group, left in after.items():
            assert left >= min(FEWEST_VALUES, before[group]), group


ONE = [("a",), ("b",), ("c",), (None,)]
TWO = [(first, second) for first in "ab" for second in "xy"]


@pytest.mark.parametrize("cells", [ONE[:2], ONE[:3], ONE, TWO], ids=["2", "3", "4", "2 x 2"])
def test_leaves_open_what_the_few_of_any_combination_approved(cells: list[Cell]):
    random, told = Random(len(cells)), 0
    for _ in range(400):
        people = Counter({cell: random.randrange(5, 26) for cell in cells})
        shares = [
            {name: random.uniform(0.2, 1) for name in sorted(filter(None, set(names)))}
            for names in zip(*cells, strict=True)
        ]
        weights = rake(people, targets_for(people, shares)).weights
        weighed = Weighed(people, {cell: round(weight, 3) for cell, weight in weights.items()})
        options = [
            Counter({c: random.choice((0, n, random.randrange(n + 1))) for c, n in people.items()})
            for _ in range(2)
        ]
        step = weighed.finest_step(options)
        if step is not None:
            told += 1
            assert_stays_open(weighed, options, step)
    assert told >= 40


def test_whole_percents_give_a_small_group_away():
    weighed, options = weighed_of(ballots_of(Random(3), SIZES[0]), SHARES[0])
    left = [numbers_that_fit(weighed, ticks, 1)[MEN] for ticks in options]
    assert max(left) == 1, "each number of eleven men is known exactly"
    assert weighed.finest_step(options) is None


def test_tells_large_and_even_polls_finely():
    steps = set()
    for seed in range(12):
        weighed, options = weighed_of(ballots_of(Random(seed), SIZES[-1]), SHARES[0])
        steps.add(weighed.finest_step(options))
    assert None not in steps
    assert min(steps) == 1


def test_a_group_of_one_mind_is_told_only_where_others_could_have_been_it():
    ballots: Ballots = [(("f",), {0}) for _ in range(120)] + [(("m",), {1}) for _ in range(120)]
    weighed, options = weighed_of(ballots, {"f": 0.4, "m": 0.6})
    step = weighed.finest_step(options)
    assert step is not None
    assert numbers_that_fit(weighed, options[0], step)[WOMEN] >= FEWEST_VALUES
