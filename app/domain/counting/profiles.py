"""The approval profile: distinct ballots with exact weights, as bitmasks over the options."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Self

from app.domain.counting.errors import (
    InvalidBallotError,
    InvalidOptionsError,
    InvalidWeightError,
    UnknownOptionError,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """The distinct ballots of a poll without their weights, indexed both ways."""

    options: tuple[str, ...]
    masks: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    supporters: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, options: tuple[str, ...], masks: tuple[int, ...]) -> Self:
        """Index the ballots by option and the options by ballot."""
        members = tuple(
            tuple(option for option in range(len(options)) if mask >> option & 1) for mask in masks
        )
        supporters: list[list[int]] = [[] for _ in options]
        for ballot, approved in enumerate(members):
            for option in approved:
                supporters[option].append(ballot)
        return cls(options, masks, members, tuple(map(tuple, supporters)))


@dataclass(frozen=True)
class Profile:
    """A poll's ballots; weights are integers in units of 1/scale of a ballot, abstentions apart."""

    shape: Shape
    weights: tuple[int, ...]
    scale: int
    abstaining: int

    @classmethod
    def from_ballots(cls, options: Iterable[str], ballots: Iterable[Collection[str]]) -> Self:
        """Group ballots that count one each; an empty ballot is an abstention."""
        return cls.from_weighted(options, Counter(map(_as_key, ballots)).items())

    @classmethod
    def from_weighted(
        cls, options: Iterable[str], ballots: Iterable[tuple[Collection[str], int | Fraction]]
    ) -> Self:
        """Group ballots that count their weight; equal ballots add up and zero weights vanish."""
        names = _checked_options(options)
        bits = {name: 1 << place for place, name in enumerate(names)}
        totals: dict[int, int | Fraction] = {}
        for ballot, weight in ballots:
            mask = _mask(_as_key(ballot), bits)
            totals[mask] = totals.get(mask, 0) + _checked_weight(weight)
        scale = lcm(*(weight.denominator for weight in totals.values()))
        scaled = {mask: int(weight * scale) for mask, weight in totals.items() if weight}
        abstaining = scaled.pop(0, 0)
        masks = tuple(sorted(scaled))
        weights = tuple(scaled[mask] for mask in masks)
        return cls(Shape.of(names, masks), weights, scale, abstaining)

    @property
    def options(self) -> tuple[str, ...]:
        """The option ids, in manifest order."""
        return self.shape.options

    @cached_property
    def total(self) -> int:
        """The weight of all ballots with at least one tick, in units of 1/scale."""
        return sum(self.weights)

    @cached_property
    def support(self) -> tuple[int, ...]:
        """The weight behind each option, in units of 1/scale."""
        weigh = self.weights.__getitem__
        return tuple(sum(map(weigh, ballots)) for ballots in self.shape.supporters)

    @cached_property
    def supported(self) -> tuple[int, ...]:
        """The indexes of the options that anybody ticked."""
        return tuple(option for option, weight in enumerate(self.support) if weight)

    @property
    def voters(self) -> Fraction:
        """How many voters ticked something; every share and quota is taken of these."""
        return Fraction(self.total, self.scale)

    @property
    def abstentions(self) -> Fraction:
        """How many voters ticked nothing; they change no rule's outcome."""
        return Fraction(self.abstaining, self.scale)

    def mask_of(self, options: Iterable[str]) -> int:
        """Return the bitmask of some option ids; a stranger is refused."""
        bits = {name: 1 << place for place, name in enumerate(self.options)}
        return _mask(tuple(options), bits)


def _as_key(ballot: Collection[str]) -> tuple[str, ...]:
    if isinstance(ballot, str | bytes) or not isinstance(ballot, Collection):
        message = f"A ballot is a collection of option ids, not {ballot!r}."
        raise InvalidBallotError(message)
    return tuple(ballot)


def _mask(ballot: tuple[str, ...], bits: dict[str, int]) -> int:
    mask = 0
    for option in ballot:
        bit = bits.get(option)
        if bit is None:
            raise UnknownOptionError(option)
        mask |= bit
    return mask


def _checked_options(options: Iterable[str]) -> tuple[str, ...]:
    names = tuple(options)
    if not names or len(set(names)) != len(names):
        message = "A poll needs at least one option, each with an id of its own."
        raise InvalidOptionsError(message)
    return names


def _checked_weight(weight: int | Fraction) -> int | Fraction:
    if isinstance(weight, bool) or not isinstance(weight, int | Fraction) or weight < 0:
        message = f"A weight is a whole number or a fraction of zero or more, not {weight!r}."
        raise InvalidWeightError(message)
    return weight
