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
   1/m, the others evenly between; level ones share; what it does not name gets nothing (Borda 1784,
   scaled so that a source counts once however long its list or loud its crowd). The ward's own
   counts go before its borough's, which speak only where the ward's are missing.
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

from app.domain.english import count, day_of, mixed
from app.domain.evidence import CrimeTrend
from app.domain.refresh_polls import PollFinding, stands_twice
from app.domain.refreshes import SCORED, VOICES, Inputs, Mentions, Source

METHOD = "ward-priorities-proposal/2"
"""Names this rule exactly; a change that may alter any proposal takes the next number."""

STRONG_MENTIONS = 3
STRONG_CRIME_RISE = 10
STRONG_CRIME_SHARE = Fraction(1, 2)

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


def is_strong_rise(trend: CrimeTrend) -> bool:
    """Whether recorded crime rose by enough to demand an answer: at least 10, and by half."""
    by_half = trend.rise >= STRONG_CRIME_SHARE * (trend.baseline or 0)
    return by_half and trend.rise >= STRONG_CRIME_RISE


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
        reasons = tuple(_demands(inputs, fact.slug))
        if fact.slug not in proposed and reasons:
            demands[fact.slug] = reasons
    return demands


SOURCE_WORDS: Mapping[Source, str] = {
    Source.EVENTS: "people at events",
    Source.PANEL: "the ward panel",
    Source.PARTNERS: "partners",
    Source.SURVEY: "surveys",
    Source.RESIDENTS: "residents' reports",
}


def _demands(inputs: Inputs, concern: str) -> list[str]:
    reasons: list[str] = []
    poll, earlier = inputs.poll, inputs.earlier_poll
    if poll and earlier and stands_twice(poll, earlier, concern):
        reasons.append(_standing(poll, earlier.finding, concern))
    for source in VOICES:
        counts = _heard(inputs, source).counted
        mentions = counts.get(concern, 0)
        if mentions >= STRONG_MENTIONS and mentions == max(counts.values()):
            reasons.append(f"{SOURCE_WORDS[source]} put it first, with {mentions} mentions")
    trend = inputs.crime.get(concern)
    if trend is not None and is_strong_rise(trend):
        reasons.append(
            f"recorded crime rose from {trend.baseline} to {trend.recent} in three months"
        )
    return reasons


def _standing(poll: PollFinding, earlier: PollFinding, concern: str) -> str:
    told = "; ".join(_supported(one, concern) for one in (earlier, poll))
    return f"its demand stands: in two polls in a row it was above n/(k+1) and not chosen ({told})"


def _supported(poll: PollFinding, concern: str) -> str:
    support, when = poll.supports[concern], day_of(poll.counted_at)
    about = "" if support.is_exact else "about "
    votes = "nearly all" if support.votes is None else f"{about}{support.votes}"
    most = "more than" if support.is_exact else "surely more than"
    return (
        f"{votes} of {about}{support.turnout} voters on {when}, {most} the "
        f"{mixed(support.threshold)} that make a demand for {count(poll.seats, 'place')}"
    )
