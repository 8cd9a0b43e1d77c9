"""In which ranges weighted approvals are told, so that they do not tell what a group approved.

The official approvals of a poll are exact. A weighted approval is a second equation over the same
ballots, and the fewer people share a weight, the more it says of them. So it is told as a range of
whole percents. The ranges follow from what is known without the ballots: the official approvals,
the weights, and how many people have each. So which ranges there are tells nothing, and whichever
an option falls into leaves at least five numbers open of what every group and every combination of
groups approved (or as many as its official approvals leave, where these are fewer).
"""

import sys
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.domain.disclosure_gate import FEWEST_VALUES
from app.domain.raking import Cell

WHOLE = 100
"""Percent."""

People = Mapping[Cell, int]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Those who took part, by cell, and the weight of one in each cell in thousandths."""

    people: People
    weights: Mapping[Cell, int]

    def of(self, ticks: People) -> int:
        """Return the weight of so many people of each cell."""
        return sum(self.weights[cell] * number for cell, number in ticks.items())

    def percent(self, ticks: People) -> int:
        """Return the weighted share of those who approved, in whole percents that are full."""
        return self.of(ticks) * WHOLE // self.of(self.people)

    def groups(self) -> set[frozenset[Cell]]:
        """Return the cells of every group that somebody said, and every cell alone."""
        alone = {frozenset({cell}) for cell in self.people}
        said = {(place, name) for cell in self.people for place, name in enumerate(cell) if name}
        return alone | {
            frozenset(cell for cell in self.people if cell[place] == name) for place, name in said
        }


class Ranges:
    """The ranges of percents in which one poll's weighted approvals are told, end to end."""

    def __init__(self, weighed: Weighed, official: Collection[int]) -> None:
        """Find them for a poll whose options have so many official approvals."""
        self._weighed = weighed
        each = weighed.weights.values()
        self._gap = max(each) - min(each)
        self._views = [
            _View(weighed, group, approvals)
            for approvals in set(official)
            for group in weighed.groups()
        ]
        begins = {0: 0}
        for end in range(1, WHOLE + 1):
            possible = (begin for begin in range(end - 1, -1, -1) if begin in begins)
            found = next((begin for begin in possible if self._is_range(begin, end)), None)
            if found is not None:
                begins[end] = found
        self.ends = sorted(_chain(begins))

    def of(self, ticks: People) -> tuple[int, int]:
        """Return from what to what percent the weighted share of these approvals lies."""
        place = bisect_right(self.ends, min(self._weighed.percent(ticks), WHOLE - 1))
        return (self.ends[place - 1] if place else 0), self.ends[place]

    def _is_range(self, begin: int, end: int) -> bool:
        """Return whether it may be told that a share is in here, whichever option's it is.

        Numbers of a group whose lightest and heaviest sums lie on either side of a range count as
        in it: sums of whole ballots skip no range that is as wide as two weights can differ.
        """
        if (end - begin) * self._weighed.of(self._weighed.people) < WHOLE * self._gap:
            return False
        for place, view in enumerate(self._views):
            if not view.stays_open(begin, end):
                self._views.insert(0, self._views.pop(place))  # likely to object again
                return False
        return True


def _chain(begins: Mapping[int, int]) -> Iterator[int]:
    """Yield the ends of ranges from the last one down."""
    end = WHOLE
    while end:
        yield end
        end = begins[end]


class _View:
    """What a range lets be seen of one group's part in so many official approvals."""

    def __init__(self, weighed: Weighed, cells: frozenset[Cell], approvals: int) -> None:
        part = _Part(weighed, cells)
        rest = _Part(weighed, weighed.people.keys() - cells)
        numbers = range(max(0, approvals - rest.people), min(part.people, approvals) + 1)
        whole = weighed.of(weighed.people)
        least = [part.least(n) + rest.least(approvals - n) for n in numbers]
        most = [part.most(n) + rest.most(approvals - n) for n in numbers]
        self._needed = min(FEWEST_VALUES, len(numbers))
        self._from_below = _spans(each * WHOLE // whole for each in least)
        self._from_above = _spans(WHOLE - each * WHOLE // whole for each in most)

    def stays_open(self, begin: int, end: int) -> bool:
        """Return whether enough numbers fit a share of so many percent, or none at all.

        Those that fit lie in a row, since the least weight bends up with the number and the most
        bends down.
        """
        first, last = self._from_below[end if end == WHOLE else end - 1]
        second, final = self._from_above[WHOLE - begin]
        fitting = min(last, final) - max(first, second) + 1
        return fitting <= 0 or fitting >= self._needed


def _spans(percents: Iterable[int]) -> list[tuple[int, int]]:
    """Return for each percent the first and the last place of those that are at most that."""
    first, last = [sys.maxsize] * (WHOLE + 1), [-1] * (WHOLE + 1)
    for place, percent in enumerate(percents):
        first[percent], last[percent] = min(first[percent], place), place
    return list(zip(accumulate(first, min), accumulate(last, max), strict=True))


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
