"""How much of a result is chance: how often each option is chosen when voters are redrawn."""

from dataclasses import dataclass
from fractions import Fraction

from app.domain.counting.errors import InvalidResamplesError
from app.domain.counting.profiles import Profile
from app.domain.counting.resampling import Coins, Resampler
from app.domain.counting.rules import Rule
from app.domain.counting.ties import TieBreak

DEFAULT_RESAMPLES = 200
FEWEST_RESAMPLES = 20
WORK_LIMIT = 400_000
"""Distinct ballots (plus one per 256 voters) to go through in all resamples, about two seconds."""


@dataclass(frozen=True, slots=True)
class Stability:
    """In how many of the resamples each supported option was chosen, in manifest order."""

    resamples: int
    chosen_in: tuple[tuple[str, int], ...]

    def share(self, option: str) -> Fraction | None:
        """Return the share of resamples that chose an option; none if nothing was resampled."""
        if not self.resamples:
            return None
        return Fraction(dict(self.chosen_in).get(option, 0), self.resamples)


def get_stability(
    profile: Profile, seats: int, rule: Rule, *, ties: TieBreak, resamples: int
) -> Stability:
    """Count again on multinomial resamples of the voters, same rule and tie-break.

    The number of resamples is lowered, by a rule that depends on the profile alone, where the
    work would pass `WORK_LIMIT`; the number used is part of the answer.
    """
    if not isinstance(resamples, int) or isinstance(resamples, bool) or resamples < 0:
        message = f"{resamples!r} is not a number of resamples."
        raise InvalidResamplesError(message)
    if profile.total < profile.scale:
        return Stability(0, ())
    rounds = affordable_resamples(profile, seats, rule, resamples=resamples)
    resampler = Resampler(profile, Coins(ties.seed + b"bootstrap"))
    chosen_in = [0] * len(profile.options)
    for _ in range(rounds):
        for option in rule.choose(resampler.draw(), seats, ties):
            chosen_in[option] += 1
    tally = tuple((profile.options[option], chosen_in[option]) for option in profile.supported)
    return Stability(rounds, tally)


def affordable_resamples(profile: Profile, seats: int, rule: Rule, *, resamples: int) -> int:
    """Return how many of the wanted resamples fit the work limit, at least a few."""
    work = len(profile.weights) + profile.total // profile.scale // 256
    work += rule.extra_work(profile, seats)
    return min(resamples, max(FEWEST_RESAMPLES, WORK_LIMIT // work))
