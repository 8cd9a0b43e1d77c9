"""Plain approval: the most ticks win (multi-winner approval voting; Lackner and Skowron 2023)."""

from app.domain.counting.counts import Count, Stage, require_seats
from app.domain.counting.levels import highest
from app.domain.counting.profiles import Profile
from app.domain.counting.scores import ScorePick, score_steps
from app.domain.counting.ties import TieBreak


def count_approval(profile: Profile, seats: int, ties: TieBreak) -> Count:
    """Rank the supported options by their ticks."""
    require_seats(profile, seats)
    picks = []
    scores = {option: profile.support[option] for option in profile.supported}
    while scores:
        tied = ties.sort(highest(scores))
        picks.append(ScorePick(tied[0], dict(scores), tied, profile.scale))
        del scores[tied[0]]
    return Count(
        rule="approval",
        seats=seats,
        ranking=tuple(profile.options[pick.option] for pick in picks),
        trace=tuple(score_steps(profile, picks, stage=Stage.TICKS)),
    )


def choose_approval(profile: Profile, seats: int, ties: TieBreak) -> frozenset[int]:
    """Return the indexes of the chosen options without a trace."""
    ranked = sorted(profile.supported, key=lambda o: (-profile.support[o], ties.places[o]))
    return frozenset(ranked[:seats])
