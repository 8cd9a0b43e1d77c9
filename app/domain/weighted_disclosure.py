"""Which way weighting would move an option's approvals, told so that no group's are told with it.

The official approvals of a poll are exact. A weighted approval is a second equation over the same
ballots, and the fewer people share a weight, the more it says of them. So only this is told of it:
less than official by more than five points, more by as much, or neither. And even that only for an
option of which, whichever of the three it is, at least five numbers stay open of what every group
and every combination of groups approved (or as many as its official approvals leave, where these
are fewer). Whether it may be told is looked up in what is known without the ballots: official
approvals, weights, and how many people have each. So not being told tells nothing of them either.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, combinations

from app.domain.disclosure_gate import FEWEST_VALUES
from app.domain.raking import Cell

POINTS = 5
"""By how many percent of all ballots an approval must move for the way to be told."""
WHOLE = 100

People = Mapping[Cell, int]


class Moved(StrEnum):
    """Which way weighting moves an option's share of approvals."""

    LESS = "less"
    ABOUT_THE_SAME = "about_the_same"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Those who took part, by cell, and the weight of one in each cell in thousandths."""

    people: People
    weights: Mapping[Cell, int]

    def of(self, ticks: People) -> int:
        """Return the weight of so many people of each cell."""
        return sum(self.weights[cell] * number for cell, number in ticks.items())

    def moved(self, ticks: People) -> Moved:
        """Return which way weighting moves the share of those who approved."""
        least, most = self._about_the_same(sum(ticks.values()))
        weight = self.of(ticks)
        if weight < least:
            return Moved.LESS
        return Moved.MORE if weight > most else Moved.ABOUT_THE_SAME

    def may_be_told(self, approvals: int) -> bool:
        """Return whether the way may be told of an option with so many official approvals.

        Sums of whole ballots skip no stretch that is as wide as two weights can differ, so that a
        number whose lightest and heaviest sums lie on either side of the middle fits it, too.
        """
        least, most = self._about_the_same(approvals)
        each = self.weights.values()
        if most - least < max(each) - min(each):
            return False
        return all(_View(self, g, approvals).stays_open(least, most) for g in self._groups())

    def _groups(self) -> set[frozenset[Cell]]:
        """Return the cells of all who said alike, or alike nothing, in one or more dimensions."""
        dimensions = range(len(next(iter(self.people))))
        found: dict[tuple[object, ...], set[Cell]] = {}
        for count in range(1, len(dimensions) + 1):
            for chosen in combinations(dimensions, count):
                for cell in self.people:
                    found.setdefault((chosen, *(cell[d] for d in chosen)), set()).add(cell)
        return {frozenset(cells) for cells in found.values()}

    def _about_the_same(self, approvals: int) -> tuple[int, int]:
        """Return the least and the most weight of so many approvals that moves neither way."""
        whole, ballots = self.of(self.people), sum(self.people.values())
        scaled = WHOLE * ballots
        least = (WHOLE * approvals - POINTS * ballots) * whole
        most = (WHOLE * approvals + POINTS * ballots) * whole
        return -(-least // scaled), most // scaled


class _View:
    """What may be seen of one group's part in so many official approvals."""

    def __init__(self, weighed: Weighed, cells: frozenset[Cell], approvals: int) -> None:
        part = _Part(weighed, cells)
        rest = _Part(weighed, weighed.people.keys() - cells)
        numbers = range(max(0, approvals - rest.people), min(part.people, approvals) + 1)
        self._needed = min(FEWEST_VALUES, len(numbers))
        self._sums = [
            (
                part.least(number) + rest.least(approvals - number),
                part.most(number) + rest.most(approvals - number),
            )
            for number in numbers
        ]
        """The lightest and the heaviest sum with each number of approvals from this group."""

    def stays_open(self, least: int, most: int) -> bool:
        """Return whether each side of these two, and what is between, fits enough numbers or none.

        A group that is everybody, or of whom all or none approved, has one number in any case.
        """
        fitting = (
            sum(low < least for low, _ in self._sums),
            sum(low <= most and high >= least for low, high in self._sums),
            sum(high > most for _, high in self._sums),
        )
        return all(number == 0 or number >= self._needed for number in fitting)


class _Part:
    """Some of the cells, and how much weight a number of approvals from there may have."""

    def __init__(self, weighed: Weighed, cells: Collection[Cell]) -> None:
        each = sorted((weighed.weights[cell], weighed.people[cell]) for cell in cells)
        self.people = sum(people for _, people in each)
        self.least = _Filling(each).weight
        self.most = _Filling(each[::-1]).weight


class _Filling:
    """Cells that are filled with approvals one after another."""

    def __init__(self, cells: Sequence[tuple[int, int]]) -> None:
        self._each = [*(weight for weight, _ in cells), 0]
        self._filled = [0, *accumulate(people for _, people in cells)]
        self._weight = [0, *accumulate(people * weight for weight, people in cells)]

    def weight(self, approvals: int) -> int:
        """Return what so many approvals weigh."""
        full = bisect_right(self._filled, approvals) - 1
        return self._weight[full] + (approvals - self._filled[full]) * self._each[full]
