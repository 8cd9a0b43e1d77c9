"""Raking against a fit of full tables in numpy, and what trimming may and may not do."""

from collections import Counter
from random import Random

import numpy as np
import pytest

from app.domain.raking import LEAST_WEIGHT, MOST_WEIGHT, margin_gap, rake, targets_for

AGES, SEXES = ("young", "middle", "old"), ("f", "m")


def sample(random: Random, people: int, *, silent: float = 0.0) -> Counter:
    """Return people by age and sex, some of whom do not say."""
    cells: Counter = Counter()
    for _ in range(people):
        age = random.choices(AGES, (5, 3, 2))[0]
        sex = random.choices(SEXES, (6, 4) if age == "young" else (4, 6))[0]
        cells[
            None if random.random() < silent else age, None if random.random() < silent else sex
        ] += 1
    return cells


def fitted(cells: Counter, targets: list[dict]) -> dict:
    """Return untrimmed weights by fitting a full table of counts, axis by axis."""
    axes = [list(target) for target in targets]
    table = np.array([[float(cells[a, b]) for b in axes[1]] for a in axes[0]])
    first = table.copy()
    wanted = [np.array(list(target.values())) * table.sum() for target in targets]
    for _ in range(5_000):
        table *= (wanted[0] / table.sum(axis=1))[:, None]
        table *= (wanted[1] / table.sum(axis=0))[None, :]
    return {
        (a, b): table[i, j] / first[i, j]
        for i, a in enumerate(axes[0])
        for j, b in enumerate(axes[1])
        if first[i, j]
    }


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("silent", [0.0, 0.2])
def test_finds_the_weights_that_a_full_table_gives(seed: int, silent: float):
    cells = sample(Random(seed), 400, silent=silent)
    references = [{"young": 0.4, "middle": 0.35, "old": 0.25}, {"f": 0.51, "m": 0.49}]
    targets = targets_for(cells, references)
    made, theirs = rake(cells, targets), fitted(cells, targets)
    assert made.converged
    assert made.trimmed == 0
    assert made.weights == pytest.approx(theirs, abs=1e-6)
    held = {cell: weight * cells[cell] for cell, weight in made.weights.items()}
    assert margin_gap(held, targets) < 1e-6
    weights = np.repeat([theirs[cell] for cell in cells], list(cells.values()))
    assert made.effective == pytest.approx(weights.sum() ** 2 / (weights**2).sum(), rel=1e-6)


def test_keeps_the_share_of_those_who_did_not_say():
    cells = Counter({("young", None): 50, ("old", "f"): 25, (None, "m"): 25})
    targets = targets_for(cells, [{"young": 0.5, "old": 0.5}, {"f": 0.5, "m": 0.5}])
    assert targets[0] == pytest.approx({"young": 0.375, "old": 0.375, None: 0.25})
    assert [sum(target.values()) for target in targets] == pytest.approx([1, 1])


def test_trims_and_leaves_the_margins_off():
    cells = Counter({("young",): 180, ("old",): 20})
    targets = targets_for(cells, [{"young": 0.1, "old": 0.9}])
    made = rake(cells, targets)
    assert made.trimmed == 200
    assert all(LEAST_WEIGHT <= weight <= MOST_WEIGHT for weight in made.weights.values())
    held = {cell: weight * cells[cell] for cell, weight in made.weights.items()}
    assert margin_gap(held, targets) > 0.1


def test_refuses_to_weigh_up_a_group_that_nobody_is_in():
    with pytest.raises(ValueError, match="nobody"):
        rake(Counter({("young",): 200}), [{"young": 0.5, "old": 0.5}])
