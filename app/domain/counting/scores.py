"""What approval and PAV share: turns in which the option with the highest score is taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from app.domain.counting.counts import Rival, Stage, Step, ceiling, nearest_first
from app.domain.counting.profiles import Profile


@dataclass(frozen=True, slots=True)
class ScorePick:
    """One turn: the integer scores of the remaining options, in units of 1/unit of a ballot."""

    option: int
    scores: dict[int, int]
    tied: list[int]
    unit: int


def score_steps(profile: Profile, picks: list[ScorePick], *, stage: Stage) -> Iterator[Step]:
    """Write turns down with their exact scores."""
    for position, pick in enumerate(picks, start=1):
        tied = pick.tied if len(pick.tied) > 1 else []
        yield Step(
            position=position,
            stage=stage,
            options=(profile.options[pick.option],),
            supporters=Fraction(profile.support[pick.option], profile.scale),
            amount=Fraction(pick.scores[pick.option], pick.unit),
            tied=tuple((profile.options[option],) for option in tied),
            rivals=nearest_first(_rivals(profile, pick), most_wins=True),
        )


def ballots_to_swap(gap: int, unit: int) -> int:
    """Count the fresh ballots to move from winner to rival until their scores are equal."""
    return ceiling(gap, 2 * unit)


def _rivals(profile: Profile, pick: ScorePick) -> list[Rival]:
    best = pick.scores[pick.option]
    return [
        Rival(
            options=(profile.options[option],),
            amount=Fraction(score, pick.unit),
            ballots_to_swap=ballots_to_swap(best - score, pick.unit),
        )
        for option, score in pick.scores.items()
        if option != pick.option
    ]
