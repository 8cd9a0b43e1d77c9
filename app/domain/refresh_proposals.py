"""The proposal of a refresh: which concerns should be the next priorities, and why.

The rule, and its reasons:

1. **A counted poll leads.** Its ranking (the chosen, then the reserves) fills the places in its own
   order, ties included: they were broken by a rule frozen before anyone voted, and nothing said
   elsewhere may reopen a secret ballot of the whole ward. The other inputs order only what the poll
   left unranked. Only what anyone may be told of the poll is used (see `app.domain.disclosure`), so
   that a proposal can be checked by anyone: a poll of fewer than 10 ballots does not lead.
2. **Without a poll, seven sources speak with one voice each:** events, panel, partners, surveys,
   residents' reports, recorded crime (by its rise) and the outgoing set's unfinished business (by
   its old order). A source gives the concern it puts first 1 point, the last of the `m` it names
   1/m, the others evenly between; level ones share the points of their places evenly; what it does
   not name gets nothing (Borda 1784, scaled so that a source counts once however long its list or
   loud its crowd). The ward's own counts go before its borough's, which speak only where the
   ward's are missing.
3. **Nobody is passed over in silence.** A concern left out must be answered in the decision when a
   source of people puts it first with at least 3 mentions, when recorded crime rose by at least 10
   and by half, or when its demand stands: in two polls of the ward in a row more than n/(k+1) of
   the voters ticked it and it was not chosen (n voters, k places; in exact fractions).
4. **All in exact fractions.** Ties fall to more mentions, then to the fixed order of the concerns,
   and are said aloud.

People decide; the proposal only makes them say why they differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.domain.refresh_demands import demands_of
from app.domain.refreshes import SCORED, VOICES, Inputs, Mentions, Source

METHOD = "ward-priorities-proposal/2"
"""Names this rule exactly; a change that may alter any proposal takes the next number."""

Points = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The outcome of the rule over some inputs, before it is put into words.

    `poll_only` is what the poll alone would propose, `others_only` what all else alone would.
    """

    points: Mapping[Source, Points]
    score: Points
    order: tuple[str, ...]
    proposed: tuple[str, ...]
    poll_only: tuple[str, ...]
    others_only: tuple[str, ...]
    must_answer: Mapping[str, tuple[str, ...]]

    @property
    def led_by(self) -> str:
        """What decided the order: `poll`, `other_inputs` or `nothing`."""
        if self.poll_only:
            return "poll"
        return "other_inputs" if self.proposed else "nothing"


def points_of(counts: Mapping[str, int]) -> dict[str, Fraction]:
    """Return the points a source gives: 1 for what it names most, down to 1/m; level ones share."""
    named = {concern: number for concern, number in counts.items() if number > 0}
    points: dict[str, Fraction] = {}
    for concern, number in named.items():
        fewer = sum(other < number for other in named.values())
        level = sum(other == number for other in named.values())
        points[concern] = Fraction(2 * fewer + level + 1, 2 * len(named))
    return points


def rank_concerns(inputs: Inputs) -> Ranking:
    """Return the ranking that the rule of this module makes of the inputs."""
    points = {source: points_of(_counts(inputs, source)) for source in SCORED}
    score = {
        fact.slug: sum((given.get(fact.slug, Fraction()) for given in points.values()), Fraction())
        for fact in inputs.concerns
    }
    place = {fact.slug: number for number, fact in enumerate(inputs.concerns)}
    named = sorted(
        (concern for concern, total in score.items() if total),
        key=lambda concern: (-score[concern], -total_mentions(inputs, concern), place[concern]),
    )
    polled = inputs.poll.ranking if inputs.poll else ()
    order = (*polled, *(concern for concern in named if concern not in polled))
    proposed = order[: inputs.seats]
    return Ranking(
        points=points,
        score=score,
        order=order,
        proposed=proposed,
        poll_only=polled[: inputs.seats],
        others_only=tuple(named[: inputs.seats]),
        must_answer=_must_answer(inputs, proposed),
    )


def total_mentions(inputs: Inputs, concern: str) -> int:
    """Return how often people raised a concern, over every source that counts mentions."""
    return sum(_heard(inputs, source).counted.get(concern, 0) for source in VOICES)


def _heard(inputs: Inputs, source: Source) -> Mentions:
    return inputs.mentions.get(source, Mentions())


def _counts(inputs: Inputs, source: Source) -> Mapping[str, int]:
    if source is Source.CRIME:
        return {concern: trend.rise for concern, trend in inputs.crime.items()}
    if source is Source.OUTGOING:
        left = [
            p for p in (inputs.outgoing.priorities if inputs.outgoing else ()) if not p.is_finished
        ]
        lowest = max((priority.rank for priority in left), default=0)
        return {priority.concern: lowest + 1 - priority.rank for priority in left}
    return _heard(inputs, source).counted


def _must_answer(inputs: Inputs, proposed: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    demands: dict[str, tuple[str, ...]] = {}
    for fact in inputs.concerns:
        reasons = demands_of(inputs, fact.slug)
        if fact.slug not in proposed and reasons:
            demands[fact.slug] = reasons
    return demands
