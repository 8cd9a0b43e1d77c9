"""Raking: weights that bring those who took part to known margins (Deming and Stephan 1940).

Iterative proportional fitting over the distinct combinations of groups. Whoever did not answer a
dimension stands in a group of its own whose target is the share it has anyway, so that nobody is
left out and nobody is guessed. Weights are then trimmed to 0.3 to 3 and brought back to a mean of
1; after trimming the margins fit less well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.intervals import kish_size

FEWEST_BALLOTS = 100
FEWEST_IN_A_GROUP = 10
LEAST_WEIGHT, MOST_WEIGHT = 0.3, 3.0
MOST_ITERATIONS = 200
TOLERANCE = 1e-9
TRIMMINGS = 50

Cell = tuple[str | None, ...]
"""One person's group in each dimension; `None` where they did not say."""

Targets = Sequence[Mapping[str | None, float]]
"""By dimension, the share that each group should have; those of a dimension add up to 1."""


@dataclass(frozen=True, slots=True)
class Raking:
    """The weight of each combination, mean 1 over people, and how the fitting went."""

    weights: Mapping[Cell, float]
    converged: bool
    trimmed: int
    effective: float


def targets_for(
    cells: Mapping[Cell, int], references: Sequence[Mapping[str, float]]
) -> list[dict[str | None, float]]:
    """Return the targets of each dimension: the reference shares among those who answered."""
    people = sum(cells.values())
    targets: list[dict[str | None, float]] = []
    for place, reference in enumerate(references):
        silent = sum(n for cell, n in cells.items() if cell[place] is None) / people
        whole = sum(reference.values())
        wanted: dict[str | None, float] = {
            group: share / whole * (1 - silent) for group, share in reference.items()
        }
        if silent:
            wanted[None] = silent
        targets.append(wanted)
    return targets


def rake(cells: Mapping[Cell, int], targets: Targets) -> Raking:
    """Return the trimmed weights that bring these people to the targets.

    Raises `ValueError` where a group is to have a share and nobody is in it.
    """
    people = sum(cells.values())
    held = {cell: float(n) for cell, n in cells.items() if n}
    converged = False
    for _ in range(MOST_ITERATIONS):
        for place, wanted in enumerate(targets):
            _fit(held, place, wanted, people)
        converged = margin_gap(held, targets) < TOLERANCE
        if converged:
            break
    weights = {cell: mass / cells[cell] for cell, mass in held.items()}
    outside = sum(cells[c] for c, w in weights.items() if not LEAST_WEIGHT <= w <= MOST_WEIGHT)
    trimmed = _trim(weights, cells)
    return Raking(
        weights=trimmed,
        converged=converged,
        trimmed=outside,
        effective=kish_size((w, cells[cell]) for cell, w in trimmed.items()),
    )


def _fit(
    held: dict[Cell, float], place: int, wanted: Mapping[str | None, float], people: int
) -> None:
    sums = _sums(held, place)
    for group, share in wanted.items():
        if share > 0 and not sums.get(group):
            raise ValueError(f"nobody is in the group {group}")
    for cell in held:
        held[cell] *= wanted.get(cell[place], 0.0) * people / sums[cell[place]]


def _sums(held: Mapping[Cell, float], place: int) -> dict[str | None, float]:
    sums: dict[str | None, float] = {}
    for cell, mass in held.items():
        sums[cell[place]] = sums.get(cell[place], 0.0) + mass
    return sums


def margin_gap(held: Mapping[Cell, float], targets: Targets) -> float:
    """Return the greatest distance of any group's share from its target."""
    whole = sum(held.values())
    return max(
        abs(_sums(held, place).get(group, 0.0) / whole - share)
        for place, wanted in enumerate(targets)
        for group, share in wanted.items()
    )


def _trim(weights: Mapping[Cell, float], cells: Mapping[Cell, int]) -> dict[Cell, float]:
    """Return the weights within bounds and with a mean of 1; bounds win in the last digit."""
    people = sum(cells[cell] for cell in weights)
    kept = dict(weights)
    for _ in range(TRIMMINGS):
        mean = sum(w * cells[cell] for cell, w in kept.items()) / people
        scaled = {cell: w / mean for cell, w in kept.items()}
        kept = {cell: min(max(w, LEAST_WEIGHT), MOST_WEIGHT) for cell, w in scaled.items()}
        if kept == scaled:
            break
    return kept
