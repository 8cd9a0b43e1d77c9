"""The rule at work in plain English: why each concern is in or out, and the steps to that."""

from collections.abc import Iterator
from itertools import groupby

from app.domain.english import count, day_of, listed, ordinal, points, sentence
from app.domain.refresh_demands import SOURCE_WORDS
from app.domain.refresh_proposals import Ranking
from app.domain.refreshes import SCORED, VOICES, Inputs, Mentions, Source


def why(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    """Say in one or two sentences why a concern is in or out."""
    if concern in ranking.proposed:
        opening = f"In, {ordinal(ranking.proposed.index(concern) + 1)}: "
    else:
        opening = "Out: "
    parts = [_why_polled(inputs, ranking, concern), _why_scored(inputs, ranking, concern)]
    demand = ranking.must_answer.get(concern, ())
    answer = f" It must be answered: {listed(demand)}." if demand else ""
    return f"{opening}{'; '.join(part for part in parts if part)}.{answer}"


def _points_decide(inputs: Inputs) -> bool:
    """Whether the points of the other inputs decide any place: no poll leads, or it left one."""
    polled = inputs.poll.ranking if inputs.poll else ()
    return len(polled) < inputs.seats


def _why_polled(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    poll = inputs.poll
    if poll is None or not ranking.poll_only:
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
    left = ", but left a place open" if _points_decide(inputs) else ""
    first = "" if left else ", and its ranking goes first"
    return f"the poll {asked}{left}{first}"


def _why_scored(inputs: Inputs, ranking: Ranking, concern: str) -> str:
    """Say which points a concern has, and whether they were enough where points decide."""
    given = support_words(ranking, concern)
    if _polled(inputs, concern) or not _points_decide(inputs):
        return f"the other inputs give it {given}" if given else ""
    if not given:
        return "nothing gives it points"
    level = [
        inputs.label(other)
        for other in ranking.order
        if other != concern
        and ranking.score[other] == ranking.score[concern]
        and not _polled(inputs, other)
    ]
    tie = f", level with {listed(level)}: more mentions, then list order, go first" if level else ""
    below = "" if concern in ranking.proposed else " and stands below the places"
    return f"it has {given}{below}{tie}"


def _polled(inputs: Inputs, concern: str) -> bool:
    return inputs.poll is not None and concern in inputs.poll.ranking


def support_words(ranking: Ranking, concern: str) -> str:
    """Say how many points a concern has, and from which sources; empty when it has none."""
    given = [
        (f"{SOURCE_WORDS[source]}{_shared(ranking, source, concern)}", points(own[concern]))
        for source in SCORED
        if concern in (own := ranking.points[source])
    ]
    if len(given) == 1:
        return f"{given[0][1]} from {given[0][0]}"
    parts = listed(f"{worth} from {source}" for source, worth in given)
    return f"{points(ranking.score[concern])} ({parts})" if given else ""


def _shared(ranking: Ranking, source: Source, concern: str) -> str:
    """Say of a place that a source gives to several concerns that it is shared."""
    given = ranking.points[source]
    if sum(worth == given[concern] for worth in given.values()) == 1:
        return ""
    return f" for a shared {_place(ranking, source, concern)} place"


def _place(ranking: Ranking, source: Source, concern: str) -> str:
    given = ranking.points[source]
    above = sum(worth > given[concern] for worth in given.values())
    return ordinal(above + 1) if above else "first"


def trace(inputs: Inputs, ranking: Ranking) -> list[str]:
    """Tell step by step how the proposal came about."""
    steps = [_leading(inputs, ranking)]
    if _points_decide(inputs):
        steps.extend(_points(inputs, ranking))
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


def _points(inputs: Inputs, ranking: Ranking) -> Iterator[str]:
    """Give the steps from what each source names to the sum of its points."""
    for source in VOICES:
        if inputs.mentions.get(source, Mentions()).unheard:
            yield sentence(
                f"{SOURCE_WORDS[source]} named concerns of the ward itself, and those come first: "
                "what was said there of the whole borough gives no points"
            )
    for source in SCORED:
        yield from _level(inputs, ranking, source)
    summed = [concern for concern in ranking.order if not _polled(inputs, concern)]
    if summed:
        scores = (f"{inputs.label(c)} {points(ranking.score[c])}" for c in summed)
        yield f"Added up: {'; '.join(scores)}."


def _level(inputs: Inputs, ranking: Ranking, source: Source) -> Iterator[str]:
    """Say which concerns a source puts level, and so what each of them gets."""
    given = ranking.points[source]
    ordered = sorted(given, key=lambda concern: -given[concern])
    for worth, group in groupby(ordered, key=given.__getitem__):
        level = set(group)
        names = [fact.label for fact in inputs.concerns if fact.slug in level]
        if len(names) > 1:
            place = _place(ranking, source, level.pop())
            yield sentence(
                f"{SOURCE_WORDS[source]} put {listed(names)} level: they share {place} place, "
                f"with {points(worth)} each"
            )


def _filled(inputs: Inputs, filled: tuple[str, ...]) -> str:
    places = count(inputs.seats, "place")
    if not filled:
        return f"Of {places}, none is filled."
    be, order = ("is", "by") if len(filled) == 1 else ("are", "in this order:")
    return f"Of {places}, {len(filled)} {be} filled, {order} {listed(map(inputs.label, filled))}."


def _leading(inputs: Inputs, ranking: Ranking) -> str:
    speaking = [SOURCE_WORDS[source] for source in SCORED if ranking.points[source]]
    if inputs.poll is not None and ranking.poll_only:
        ranked = listed(map(inputs.label, inputs.poll.ranking))
        led = f"The poll counted on {day_of(inputs.poll.counted_at)} leads; it ranked {ranked}."
        if speaking and _points_decide(inputs):
            return f"{led} It left a place open; for what it did not rank, {_rule(speaking)}"
        return f"{led} Other inputs order only what it left unranked."
    unheard = (
        "No poll was counted since the last refresh" if inputs.poll is None else "No poll leads"
    )
    if not speaking:
        return f"{unheard}, and no other source gives points."
    return f"{unheard}, so {_rule(speaking)}"


def _rule(speaking: list[str]) -> str:
    return (
        "each source gives the concern it puts first 1 point and the rest less; those it puts "
        f"level share the points of their places evenly. Giving points: {listed(speaking)}."
    )
