"""What to know about a result besides the result: who is left out, what was close, what else."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from app.domain.counting.approval import count_approval
from app.domain.counting.counts import Count
from app.domain.counting.profiles import Profile
from app.domain.counting.ties import TieBreak

NEAR_SHARE = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What plain approval would have chosen, and who gains and loses by the rule in force."""

    approval: tuple[str, ...]
    only_here: tuple[str, ...]
    only_by_approval: tuple[str, ...]
    unrepresented_by_approval: Fraction


@dataclass(frozen=True, slots=True)
class NearTie:
    """A choice that few ballots would have turned, at one position of the ranking."""

    position: int
    options: tuple[str, ...]
    rivals: tuple[str, ...]
    ballots: int
    changes_chosen: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """An unchosen option that more than voters/(places + 1) ticked."""

    option: str
    supporters: Fraction
    threshold: Fraction


def compare_with_approval(profile: Profile, count: Count, ties: TieBreak) -> Comparison:
    """Say which options plain approval would have chosen instead."""
    plain = count_approval(profile, count.seats, ties).chosen
    return Comparison(
        approval=plain,
        only_here=tuple(option for option in count.chosen if option not in plain),
        only_by_approval=tuple(option for option in plain if option not in count.chosen),
        unrepresented_by_approval=unrepresented_share(profile, plain),
    )


def unrepresented_share(profile: Profile, chosen: Iterable[str]) -> Fraction:
    """Return the share of voters with a tick none of whose ticks is chosen; zero if no voters."""
    taken = profile.mask_of(chosen)
    ballots = zip(profile.shape.masks, profile.weights, strict=True)
    missed = sum(weight for mask, weight in ballots if not mask & taken)
    return Fraction(missed, max(profile.total, 1))


def near_tie_limit(profile: Profile) -> int:
    """Return how many ballots count as few: one in a hundred voters, and at least one."""
    return max(1, int(profile.voters * NEAR_SHARE))


def find_near_ties(profile: Profile, count: Count) -> tuple[NearTie, ...]:
    """List the choices among the places that moving few ballots would have turned or tied.

    The distance is measured at the step itself, earlier steps unchanged: the fewest ballots that,
    approving the rival alone instead of the winner alone and not yet carrying or having spent
    anything, bring both level. For whole groups (PAV) the same with options only one group has.
    """
    limit = near_tie_limit(profile)
    return tuple(
        NearTie(
            position=step.position,
            options=step.options,
            rivals=rival.options,
            ballots=rival.ballots_to_swap,
            changes_chosen=not set(rival.options) <= set(count.chosen),
        )
        for step in count.trace
        if step.position <= count.seats
        for rival in step.rivals
        if rival.ballots_to_swap is not None and rival.ballots_to_swap <= limit
    )


def list_standing_demand(profile: Profile, chosen: Iterable[str], seats: int) -> tuple[Demand, ...]:
    """List the unchosen options ticked by more than voters/(places + 1), most ticked first."""
    taken = profile.mask_of(chosen)
    threshold = profile.voters / (seats + 1)
    demands = [
        Demand(name, Fraction(support, profile.scale), threshold)
        for option, (name, support) in enumerate(zip(profile.options, profile.support, strict=True))
        if not taken >> option & 1 and Fraction(support, profile.scale) > threshold
    ]
    return tuple(sorted(demands, key=lambda demand: -demand.supporters))
