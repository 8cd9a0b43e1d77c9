"""How coarsely a weighted approval is told, so that it does not tell what a group approved.

The official approvals of a poll are exact. A weighted approval is a second equation over the same
ballots, and the fewer people share a weight, the more it says of them. So it is told in the finest
step that leaves at least five numbers open for every group, every combination of groups and every
option (or as many as the official approvals leave, where these are fewer), even to somebody who
knows all weights and how many people have each.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.domain.disclosure_gate import FEWEST_VALUES
from app.domain.raking import Cell

STEPS = (1, 2, 5, 10)
"""In percent."""

People = Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Those who took part, by cell, and the weight of one in each cell."""

    people: People
    weights: Mapping[Cell, float]

    def of(self, ticks: People) -> float:
        """Return the weight of so many people of each cell."""
        return sum(self.weights[cell] * number for cell, number in ticks.items())

    def percent(self, ticks: People, step: int) -> int:
        """Return the weighted share of those who approved, in percent, to the nearest step."""
        return round(min(self.of(ticks) / self.of(self.people), 1) * 100 / step) * step

    def finest_step(self, options: Sequence[People]) -> int | None:
        """Return the finest step for these options' approvals by cell; `None` if none will do.

        In any step, five ballots that change hands between the lightest and the heaviest cell must
        not show: a finer one could lie between two sums that whole ballots make.
        """
        each = [self.weights[cell] for cell in self.people]
        unseen = FEWEST_VALUES * (max(each) - min(each))
        coarse = (step for step in STEPS if step / 100 * self.of(self.people) >= unseen)
        groups = [_Group(self, cells) for cells in self._groups()]
        return next((step for step in coarse if self._hides(step, groups, options)), None)

    def _groups(self) -> set[frozenset[Cell]]:
        """Return the cells of every group that somebody said, and every cell alone."""
        alone = {frozenset({cell}) for cell in self.people}
        said = {(place, name) for cell in self.people for place, name in enumerate(cell) if name}
        return alone | {
            frozenset(cell for cell in self.people if cell[place] == name) for place, name in said
        }

    def _hides(self, step: int, groups: Sequence["_Group"], options: Sequence[People]) -> bool:
        for ticks in options:
            told, hundredth = self.percent(ticks, step), self.of(self.people) / 100
            low, high = (told - step / 2) * hundredth, (told + step / 2) * hundredth
            if not all(group.stays_open(ticks, low, high) for group in groups):
                return False
        return True


class _Group:
    """Some of the cells beside all others."""

    def __init__(self, weighed: Weighed, cells: frozenset[Cell]) -> None:
        self._cells = cells
        self._part = _Part(weighed, cells)
        self._rest = _Part(weighed, weighed.people.keys() - cells)

    def stays_open(self, ticks: People, low: float, high: float) -> bool:
        """Return whether enough numbers of approvals fit a weight between these two.

        All that fit lie in a row around the true one.
        """
        approved, total = sum(ticks.get(cell, 0) for cell in self._cells), sum(ticks.values())
        fewest, most = max(0, total - self._rest.people), min(self._part.people, total)
        reach = FEWEST_VALUES - 1
        nearby = range(max(fewest, approved - reach), min(most, approved + reach) + 1)
        fitting = sum(
            self._part.least(number) + self._rest.least(total - number) <= high
            and self._part.most(number) + self._rest.most(total - number) >= low
            for number in nearby
        )
        return fitting >= min(FEWEST_VALUES, most - fewest + 1)


class _Part:
    """Some of the cells, and how much weight a number of approvals from there may have."""

    def __init__(self, weighed: Weighed, cells: Collection[Cell]) -> None:
        each = sorted((weighed.weights[cell], weighed.people[cell]) for cell in cells)
        self.people = sum(people for _, people in each)
        self.least = _Filling(each).weight
        self.most = _Filling(each[::-1]).weight


class _Filling:
    """Cells that are filled with approvals one after another."""

    def __init__(self, cells: Sequence[tuple[float, int]]) -> None:
        self._each = [*(weight for weight, _ in cells), 0.0]
        self._filled = [0, *accumulate(people for _, people in cells)]
        self._weight = [0.0, *accumulate(people * weight for weight, people in cells)]

    def weight(self, approvals: int) -> float:
        """Return what so many approvals weigh."""
        full = bisect_right(self._filled, approvals) - 1
        return self._weight[full] + (approvals - self._filled[full]) * self._each[full]
