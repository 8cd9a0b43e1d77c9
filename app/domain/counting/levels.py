"""Ballots sorted into few levels of equal load, money or satisfaction, so that a step is cheap."""

from collections.abc import Callable, Mapping
from operator import mul
from typing import TypeVar

from app.domain.counting.profiles import Profile

Bid = tuple[int, int]
"""An amount and a weight, to be compared as their ratio."""

Key = TypeVar("Key", int, tuple[int, ...])
"""An option, or a group of them."""


class Levels:
    """For each option the weight of its supporters at each level; values share one denominator."""

    __slots__ = ("at", "denominator", "profile", "values", "weight")

    def __init__(self, profile: Profile, *, value: int, denominator: int) -> None:
        """Put every ballot on one level of value/denominator."""
        self.profile = profile
        self.denominator = denominator
        self.values = [value]
        self.at = [0] * len(profile.weights)
        self.weight = [[support] for support in profile.support]

    def held(self, option: int) -> int:
        """Return the weighted sum of the supporters' values, over the denominator."""
        return sum(map(mul, self.weight[option], self.values))

    def rescale(self, factor: int) -> None:
        """Multiply the common denominator, leaving every value what it was."""
        if factor != 1:
            self.denominator *= factor
            self.values = [value * factor for value in self.values]

    def level(self, value: int) -> int:
        """Return the level of this value, made if there is none."""
        if value in self.values:
            return self.values.index(value)
        self.values.append(value)
        for held in self.weight:
            held.append(0)
        return len(self.values) - 1

    def move(self, option: int, change: Callable[[int], int]) -> None:
        """Change the value of every supporter of an option."""
        targets = list(range(len(self.values)))
        occupied = [level for level in targets if self.weight[option][level]]
        for level in occupied:
            targets[level] = self.level(change(self.values[level]))
        shape = self.profile.shape
        for ballot in shape.supporters[option]:
            old = self.at[ballot]
            new = targets[old]
            if new != old:
                self.at[ballot] = new
                moved = self.profile.weights[ballot]
                for member in shape.members[ballot]:
                    held = self.weight[member]
                    held[old] -= moved
                    held[new] += moved


def lowest(bids: Mapping[int, Bid]) -> list[int]:
    """Return every option whose ratio is the least, compared by cross-multiplication."""
    found: list[int] = []
    least, per = 1, 0
    for option, (amount, weight) in bids.items():
        gap = amount * per - least * weight
        if gap < 0:
            found, least, per = [option], amount, weight
        elif gap == 0:
            found.append(option)
    return found


def highest(scores: Mapping[Key, int]) -> list[Key]:
    """Return every option or group whose score is the most."""
    most = max(scores.values())
    return [option for option, score in scores.items() if score == most]
