"""A proposal as it is stored and published: the ranking, every candidate, the words for both."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.domain.english import listed, ratio, sentence
from app.domain.evidence import CrimeTrend
from app.domain.refresh_comparisons import comparison_record
from app.domain.refresh_demands import is_strong_rise
from app.domain.refresh_input_words import input_record
from app.domain.refresh_paragraphs import paragraph, rival_of, why_not_twice
from app.domain.refresh_polls import PollFinding, Support
from app.domain.refresh_proposals import METHOD, Ranking
from app.domain.refresh_summaries import list_missing, review_words, summary
from app.domain.refresh_voices import find_say
from app.domain.refresh_words import trace, why
from app.domain.refreshes import Inputs, OutgoingPriority, Source

Record = dict[str, Any]


def proposal_record(inputs: Inputs, ranking: Ranking, beside: Record) -> Record:
    """Return the whole proposal; `beside` holds the poll, events, evidence and outgoing set."""
    say = find_say(beside).says_then(inputs.today)
    return {
        "method": METHOD,
        "seats": inputs.seats,
        "inputs_since": inputs.since.isoformat(),
        "led_by": ranking.led_by,
        "proposed": list(ranking.proposed),
        "poll_only": list(ranking.poll_only),
        "summary": summary(inputs, ranking, say),
        "comparison": comparison_record(inputs, ranking),
        "review": review_words(inputs),
        "missing": list_missing(inputs, ranking),
        "trace": trace(inputs, ranking),
        "candidates": candidate_records(inputs, ranking),
        **beside,
    }


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
            "other_inputs_only_rank": _place(fact.slug, ranking.others_only),
            "score": ratio(ranking.score[fact.slug]),
            "why": why(inputs, ranking, fact.slug),
            "paragraph": paragraph(inputs, ranking, fact.slug),
            "rival": rival_of(ranking, fact.slug),
            "must_be_answered": fact.slug in ranking.must_answer,
            "must_be_answered_because": _because(ranking.must_answer.get(fact.slug, ())),
            "poll": _poll(inputs.poll, fact.slug),
            "standing_demand": _standing_demand(inputs, fact.slug),
            "crime": _crime(inputs, fact.slug),
            "outgoing": _outgoing(inputs, fact.slug),
            "inputs": [input_record(inputs, ranking, source, fact.slug) for source in Source],
        }
        for fact in facts
    ]


def _place(concern: str, order: Sequence[str]) -> int | None:
    return order.index(concern) + 1 if concern in order else None


def _because(reasons: tuple[str, ...]) -> str | None:
    return sentence(listed(reasons)) if reasons else None


def _poll(poll: PollFinding | None, concern: str) -> Record | None:
    """Return how a concern stood in the poll, beside the last chosen or the best not chosen."""
    if poll is None or poll.turnout is None or concern not in poll.options:
        return None
    rank, votes = _place(concern, poll.ranking), poll.votes.get(concern)
    beside = _beside(poll, concern)
    theirs = poll.votes.get(beside) if beside else None
    known = poll.is_exact and votes is not None and theirs is not None
    margin = (votes or 0) - (theirs or 0) if known else None
    contest = poll.contests.get(concern)
    return {
        "rank": rank,
        "of": len(poll.options),
        "chosen": concern in poll.chosen,
        "votes": votes,
        "turnout": poll.turnout,
        "is_exact": poll.is_exact,
        "beside": beside,
        "beside_votes": theirs,
        "margin_votes": margin,
        "contest": None if contest is None else asdict(contest),
    }


def _beside(poll: PollFinding, concern: str) -> str | None:
    """Return the last concern chosen for one that was not, the first reserve for one that was."""
    if concern not in poll.chosen:
        return poll.chosen[-1] if poll.chosen else None
    return next((other for other in poll.ranking if other not in poll.chosen), None)


def _standing_demand(inputs: Inputs, concern: str) -> Record | None:
    """Return the support of a concern beside n/(k+1) in the last two polls, as far as told."""
    poll, earlier = inputs.poll, inputs.earlier_poll
    if poll is None or concern not in poll.supports:
        return None
    before = earlier.finding if earlier is not None and earlier.is_same_ward else None
    twice = poll.demands(concern) and why_not_twice(earlier, concern) is None
    return {
        "latest": _support(poll, concern),
        "before": None if before is None else _support(before, concern),
        "stands_in_two_polls": twice,
        "why_not": None
        if twice or not poll.demands(concern)
        else sentence(why_not_twice(earlier, concern) or ""),
    }


def _support(poll: PollFinding, concern: str) -> Record | None:
    support: Support | None = poll.supports.get(concern)
    if support is None:
        return None
    return {
        "poll_id": poll.poll_id,
        "votes": support.votes,
        "turnout": support.turnout,
        "places": poll.seats,
        "threshold": ratio(support.threshold),
        "is_above": support.is_above,
        "is_exact": support.is_exact,
        "chosen": concern in poll.chosen,
    }


def _crime(inputs: Inputs, concern: str) -> Record | None:
    trend: CrimeTrend | None = inputs.crime.get(concern)
    if trend is None:
        return None
    source = inputs.crime_from.get(concern)
    return {
        "first_month": trend.first_month,
        "last_month": trend.last_month,
        "recent": trend.recent,
        "before": trend.before,
        "year_before": trend.year_before,
        "baseline": trend.baseline,
        "rise": trend.rise,
        "is_strong_rise": is_strong_rise(trend),
        "source": source.name if source else None,
        "evidence_id": source.evidence_id if source else None,
    }


def _outgoing(inputs: Inputs, concern: str) -> Record | None:
    if inputs.outgoing is None:
        return None
    found: OutgoingPriority | None = next(
        (p for p in inputs.outgoing.priorities if p.concern == concern), None
    )
    if found is None:
        return None
    return {
        "priority_id": found.id,
        "rank": found.rank,
        "title": found.title,
        "status": found.status,
        "outcome": found.outcome,
        "age_days": (inputs.today - inputs.outgoing.set_on).days,
        "actions": found.actions,
        "last_action_on": found.last_action_on.isoformat() if found.last_action_on else None,
    }


SINCE_2: Mapping[str, Any] = {
    "summary": None,
    "comparison": None,
    "review": None,
    "missing": [],
    "earlier_poll": None,
}
CANDIDATE_SINCE_2 = (
    *("paragraph", "rival", "other_inputs_only_rank", "poll", "standing_demand", "crime"),
    "outgoing",
)


def readable(stored: Mapping[str, Any]) -> Record:
    """Return a stored proposal of any method in the shape of today's.

    What an older method did not say is `null`, never made up after the fact.
    """
    return {
        **SINCE_2,
        **stored,
        "candidates": [
            {
                **dict.fromkeys(CANDIDATE_SINCE_2),
                **candidate,
                "inputs": [{"records": [], **found} for found in candidate["inputs"]],
            }
            for candidate in stored["candidates"]
        ],
    }
