"""Who is not to be passed over in silence, and in which words that is said (the proposal's rule 3).

A concern left out must be answered when a source of people puts it first with at least 3 mentions,
when its recorded crime rose by at least 10 and by half, or when its demand stands in two polls.
"""

from collections.abc import Mapping
from fractions import Fraction

from app.domain.english import count, day_of, listed, mixed, months
from app.domain.evidence import CrimeTrend
from app.domain.refresh_polls import PollFinding, stands_twice
from app.domain.refreshes import VOICES, Inputs, Mentions, Source

STRONG_MENTIONS = 3
STRONG_CRIME_RISE = 10
STRONG_CRIME_SHARE = Fraction(1, 2)
SOURCE_WORDS: Mapping[Source, str] = {
    Source.EVENTS: "people at events",
    Source.PANEL: "the ward panel",
    Source.PARTNERS: "partners",
    Source.SURVEY: "surveys",
    Source.RESIDENTS: "residents' reports",
    Source.CRIME: "recorded crime",
    Source.OUTGOING: "unfinished business",
}
"""What a source that gives points is called in a sentence."""


def is_strong_rise(trend: CrimeTrend) -> bool:
    """Whether recorded crime rose by enough to demand an answer: at least 10, and by half."""
    by_half = trend.rise >= STRONG_CRIME_SHARE * (trend.baseline or 0)
    return by_half and trend.rise >= STRONG_CRIME_RISE


def put_first(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return what is named most, level ones all, if that is often enough to demand an answer."""
    most = max(counts.values(), default=0)
    if most < STRONG_MENTIONS:
        return ()
    return tuple(concern for concern, number in counts.items() if number == most)


def demands_of(inputs: Inputs, concern: str) -> tuple[str, ...]:
    """Return, in words, all that demands an answer about a concern if it is left out."""
    reasons: list[str] = []
    poll, earlier = inputs.poll, inputs.earlier_poll
    if poll and earlier and stands_twice(poll, earlier, concern):
        reasons.append(_standing(poll, earlier.finding, concern))
    for source in VOICES:
        heard = inputs.mentions.get(source, Mentions())
        if concern in put_first(heard.counted):
            reasons.append(f"{SOURCE_WORDS[source]} {_first(inputs, heard, concern)}")
    trend = inputs.crime.get(concern)
    if trend is not None and is_strong_rise(trend):
        reasons.append(_rose(trend))
    return tuple(reasons)


def _first(inputs: Inputs, heard: Mentions, concern: str) -> str:
    first = set(put_first(heard.counted)) - {concern}
    others = [fact.label for fact in inputs.concerns if fact.slug in first]
    level, each = (f", level with {listed(others)}", " each") if others else ("", "")
    mentions = f"{count(heard.counted[concern], 'mention')}{each}"
    if heard.counted is heard.borough:
        return f"put it first{level}, with {mentions} about the whole borough"
    aside = " (those about the whole borough give no points beside them)" if heard.unheard else ""
    return f"put it first{level}, with {mentions} about the ward itself{aside}"


def _rose(trend: CrimeTrend) -> str:
    """Say by which months a rise is measured: two figures alone would read as one run of months."""
    period = months(trend.first_month, trend.last_month)
    base, then = (
        ("the quarter before", "in the three months before")
        if trend.year_before is None
        else ("the year before", "in the same months a year before")
    )
    return f"recorded crime is up on {base}: {trend.recent} from {period}, {trend.baseline} {then}"


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
