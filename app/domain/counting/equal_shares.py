"""The Method of Equal Shares, completed by Phragmén (Peters, Pierczyński, Skowron 2021).

The completion is the one abcvoting calls "seqphragmen" (Lackner and Skowron 2023): when no
remaining option can be afforded, Phragmén's rule goes on with every voter's unspent money as a
negative starting load.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
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
from app.domain.counting.phragmen import LoadPick, load_picks, load_step
from app.domain.counting.profiles import Profile
from app.domain.counting.ties import TieBreak

Purse = tuple[tuple[int, int], ...]
"""The money levels behind an option: (money of one ballot, weight of the ballots that have it)."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One turn: options that can be afforded bid (amount, weight), a price of amount/weight."""

    option: int
    bids: dict[int, Bid]
    tied: list[int]
    purses: dict[int, Purse]
    due: int
    unit: int


def count_equal_shares(profile: Profile, seats: int, ties: TieBreak) -> Count:
    """Buy places with equal shares of money, complete by Phragmén, and rank reserves by it too."""
    require_seats(profile, seats)
    steps: list[Step] = []
    for position, pick in enumerate(_picks(profile, seats, ties), start=1):
        if isinstance(pick, Purchase):
            steps.append(_purchase_step(profile, pick, position))
        else:
            steps.append(load_step(profile, pick, position, stage=Stage.COMPLETION))
    return Count(
        rule="equal_shares",
        seats=seats,
        ranking=tuple(option for step in steps for option in step.options),
        trace=tuple(steps),
    )


def choose_equal_shares(profile: Profile, seats: int, ties: TieBreak) -> frozenset[int]:
    """Return the indexes of the chosen options without a trace."""
    picks = zip(range(seats), _picks(profile, seats, ties), strict=False)
    return frozenset(pick.option for _, pick in picks)


def _picks(profile: Profile, seats: int, ties: TieBreak) -> Iterator[Purchase | LoadPick]:
    levels = Levels(profile, value=seats * profile.scale, denominator=max(profile.total, 1))
    remaining = set(profile.supported)
    for pick in _purchases(levels, seats, ties):
        yield pick
        remaining.discard(pick.option)
    levels.values = [-money for money in levels.values]
    yield from load_picks(levels, sorted(remaining), ties)


def _purchases(levels: Levels, seats: int, ties: TieBreak) -> Iterator[Purchase]:
    """Buy the option with the lowest price for its keenest payers while one can be afforded."""
    remaining = list(levels.profile.supported)
    for _ in range(seats):
        due = levels.profile.scale * levels.denominator
        purses = {option: _purse(levels, option) for option in remaining}
        bids = {option: bid for option, purse in purses.items() if (bid := _price(purse, due))}
        if not bids:
            return
        tied = lowest(bids)
        option = ties.first(tied)
        yield Purchase(option, bids, ties.sort(tied), purses, due, levels.denominator)
        remaining.remove(option)
        _pay(levels, option, bids[option])


def _purse(levels: Levels, option: int) -> Purse:
    held = zip(levels.values, levels.weight[option], strict=True)
    return tuple(sorted((money, weight) for money, weight in held if weight))


def _price(purse: Purse, due: int) -> Bid | None:
    """Return the least maximum payment that raises `due`; poorer supporters give all they have."""
    rich = sum(weight for _, weight in purse)
    for money, weight in purse:
        if due <= money * rich:
            return due, rich
        due -= money * weight
        rich -= weight
    return None


def _pay(levels: Levels, option: int, bid: Bid) -> None:
    """Take the price from every supporter, or all the money of those who have less."""
    amount, weight = bid
    common = gcd(amount, weight)
    levels.rescale(weight // common)
    price = amount // common
    levels.move(option, lambda money: max(0, money - price))


def _purchase_step(profile: Profile, pick: Purchase, position: int) -> Step:
    """Write a purchase down with its exact prices."""
    purse = pick.purses[pick.option]
    rivals = [
        Rival(
            options=(profile.options[option],),
            amount=_amount(pick.bids.get(option), pick.unit),
            ballots_to_swap=_ballots_to_swap(purse, rival, due=pick.due, scale=profile.scale),
        )
        for option, rival in pick.purses.items()
        if option != pick.option
    ]
    within_reach = [rival for rival in rivals if rival.ballots_to_swap is not None]
    tied = pick.tied if len(pick.tied) > 1 else []
    amount, weight = pick.bids[pick.option]
    return Step(
        position=position,
        stage=Stage.PRICE,
        options=(profile.options[pick.option],),
        supporters=Fraction(profile.support[pick.option], profile.scale),
        amount=Fraction(amount, weight * pick.unit),
        tied=tuple((profile.options[option],) for option in tied),
        rivals=nearest_first(within_reach, most_wins=False),
    )


def _amount(bid: Bid | None, unit: int) -> Fraction | None:
    return None if bid is None else Fraction(bid[0], bid[1] * unit)


def _ballots_to_swap(winner: Purse, rival: Purse, *, due: int, scale: int) -> int | None:
    """Count the ballots able to pay in full to move from winner to rival until prices are equal.

    At the common price both together raise two places' worth; what the rival lacks there, divided
    by the price, is the number of payers it needs. None if even together they cannot pay.
    """
    both = _price(tuple(sorted(winner + rival)), 2 * due)
    if both is None:
        return None
    amount, weight = both
    raised = sum(min(money * weight, amount) * held for money, held in rival)
    return ceiling(due * weight - raised, amount * scale)
