"""Proofs of proportionality that anybody can check (Brill and Peters 2023; EJR+ and PJR+)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from app.domain.counting.profiles import Profile

MAX_PJR_CHOSEN = 10
"""Above so many chosen options PJR+, which looks at every subset of them, is not checked."""

Group = Mapping[int, int]
"""The weight of an option's supporters by which of their ticks were chosen, as a mask."""

Largest = Callable[[Group, int, int], int]
"""Weigh the largest under-served part of a group, given the chosen options and a level."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The strongest claim for an unchosen option.

    `group` voters ticked it and have fewer than `level` chosen ticks each; `threshold`, that is
    level x voters / places, would entitle them to one more; `shortfall` is what they lack.
    """

    option: str
    level: int
    group: Fraction
    threshold: Fraction

    @property
    def shortfall(self) -> Fraction:
        """How many voters the group is short of the threshold; zero or less is a violation."""
        return self.threshold - self.group

    @property
    def violated(self) -> bool:
        """Whether the group is large enough to be entitled to one more."""
        return self.group > 0 and self.shortfall <= 0


@dataclass(frozen=True, slots=True)
class Certificate:
    """An axiom with the strongest claim for each unchosen option, the nearest to success first."""

    axiom: str
    claims: tuple[Claim, ...]

    @property
    def satisfied(self) -> bool:
        """Whether no group of voters is under-served."""
        return not any(claim.violated for claim in self.claims)


def certify_ejr_plus(profile: Profile, chosen: Iterable[str], seats: int) -> Certificate:
    """Find for each unchosen option the largest group under-served in the sense of EJR+.

    EJR+ (Brill and Peters 2023): no level x n/k voters share an unchosen option while each of
    them has fewer than `level` chosen ticks.
    """
    taken = profile.mask_of(chosen)
    return Certificate("ejr_plus", _claims(profile, taken, seats=seats, largest=_largest_below))


def certify_pjr_plus(profile: Profile, chosen: Iterable[str], seats: int) -> Certificate | None:
    """Find the same in the sense of PJR+, or nothing if too many options are chosen to check.

    PJR+ (Brill and Peters 2023): no level x n/k voters share an unchosen option while all of them
    together have fewer than `level` chosen ticks. Sequential Phragmén always satisfies it.
    """
    taken = profile.mask_of(chosen)
    if taken.bit_count() > MAX_PJR_CHOSEN:
        return None
    return Certificate("pjr_plus", _claims(profile, taken, seats=seats, largest=_largest_within))


def _claims(profile: Profile, taken: int, *, seats: int, largest: Largest) -> tuple[Claim, ...]:
    claims = [
        _claim(profile, option, taken=taken, seats=seats, largest=largest)
        for option in range(len(profile.options))
        if not taken >> option & 1
    ]
    return tuple(sorted(claims, key=_distance))


def _claim(profile: Profile, option: int, *, taken: int, seats: int, largest: Largest) -> Claim:
    """Return the level at which an option's supporters come nearest to their threshold."""
    group = _group(profile, option, taken)
    return min(
        (
            Claim(
                option=profile.options[option],
                level=level,
                group=Fraction(largest(group, taken, level), profile.scale),
                threshold=profile.voters * level / seats,
            )
            for level in range(1, seats + 1)
        ),
        key=_distance,
    )


def _distance(claim: Claim) -> Fraction:
    """Measure how far a claim is from success: zero when met, below it when more than met."""
    return claim.shortfall / claim.threshold if claim.threshold else Fraction(1)


def _group(profile: Profile, option: int, taken: int) -> Group:
    group: dict[int, int] = {}
    for ballot in profile.shape.supporters[option]:
        served = profile.shape.masks[ballot] & taken
        group[served] = group.get(served, 0) + profile.weights[ballot]
    return group


def _largest_below(group: Group, _taken: int, level: int) -> int:
    """Weigh the supporters who each have fewer than `level` chosen ticks."""
    return sum(weight for served, weight in group.items() if served.bit_count() < level)


def _largest_within(group: Group, taken: int, level: int) -> int:
    """Weigh the most supporters who together have fewer than `level` chosen ticks."""
    bits = [1 << option for option in range(taken.bit_length()) if taken >> option & 1]
    return max(
        sum(weight for served, weight in group.items() if not served & ~sum(subset))
        for subset in combinations(bits, min(level - 1, len(bits)))
    )
