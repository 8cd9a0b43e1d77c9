"""What a counting rule answers: a ranked list and a trace of exact steps."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.domain.counting.errors import InvalidSeatsError
from app.domain.counting.profiles import Profile


class Stage(StrEnum):
    """What a step measures; the meaning of every `amount` in it."""

    LOAD = "load"
    """Phragmén: the share of a place each supporter would carry; the least wins."""
    PRICE = "price"
    """Equal Shares: the most any supporter would pay; the least wins."""
    COMPLETION = "completion"
    """Phragmén after Equal Shares, money left counted as a head start; the least wins."""
    GROUP = "group"
    """PAV: the score of a whole group of options; the most wins."""
    GAIN = "gain"
    """Sequential PAV: what an option adds to the score; the most wins."""
    TICKS = "ticks"
    """Approval: the ticks; the most wins."""


@dataclass(frozen=True, slots=True)
class Rival:
    """What a step did not take, its amount (none if unaffordable) and its distance in ballots."""

    options: tuple[str, ...]
    amount: Fraction | None
    ballots_to_swap: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: what was taken, at what amount, against which rivals, by which tie-break."""

    position: int
    stage: Stage
    options: tuple[str, ...]
    supporters: Fraction
    amount: Fraction
    tied: tuple[tuple[str, ...], ...]
    rivals: tuple[Rival, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """A rule's ranking of every supported option; the first `seats` of it are chosen."""

    rule: str
    seats: int
    ranking: tuple[str, ...]
    trace: tuple[Step, ...]

    @property
    def chosen(self) -> tuple[str, ...]:
        """The chosen options, ranked; fewer than `seats` when fewer have any support."""
        return self.ranking[: self.seats]

    @property
    def reserves(self) -> tuple[str, ...]:
        """The supported options that were not chosen, next one first."""
        return self.ranking[self.seats :]


def require_seats(profile: Profile, seats: int) -> None:
    """Refuse a number of places that is not between one and the number of options."""
    whole = isinstance(seats, int) and not isinstance(seats, bool)
    if not whole or not 1 <= seats <= len(profile.options):
        raise InvalidSeatsError(seats, len(profile.options))


def ceiling(numerator: int, denominator: int) -> int:
    """Round a ratio of integers up, exactly."""
    return -(-numerator // denominator)


def nearest_first(rivals: list[Rival], *, most_wins: bool) -> tuple[Rival, ...]:
    """Order rivals by how close they came; those that could not be afforded come last."""
    sign = -1 if most_wins else 1

    def closeness(rival: Rival) -> tuple[bool, Fraction]:
        return rival.amount is None, sign * (rival.amount or Fraction(0))

    return tuple(sorted(rivals, key=closeness))
