"""What of a ward's total may be told, by how many took part (ONS 10-5 rule; reliability §6.1-6.2).

Fewer than 10 ballots: only that. 10 to 29: the chosen order and counts to the nearest 5. From 30
on: exact counts, unless fewer than 50 voters were unanimous about an option, which would tell what
each of them did.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

FEWEST = 10
FEWEST_EXACT = 30
FEWEST_UNANIMOUS = 50
STEP = 5
COARSE = 10


class Disclosure(StrEnum):
    """How much of a result is told."""

    WITHHELD = "withheld"
    ROUNDED = "rounded"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class LevelGroup:
    """Ballots of neighbouring assurance levels, merged until the group is large enough."""

    levels: tuple[int, ...]
    ballots: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a result that may be told; an approval of `None` stands for nearly all."""

    disclosure: Disclosure
    ballots: int | None
    superseded: int | None
    approvals: Mapping[str, int | None]
    by_level: tuple[LevelGroup, ...]


def coarse_turnout(ballots: int) -> int:
    """Return a turnout rounded down to 10: all that is told before a result is published."""
    return ballots // COARSE * COARSE


def nearest_five(number: int) -> int:
    """Return a count rounded to the nearest 5."""
    return (number + STEP // 2) // STEP * STEP


def disclosure_of(ballots: int, approvals: Iterable[int]) -> Disclosure:
    """Return how much of a ward's total may be told."""
    if ballots < FEWEST:
        return Disclosure.WITHHELD
    unanimous = ballots < FEWEST_UNANIMOUS and any(number == ballots for number in approvals)
    return Disclosure.ROUNDED if ballots < FEWEST_EXACT or unanimous else Disclosure.EXACT


def merge_small_levels(by_level: Mapping[int, int]) -> tuple[LevelGroup, ...]:
    """Merge the smallest group with its smaller neighbour until none has fewer than 10 ballots."""
    groups = [LevelGroup((level,), by_level[level]) for level in sorted(by_level)]
    while len(groups) > 1:
        place = min(range(len(groups)), key=lambda index: groups[index].ballots)
        if groups[place].ballots >= FEWEST:
            break
        beside = [index for index in (place - 1, place + 1) if 0 <= index < len(groups)]
        other = min(beside, key=lambda index: groups[index].ballots)
        left, right = groups[min(place, other)], groups[max(place, other)]
        merged = LevelGroup(left.levels + right.levels, left.ballots + right.ballots)
        groups[min(place, other) : max(place, other) + 1] = [merged]
    return tuple(groups)


def disclose(
    ballots: int, superseded: int, approvals: Mapping[str, int], by_level: Mapping[int, int]
) -> Figures:
    """Return the figures of a result that anyone may see."""
    level = disclosure_of(ballots, approvals.values())
    if level is Disclosure.WITHHELD:
        return Figures(level, None, None, {}, ())
    groups = merge_small_levels(by_level)
    if level is Disclosure.EXACT:
        replaced = superseded if superseded >= FEWEST else None
        return Figures(level, ballots, replaced, dict(approvals), groups)
    rounded = nearest_five(ballots)
    return Figures(
        level,
        rounded,
        None,
        {option: _rounded(number, rounded) for option, number in approvals.items()},
        tuple(LevelGroup(group.levels, nearest_five(group.ballots)) for group in groups),
    )


def in_full(
    ballots: int, superseded: int, approvals: Mapping[str, int], by_level: Mapping[int, int]
) -> Figures:
    """Return every figure as it is, for the auditor."""
    groups = tuple(LevelGroup((level,), by_level[level]) for level in sorted(by_level))
    return Figures(Disclosure.EXACT, ballots, superseded, dict(approvals), groups)


def _rounded(number: int, ballots: int) -> int | None:
    near = nearest_five(number)
    return None if near >= ballots else near
