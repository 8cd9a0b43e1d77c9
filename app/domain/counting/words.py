"""A count in plain English, every sentence made from the exact numbers it stands beside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.domain.counting.audit import Comparison, Demand, NearTie
from app.domain.counting.certificates import Claim
from app.domain.counting.counts import Stage, Step

ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
FEWEST_PLACES, MOST_PLACES = 4, 18
CLEAR = 100
"""A decimal is given as many places as it takes to show three figures, that is at least this."""


@dataclass(frozen=True, slots=True)
class Words:
    """The names of the options and the number of places, for writing sentences."""

    labels: Mapping[str, str]
    seats: int

    def name(self, option: str) -> str:
        """Return an option's label, or its id if it has none."""
        return self.labels.get(option, option)

    def names(self, options: Iterable[str]) -> str:
        """Join labels as English does."""
        *most, last = map(self.name, options)
        return f"{', '.join(most)} and {last}" if most else last

    def step(self, step: Step) -> str:
        """Explain a step of any rule."""
        if step.stage is Stage.GROUP:
            opening = f"{self.names(step.options)} score {_amount(step)} together"
            return f"{opening}, the most of all groups of {len(step.options)}{self._next(step)}."
        rank = self._rank(step.position, "ranked" if step.stage is Stage.GAIN else "chosen")
        return f"{self.names(step.options)} is {rank}{_reason(step)}{self._next(step)}."

    def _rank(self, position: int, verb: str) -> str:
        if position > self.seats:
            return f"reserve {position - self.seats}"
        return f"{verb} {ordinal(position)}"

    def _next(self, step: Step) -> str:
        """Say how a tie was broken, or what came nearest."""
        if step.tied:
            others = " and ".join(self.names(group) for group in step.tied if group != step.options)
            return f"; {others} tied with that, and the frozen tie-break decided"
        rivals = [rival for rival in step.rivals if rival.amount is not None]
        if not rivals:
            return ""
        nearest = rivals[0]
        amount = decimal(nearest.amount or Fraction(0), apart_from=step.amount)
        return f"; next nearest was {self.names(nearest.options)} at {amount}"

    def claim(self, claim: Claim, *, together: bool) -> str:
        """Explain the strongest claim of an unchosen option under EJR+ or PJR+."""
        who = "together" if together else "each"
        group = (
            f"{self.name(claim.option)} was ticked by {people(claim.group, 'voter')} who "
            f"{who} have fewer than {claim.level} of their ticks chosen"
        )
        need, missing = decimal(claim.threshold), decimal(claim.shortfall)
        if claim.violated:
            return f"{group}; {need} are enough to be entitled to it, so they are under-served."
        return f"{group}; {need} would be entitled to it, so they are {missing} short."

    def comparison(self, comparison: Comparison, unrepresented: Fraction) -> str:
        """Explain what plain approval would have changed."""
        if not comparison.only_by_approval:
            return "Plain approval would have chosen the same concerns."
        return (
            f"Plain approval would have chosen {self.names(comparison.only_by_approval)} instead "
            f"of {self.names(comparison.only_here)}, leaving "
            f"{percent(comparison.unrepresented_by_approval)} of voters with none of their ticks "
            f"chosen; it is {percent(unrepresented)} here."
        )

    def near_tie(self, near: NearTie) -> str:
        """Explain how few ballots would have turned a choice."""
        pair = f"{self.names(near.options)} and {self.names(near.rivals)}"
        if not near.ballots:
            return f"{pair} were level; the frozen tie-break decided."
        moved = people(Fraction(near.ballots), "ballot")
        return f"{pair} were nearly level: moving {moved} from one to the other would make them so."

    def demand(self, demand: Demand) -> str:
        """Explain why an unchosen option still asks for an answer."""
        return (
            f"{self.name(demand.option)} was ticked by {people(demand.supporters, 'voter')}, more "
            f"than the {decimal(demand.threshold)} that make a standing demand, and is not chosen."
        )


def _reason(step: Step) -> str:
    amount = _amount(step)
    who, each = people(step.supporters, "supporter"), _each(step.supporters)
    match step.stage:
        case Stage.LOAD:
            return f": its {who} would{each} carry {amount} of a place, {_best('least', step)}"
        case Stage.COMPLETION:
            return (
                f" by Phragmén's rule: money left over once used, its {who} would{each} "
                f"carry {amount} of a place, {_best('least', step)}"
            )
        case Stage.PRICE:
            return (
                f": its {who} can buy a place for at most {amount} of its cost{each}, "
                f"{_best('lowest price', step)}"
            )
        case Stage.GAIN:
            return f": it adds {amount} to the score, {_best('most', step)}"
        case _:
            return f" with {people(step.amount, 'tick')}, {_best('most', step)}"


def unrepresented_sentence(share: Fraction) -> str:
    """Say how many voters got none of their ticks."""
    return f"{percent(share)} of the voters who ticked something have none of their ticks chosen."


def ordinal(position: int) -> str:
    """Return a place in words up to twelfth, then in figures."""
    if position <= len(ORDINALS):
        return ORDINALS[position - 1]
    teen = position % 100 in {11, 12, 13}
    suffix = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{suffix}"


def people(number: Fraction, noun: str) -> str:
    """Count things, in the plural unless there is one."""
    return f"{decimal(number)} {noun}{'' if number == 1 else 's'}"


def percent(share: Fraction) -> str:
    """Return a share as a percentage with one decimal, halves rounded to even."""
    return f"{_fixed(share * 100, 1)} %"


def decimal(value: Fraction, *, apart_from: Fraction | None = None) -> str:
    """Return a whole number as it is, else a decimal long enough to differ from another value."""
    if value.denominator == 1:
        return str(value.numerator)
    places = FEWEST_PLACES
    while places < MOST_PLACES and _unclear(value, apart_from, places):
        places += 1
    return _fixed(value, places)


def _unclear(value: Fraction, other: Fraction | None, places: int) -> bool:
    scaled: int = round(value * 10**places)
    if other is not None and other != value and scaled == round(other * 10**places):
        return True
    return abs(scaled) < CLEAR


def _fixed(value: Fraction, places: int) -> str:
    scaled: int = round(value * 10**places)
    whole, rest = divmod(abs(scaled), 10**places)
    return f"{'-' if scaled < 0 else ''}{whole}.{rest:0{places}}"


def _amount(step: Step) -> str:
    other = next((rival.amount for rival in step.rivals if rival.amount is not None), None)
    return decimal(step.amount, apart_from=other)


def _each(supporters: Fraction) -> str:
    return "" if supporters == 1 else " each"


def _best(word: str, step: Step) -> str:
    return f"the {word} of all remaining concerns" if step.rivals else "and no other is left"
