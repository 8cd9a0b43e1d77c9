"""Proportional approval voting, exact and sequential (Thiele 1895; Aziz et al. 2017)."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from heapq import nlargest
from itertools import combinations
from math import comb, lcm

from app.domain.counting.counts import Count, Rival, Stage, Step, nearest_first, require_seats
from app.domain.counting.errors import TooManyCommitteesError
from app.domain.counting.levels import Levels, highest
from app.domain.counting.profiles import Profile
from app.domain.counting.scores import ScorePick, ballots_to_swap, score_steps
from app.domain.counting.ties import TieBreak

MAX_LOOKUPS = 1_000_000
"""The most subset look-ups, C(m, k) x 2^k, that an exact count may need."""

RUNNERS_UP = 3

MAX_LISTED = 12
"""The most groups a trace lists when many share one score."""

Committee = tuple[int, ...]


def count_pav(profile: Profile, seats: int, ties: TieBreak) -> Count:
    """Choose the group of options with the highest PAV score, comparing every group.

    The group is ranked, and reserves follow it, in the order of sequential PAV.
    """
    require_seats(profile, seats)
    size = min(seats, len(profile.supported))
    if not size:
        return Count("pav", seats, (), ())
    scores, unit = committee_scores(profile, size)
    ranked = _ranked(scores, ties)
    picks = list(_gains(profile, [ranked[0], profile.supported], ties))
    return Count(
        rule="pav",
        seats=seats,
        ranking=tuple(profile.options[pick.option] for pick in picks),
        trace=(
            _group_step(profile, ranked, scores=scores, unit=unit),
            *score_steps(profile, picks, stage=Stage.GAIN),
        ),
    )


def choose_pav(profile: Profile, seats: int, ties: TieBreak) -> frozenset[int]:
    """Return the indexes of the chosen options without a trace."""
    size = min(seats, len(profile.supported))
    scores, _ = committee_scores(profile, size)
    best = highest(scores)
    return frozenset(min(best, key=lambda group: _places(group, ties)))


def count_sequential_pav(profile: Profile, seats: int, ties: TieBreak) -> Count:
    """Take in turn the option that adds most to the PAV score."""
    require_seats(profile, seats)
    picks = list(_gains(profile, [profile.supported], ties))
    return Count(
        rule="sequential_pav",
        seats=seats,
        ranking=tuple(profile.options[pick.option] for pick in picks),
        trace=tuple(score_steps(profile, picks, stage=Stage.GAIN)),
    )


def committee_scores(profile: Profile, size: int) -> tuple[dict[Committee, int], int]:
    """Return every committee's PAV score in units of 1/unit of a ballot.

    The harmonic number of |A & W| equals the sum of (-1)^(i+1)/i over the non-empty subsets of
    A & W of each size i, so a score is a signed sum of the ballots that contain each subset of W.
    """
    lookups = _lookups(profile, size)
    if lookups > MAX_LOOKUPS:
        raise TooManyCommitteesError(lookups, MAX_LOOKUPS)
    whole = lcm(*range(1, size + 1))
    worth = _subset_worth(profile, size, whole)
    scores = {
        group: _worth_of_group(worth, group) for group in combinations(profile.supported, size)
    }
    return scores, whole * profile.scale


def pav_extra_work(profile: Profile, seats: int) -> int:
    """Return what an exact choice costs beyond reading the ballots, in distinct ballots."""
    size = min(seats, len(profile.supported))
    return len(profile.weights) * size + _lookups(profile, size) // 16


def _lookups(profile: Profile, size: int) -> int:
    return comb(len(profile.supported), size) << size


def _subset_worth(profile: Profile, size: int, whole: int) -> dict[int, int]:
    """Return for each subset of options, as a mask, the signed worth of the ballots holding it."""
    covered: dict[int, int] = {}
    for approved, weight in zip(profile.shape.members, profile.weights, strict=True):
        if not weight:
            continue
        bits = [1 << option for option in approved]
        for length in range(1, min(size, len(bits)) + 1):
            for subset in combinations(bits, length):
                mask = sum(subset)
                covered[mask] = covered.get(mask, 0) + weight
    return {
        mask: weight * (whole // mask.bit_count()) * (1 if mask.bit_count() & 1 else -1)
        for mask, weight in covered.items()
    }


def _worth_of_group(worth: dict[int, int], group: Committee) -> int:
    """Sum the worth of every non-empty subset of a group."""
    subsets = [0]
    for option in group:
        bit = 1 << option
        subsets += [subset | bit for subset in subsets]
    return sum(worth.get(subset, 0) for subset in subsets)


def _ranked(scores: dict[Committee, int], ties: TieBreak) -> list[Committee]:
    """Return the best committees, highest score first, ties by the earliest tie-break places."""
    best = nlargest(RUNNERS_UP + 1, scores.values())[-1]
    near = [group for group, score in scores.items() if score >= best]
    near.sort(key=lambda group: (-scores[group], _places(group, ties)))
    return near[:MAX_LISTED]


def _places(group: Iterable[int], ties: TieBreak) -> list[int]:
    return sorted(ties.places[option] for option in group)


def _gains(profile: Profile, pools: list[Iterable[int]], ties: TieBreak) -> Iterator[ScorePick]:
    """Empty one pool of options after the other, always by the greatest gain in PAV score."""
    whole = lcm(*range(1, len(profile.supported) + 1))
    levels = Levels(profile, value=whole, denominator=1)
    taken: set[int] = set()
    for pool in pools:
        remaining = [option for option in pool if option not in taken]
        while remaining:
            scores = {option: levels.held(option) for option in remaining}
            tied = ties.sort(highest(scores))
            yield ScorePick(tied[0], scores, tied, whole * profile.scale)
            remaining.remove(tied[0])
            taken.add(tied[0])
            levels.move(tied[0], lambda value: whole // (whole // value + 1))


def _group_step(
    profile: Profile, ranked: list[Committee], *, scores: dict[Committee, int], unit: int
) -> Step:
    """Write the comparison of whole groups down: the winner, its ties and the runners-up."""
    best = ranked[0]
    chosen = profile.mask_of(profile.options[option] for option in best)
    behind = sum(w for m, w in zip(profile.shape.masks, profile.weights, strict=True) if m & chosen)
    tied = [group for group in ranked if scores[group] == scores[best]]
    rivals = [
        Rival(
            options=_names(profile, group),
            amount=Fraction(scores[group], unit),
            ballots_to_swap=ballots_to_swap(scores[best] - scores[group], unit),
        )
        for group in ranked[1:]
    ]
    return Step(
        position=0,
        stage=Stage.GROUP,
        options=_names(profile, best),
        supporters=Fraction(behind, profile.scale),
        amount=Fraction(scores[best], unit),
        tied=tuple(_names(profile, group) for group in tied) if len(tied) > 1 else (),
        rivals=nearest_first(rivals, most_wins=True),
    )


def _names(profile: Profile, group: Committee) -> tuple[str, ...]:
    return tuple(profile.options[option] for option in group)
