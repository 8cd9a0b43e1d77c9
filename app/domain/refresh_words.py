"""The rule at work in plain English: why each concern is in or out, and the steps to that."""

from app.domain.english import count, day_of, listed, ordinal, points
from app.domain.refresh_proposals import SOURCE_WORDS, Ranking
from app.domain.refreshes import SCORED, Inputs, Source


def why(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    """Say in one or two sentences why a concern is in or out."""
    is_in = concern in ranking.proposed
    opening = f"In, {ordinal(ranking.proposed.index(concern) + 1)}: " if is_in else "Out: "
    reason = _why_polled(inputs, ranking, concern) if ranking.poll_only else ""
    reason = reason or _why_scored(inputs, ranking, concern)
    demand = ranking.must_answer.get(concern, ())
    answer = f" It must be answered: {listed(demand)}." if demand else ""
    return f"{opening}{reason}{_support(ranking, concern)}.{answer}"


def _why_polled(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    poll = inputs.poll
    if poll is None or (concern in ranking.proposed and concern not in poll.ranking):
        return ""
    if concern in poll.ranking:
        placed = f"the poll ranked it {ordinal(poll.ranking.index(concern) + 1)}"
        chose = " and chose it" if concern in poll.chosen else ", as a reserve"
        below = f", below the {count(inputs.seats, 'place')}"
        return f"{placed}{chose}{'' if concern in ranking.proposed else below}"
    asked = (
        "asked about it and did not choose it"
        if concern in poll.options
        else "did not ask about it"
    )
    return f"the poll {asked}, and its ranking goes first"


def _why_scored(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    score = ranking.score[concern]
    if not score:
        return "no source speaks for it"
    left = "the poll left a place open, and " if ranking.poll_only else ""
    level = [
        inputs.label(other)
        for other in ranking.order
        if other != concern and ranking.score[other] == score and not _polled(inputs, other)
    ]
    tie = f", level with {listed(level)}; more mentions, then list order, go first" if level else ""
    side = "put it there" if concern in ranking.proposed else "leave it below the places"
    return f"{left}{points(score)} {side}{tie}"


def _polled(inputs: Inputs, concern: str) -> bool:
    return inputs.poll is not None and concern in inputs.poll.ranking


def _support(ranking: Ranking, concern: str) -> str:
    given = support_words(ranking, concern)
    return f"; the other inputs give it {given}" if given else ""


def support_words(ranking: Ranking, concern: str) -> str:
    """Say how many points a concern has, and from which sources; empty when it has none."""
    given = [
        (source_words(source), points(ranking.points[source][concern]))
        for source in SCORED
        if concern in ranking.points[source]
    ]
    if len(given) == 1:
        return f"{given[0][1]} from {given[0][0]}"
    parts = listed(f"{worth} from {source}" for source, worth in given)
    return f"{points(ranking.score[concern])} ({parts})" if given else ""


def source_words(source: Source) -> str:
    """Return what a source is called in a sentence."""
    others = {Source.CRIME: "recorded crime", Source.OUTGOING: "unfinished business"}
    return others.get(source) or SOURCE_WORDS[source]


def trace(inputs: Inputs, ranking: Ranking) -> list[str]:
    """Tell step by step how the proposal came about."""
    names = [inputs.label(concern) for concern in ranking.order]
    steps = [_leading(inputs, ranking)]
    if not ranking.poll_only and names:
        scores = (f"{inputs.label(c)} {points(ranking.score[c])}" for c in ranking.order)
        steps.append(f"Added up: {'; '.join(scores)}.")
    steps.append(_filled(inputs, ranking.proposed))
    steps.extend(
        f"{inputs.label(first)} and {inputs.label(second)} were level in the poll; "
        "its frozen tie-break decided."
        for first, second in (inputs.poll.level if inputs.poll else ())
    )
    steps.extend(
        f"{inputs.label(concern)} is left out and must be answered: {listed(reasons)}."
        for concern, reasons in ranking.must_answer.items()
    )
    return steps


def _filled(inputs: Inputs, filled: tuple[str, ...]) -> str:
    places = count(inputs.seats, "place")
    if not filled:
        return f"Of {places}, none is filled."
    be, order = ("is", "by") if len(filled) == 1 else ("are", "in this order:")
    return f"Of {places}, {len(filled)} {be} filled, {order} {listed(map(inputs.label, filled))}."


def _leading(inputs: Inputs, ranking: Ranking) -> str:
    if inputs.poll is not None and ranking.poll_only:
        ranked = listed(map(inputs.label, inputs.poll.ranking))
        return (
            f"The poll counted on {day_of(inputs.poll.counted_at)} leads; it ranked {ranked}. "
            "Other inputs order only what it left unranked."
        )
    unheard = (
        "No poll was counted since the last refresh" if inputs.poll is None else "No poll leads"
    )
    speaking = [source_words(source) for source in SCORED if ranking.points[source]]
    if not speaking:
        return f"{unheard}, and no other source names a concern."
    return (
        f"{unheard}, so each source gives the concern it puts first 1 point and the rest less. "
        f"Speaking: {listed(speaking)}."
    )
