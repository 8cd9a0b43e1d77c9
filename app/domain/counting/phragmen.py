"""Sequential Phragmén, the default rule (Phragmén 1894; Brill, Freeman, Janson, Lackner 2017)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import gcd

from app.domain.counting.counts import (
    Count,
    Rival,
    Stage,
    Step,
    ceiling,
    nearest_first,
    require_seats,
)
from app.domain.counting.levels import Bid, Levels, lowest
from app.domain.counting.profiles import Profile
from app.domain.counting.ties import TieBreak


@dataclass(frozen=True, slots=True)
class LoadPick:
    """One turn: each remaining option bids (amount, weight), a load of amount/(weight x unit)."""

    option: int
    bids: dict[int, Bid]
    tied: list[int]
    unit: int


def count_phragmen(profile: Profile, seats: int, ties: TieBreak) -> Count:
    """Rank every supported option; the list does not depend on the number of places."""
    require_seats(profile, seats)
    picks = list(load_picks(Levels(profile, value=0, denominator=1), profile.supported, ties))
    return Count(
        rule="phragmen",
        seats=seats,
        ranking=tuple(profile.options[pick.option] for pick in picks),
        trace=tuple(
            load_step(profile, pick, position, stage=Stage.LOAD)
            for position, pick in enumerate(picks, start=1)
        ),
    )


def choose_phragmen(profile: Profile, seats: int, ties: TieBreak) -> frozenset[int]:
    """Return the indexes of the chosen options without a trace."""
    picks = load_picks(Levels(profile, value=0, denominator=1), profile.supported, ties)
    return frozenset(pick.option for pick in islice(picks, seats))


def load_picks(levels: Levels, options: Iterable[int], ties: TieBreak) -> Iterator[LoadPick]:
    """Take the option whose supporters would carry the least, share its cost, and go on."""
    remaining = list(options)
    support, price = levels.profile.support, levels.profile.scale
    while remaining:
        unit = levels.denominator
        bids = {
            option: (price * unit + levels.held(option), support[option]) for option in remaining
        }
        tied = lowest(bids)
        option = ties.first(tied)
        yield LoadPick(option, bids, ties.sort(tied), unit)
        remaining.remove(option)
        _share(levels, option, bids[option])


def load_step(profile: Profile, pick: LoadPick, position: int, *, stage: Stage) -> Step:
    """Write a turn down with its exact loads."""
    amount, weight = pick.bids[pick.option]
    rivals = [
        Rival(
            options=(profile.options[option],),
            amount=Fraction(bid[0], bid[1] * pick.unit),
            ballots_to_swap=_ballots_to_swap((amount, weight), bid, profile.scale),
        )
        for option, bid in pick.bids.items()
        if option != pick.option
    ]
    tied = pick.tied if len(pick.tied) > 1 else []
    return Step(
        position=position,
        stage=stage,
        options=(profile.options[pick.option],),
        supporters=Fraction(weight, profile.scale),
        amount=Fraction(amount, weight * pick.unit),
        tied=tuple((profile.options[option],) for option in tied),
        rivals=nearest_first(rivals, most_wins=False),
    )


def _share(levels: Levels, option: int, bid: Bid) -> None:
    """Give every supporter of the option the same new load."""
    amount, weight = bid
    common = gcd(amount, weight)
    levels.rescale(weight // common)
    load = amount // common
    levels.move(option, lambda _: load)


def _ballots_to_swap(winner: Bid, rival: Bid, scale: int) -> int:
    """Count the unloaded ballots to move from winner to rival until their loads are equal."""
    gap = rival[0] * winner[1] - winner[0] * rival[1]
    return ceiling(gap, (winner[0] + rival[0]) * scale)
