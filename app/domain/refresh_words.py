"""A proposal in plain English: every sentence made from the figures that stand beside it."""

from typing import Any

from app.domain.english import count, day, listed, ordinal, points, ratio, times
from app.domain.evidence import CrimeTrend
from app.domain.refresh_proposals import METHOD, SOURCE_WORDS, Ranking
from app.domain.refreshes import (
    SCORED,
    Inputs,
    Mentions,
    OutgoingPriority,
    PollFinding,
    Source,
)

Record = dict[str, Any]

_RAISED = {
    Source.EVENTS: ("at held events", "event notes"),
    Source.PANEL: ("by the ward panel", "panel submission"),
    Source.PARTNERS: ("by partners", "partner submission"),
    Source.SURVEY: ("in surveys", "survey"),
    Source.RESIDENTS: ("in residents' reports", "residents' report"),
    Source.DOCUMENTS: ("in other documents", "other document"),
}
TOO_FEW = "The poll had fewer than 10 ballots, so what it said is neither told nor weighed."


def candidate_records(inputs: Inputs, ranking: Ranking) -> list[Record]:
    """Return every concern with each of its inputs and why it is in or out, best placed first."""
    place = {concern: number for number, concern in enumerate(ranking.order)}
    facts = sorted(inputs.concerns, key=lambda fact: place.get(fact.slug, len(place)))
    return [
        {
            "concern": fact.slug,
            "label": fact.label,
            "lead": fact.lead,
            "verdict": "in" if fact.slug in ranking.proposed else "out",
            "rank": _place(fact.slug, ranking.proposed),
            "poll_only_rank": _place(fact.slug, ranking.poll_only),
            "score": ratio(ranking.score[fact.slug]),
            "why": why(inputs, ranking, fact.slug),
            "must_be_answered": fact.slug in ranking.must_answer,
            "must_be_answered_because": _because(ranking.must_answer.get(fact.slug, ())),
            "inputs": [input_record(inputs, ranking, source, fact.slug) for source in Source],
        }
        for fact in facts
    ]


def _place(concern: str, order: tuple[str, ...]) -> int | None:
    return order.index(concern) + 1 if concern in order else None


def _because(reasons: tuple[str, ...]) -> str | None:
    return f"{listed(reasons).capitalize()}." if reasons else None


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
    names = {**SOURCE_WORDS, Source.CRIME: "recorded crime", Source.OUTGOING: "unfinished business"}
    given = [
        f"{names[source]} ({points(ranking.points[source][concern])})"
        for source in SCORED
        if concern in ranking.points[source]
    ]
    return f"; spoken for by {listed(given)}" if given else ""


def input_record(inputs: Inputs, ranking: Ranking, source: Source, concern: str) -> Record:
    """Return what one source says of one concern, or that it says nothing."""
    figures, says = _figures(inputs, source, concern)
    given = ranking.points.get(source, {}).get(concern)
    return {
        "source": source.value,
        "found": bool(figures),
        "says": says,
        "points": None if given is None else ratio(given),
        "figures": figures,
    }


def _figures(inputs: Inputs, source: Source, concern: str) -> tuple[Record, str]:
    if source is Source.POLL:
        return _of_poll(inputs.poll, concern)
    if source is Source.CRIME:
        return _of_crime(inputs.crime.get(concern), loaded=bool(inputs.crime))
    if source is Source.OUTGOING:
        return _of_outgoing(inputs, concern)
    return _of_mentions(inputs.mentions.get(source, Mentions()), source, concern)


def _of_poll(poll: PollFinding | None, concern: str) -> tuple[Record, str]:
    if poll is None:
        return {}, "No poll was counted since the last refresh."
    if concern not in poll.options:
        return {}, "The poll did not ask about it."
    if poll.turnout is None:
        return {}, TOO_FEW
    votes, rank = poll.votes.get(concern), _place(concern, poll.ranking)
    figures = {"rank": rank, "of": len(poll.options), "votes": votes, "turnout": poll.turnout}
    about = "" if poll.is_exact else "about "
    voted = (
        "nearly all voters" if votes is None else f"{about}{votes} of {about}{poll.turnout} voters"
    )
    if rank is None:
        return figures, f"Not chosen by the poll; {voted} ticked it."
    chose = "chosen" if concern in poll.chosen else "a reserve"
    placed = f"Ranked {ordinal(rank)} of {len(poll.options)} by the poll, {chose}"
    return figures, f"{placed}; {voted} ticked it."


def _of_mentions(heard: Mentions, source: Source, concern: str) -> tuple[Record, str]:
    where, noun = _RAISED[source]
    if not heard.records:
        return {}, f"No {noun} since the last refresh."
    ward, borough = heard.ward.get(concern, 0), heard.borough.get(concern, 0)
    if not ward and not borough:
        return {}, f"Not raised {where}."
    figures = {"ward": ward, "borough": borough}
    told = [f"{times(ward)} {where} in the ward"] if ward else []
    if borough:
        ignored = "" if heard.counted is heard.borough else ", which gives no points here"
        told.append(f"{times(borough)} {where} for the whole borough{ignored}")
    return figures, f"Raised {listed(told)}."


def _of_crime(trend: CrimeTrend | None, *, loaded: bool) -> tuple[Record, str]:
    if trend is None:
        return {}, "No figures bear on it." if loaded else "No recorded crime is loaded."
    figures = {
        "recent": trend.recent,
        "before": trend.before,
        "year_before": trend.year_before,
        "rise": trend.rise,
    }
    known = [] if trend.before is None else [f"{trend.before} in the three months before"]
    if trend.year_before is not None:
        known.append(f"{trend.year_before} in the same months a year before")
    beside = f", against {listed(known)}" if known else ", with nothing to compare"
    return (
        figures,
        f"{trend.recent} recorded from {trend.first_month} to {trend.last_month}{beside}.",
    )


def _of_outgoing(inputs: Inputs, concern: str) -> tuple[Record, str]:
    if inputs.outgoing is None:
        return {}, "There was no priority set before."
    for priority in inputs.outgoing.priorities:
        if priority.concern == concern:
            age = (inputs.today - inputs.outgoing.set_on).days
            figures = {
                "rank": priority.rank,
                "age_days": age,
                "overdue_days": inputs.outgoing.overdue_days,
                "actions": priority.actions,
            }
            return figures, _outgoing_sentence(priority, age)
    return {}, "It was not a priority."


def _outgoing_sentence(priority: OutgoingPriority, age: int) -> str:
    acted = f"{count(priority.actions, 'action')} told"
    if priority.last_action_on is not None:
        acted += f", the last on {day(priority.last_action_on)}"
    ended = (priority.outcome or priority.status).replace("_", " ")
    return f"Priority {priority.rank} for {count(age, 'day')}; {acted}; now {ended}."


def trace(inputs: Inputs, ranking: Ranking) -> list[str]:
    """Tell step by step how the proposal came about."""
    names = [inputs.label(concern) for concern in ranking.order]
    steps = [_leading(inputs, ranking)]
    if not ranking.poll_only and names:
        scores = (f"{inputs.label(c)} {points(ranking.score[c])}" for c in ranking.order)
        steps.append(f"Added up: {'; '.join(scores)}.")
    filled = ranking.proposed
    steps.append(
        f"Of {count(inputs.seats, 'place')}, {len(filled)} are filled, in this order: "
        f"{listed(map(inputs.label, filled))}."
    )
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


def _leading(inputs: Inputs, ranking: Ranking) -> str:
    if inputs.poll is not None and ranking.poll_only:
        ranked = listed(map(inputs.label, inputs.poll.ranking))
        return (
            f"The poll counted on {day(inputs.poll.counted_at.date())} leads; it ranked {ranked}. "
            "Other inputs order only what it left unranked."
        )
    unheard = (
        "No poll was counted since the last refresh" if inputs.poll is None else "No poll leads"
    )
    speaking = [source.value for source in SCORED if ranking.points[source]]
    return (
        f"{unheard}, so each source gives the concern it puts first 1 point and the rest less. "
        f"Speaking: {listed(speaking)}."
    )


def proposal_record(inputs: Inputs, ranking: Ranking) -> Record:
    """Return the whole proposal as it is stored and published."""
    return {
        "method": METHOD,
        "seats": inputs.seats,
        "inputs_since": inputs.since.isoformat(),
        "led_by": ranking.led_by,
        "proposed": list(ranking.proposed),
        "poll_only": list(ranking.poll_only),
        "trace": trace(inputs, ranking),
        "candidates": candidate_records(inputs, ranking),
    }
