"""What counted polls say in a refresh: the latest, the one before it, and demand that stands.

Of a poll no more is used than anyone may be told (`app.domain.disclosure`): under 10 ballots that
is nothing but its date; under 30 the chosen, with rounded figures. So a proposal never tells more
of a ballot box than its result does, and anyone can check it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from app.domain.disclosure import STEP

REACH = STEP // 2
"""A figure told to the nearest 5 is at most this far from the exact one."""


@dataclass(frozen=True, slots=True)
class Support:
    """What may be told of one option's support beside the `n/(k+1)` that make a demand.

    `threshold` is exact where figures are; of a rounded poll it is the highest it can have been.
    """

    votes: int | None
    turnout: int
    threshold: Fraction
    is_above: bool
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Contest:
    """The step of the count in which a place went to one concern and not to another.

    Amounts are exact and mean what the counting rule measures; `ballots` is the fewest that,
    approving the other alone instead, would have brought both level in that step.
    """

    place: int
    taken_by: str
    lost_by: str
    measure: str
    taken_at: str
    lost_at: str | None
    ballots: int | None


@dataclass(frozen=True, slots=True)
class PollFinding:
    """A counted poll, its options named by concern, with no more than anyone may be told."""

    poll_id: str
    counted_at: datetime
    seats: int
    is_exact: bool
    turnout: int | None
    options: tuple[str, ...]
    ward_code: str = ""
    rule: str = "phragmen"
    chosen: tuple[str, ...] = ()
    ranking: tuple[str, ...] = ()
    votes: Mapping[str, int | None] = field(default_factory=dict)
    supports: Mapping[str, Support] = field(default_factory=dict)
    contests: Mapping[str, Contest] = field(default_factory=dict)
    level: tuple[tuple[str, str], ...] = ()

    def demands(self, concern: str) -> bool:
        """Whether more than n/(k+1) voters surely ticked a concern that was not chosen."""
        support = self.supports.get(concern)
        return support is not None and support.is_above and concern not in self.chosen


@dataclass(frozen=True, slots=True)
class EarlierPoll:
    """The poll that was counted before the latest, and whether it was of the same ward.

    `is_same_ward` is true of a predecessor too, when that ward went over whole and alone.
    """

    finding: PollFinding
    ward_name: str
    is_same_ward: bool


def support_exactly(votes: int, turnout: int, voters: Fraction, seats: int) -> Support:
    """Return an option's support where every figure is told; `voters` ticked something."""
    threshold = voters / (seats + 1)
    return Support(votes, turnout, threshold, votes > threshold, is_exact=True)


def support_roughly(votes: int | None, turnout: int, seats: int) -> Support:
    """Return an option's support from rounded figures; `None` votes stand for nearly all.

    It is above only if it is whatever the exact figures were: the fewest votes that round to what
    is told, against the most voters that do.
    """
    told = turnout if votes is None else votes
    threshold = Fraction(turnout + REACH, seats + 1)
    return Support(votes, turnout, threshold, told - REACH > threshold, is_exact=False)


def stands_twice(poll: PollFinding | None, earlier: EarlierPoll | None, concern: str) -> bool:
    """Whether a concern was above n/(k+1) and not chosen in two polls of the ward in a row."""
    if poll is None or earlier is None or not earlier.is_same_ward:
        return False
    return poll.demands(concern) and earlier.finding.demands(concern)
