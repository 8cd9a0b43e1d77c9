"""What each source says of a concern: the figures, the records behind them, and one sentence."""

from typing import Any

from app.domain.english import count, day, listed, months, ordinal, ratio, times
from app.domain.evidence import CrimeTrend
from app.domain.refresh_demands import SOURCE_WORDS
from app.domain.refresh_polls import PollFinding
from app.domain.refresh_proposals import Ranking
from app.domain.refreshes import Inputs, Mentions, OutgoingPriority, Source

Record = dict[str, Any]

RAISED = {
    Source.EVENTS: ("at held events", "held event"),
    Source.PANEL: ("by the ward panel", "panel submission"),
    Source.PARTNERS: ("by partners", "partner submission"),
    Source.SURVEY: ("in surveys", "survey"),
    Source.RESIDENTS: ("in residents' reports", "residents' report"),
    Source.DOCUMENTS: ("in other documents", "other document"),
}
"""How a concern is raised in each source, and what one of its records is called."""
TOO_FEW = "The poll had fewer than 10 ballots, so what it said is neither told nor weighed."


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
        "records": _records(inputs, source, concern) if figures else [],
    }


def _records(inputs: Inputs, source: Source, concern: str) -> list[Record]:
    """Return the records behind what a source says of a concern, by kind and id."""
    if source is Source.POLL:
        return [{"kind": "poll", "id": inputs.poll.poll_id}] if inputs.poll else []
    if source is Source.CRIME:
        known = inputs.crime_from.get(concern)
        if known is None or known.evidence_id is None:
            return []
        return [{"kind": "evidence", "id": known.evidence_id}]
    if source is Source.OUTGOING:
        old = inputs.outgoing.priorities if inputs.outgoing else ()
        return [{"kind": "priority", "id": p.id} for p in old if p.concern == concern]
    kind = "event" if source is Source.EVENTS else "evidence"
    named = inputs.mentions.get(source, Mentions()).naming.get(concern, ())
    return [{"kind": kind, "id": identifier} for identifier in named]


def _figures(inputs: Inputs, source: Source, concern: str) -> tuple[Record, str]:
    if source is Source.POLL:
        return _of_poll(inputs.poll, concern)
    if source is Source.CRIME:
        return _of_crime(inputs, concern)
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
    votes = poll.votes.get(concern)
    rank = poll.ranking.index(concern) + 1 if concern in poll.ranking else None
    figures = {"rank": rank, "of": len(poll.options), "votes": votes, "turnout": poll.turnout}
    if rank is None:
        return figures, f"Not chosen by the poll; {voted(poll, concern)} ticked it."
    chose = "chosen" if concern in poll.chosen else "a reserve"
    placed = f"Ranked {ordinal(rank)} of {len(poll.options)} by the poll, {chose}"
    return figures, f"{placed}; {voted(poll, concern)} ticked it."


def voted(poll: PollFinding, concern: str) -> str:
    """Say how many voters ticked a concern: `20 of 44 voters`, rounded where the poll was small."""
    votes, about = poll.votes.get(concern), "" if poll.is_exact else "about "
    if votes is None:
        return f"nearly all of {about}{poll.turnout} voters"
    if not votes and poll.is_exact:
        return f"none of {poll.turnout} voters"
    if not votes:
        return f"at most 2 of about {poll.turnout} voters"
    return f"{about}{votes} of {about}{poll.turnout} voters"


def _of_mentions(heard: Mentions, source: Source, concern: str) -> tuple[Record, str]:
    where, noun = RAISED[source]
    if not heard.records:
        return {}, f"No {noun} since the last refresh."
    ward, borough = heard.ward.get(concern, 0), heard.borough.get(concern, 0)
    if not ward and not borough:
        return {}, f"Not raised {where}."
    named = len(heard.naming.get(concern, ()))
    figures = {"ward": ward, "borough": borough, "records": named, "of_records": heard.records}
    told = [f"{times(ward)} {where} about the ward"] if ward else []
    if borough:
        told.append(f"{times(borough)} {where} about the whole borough")
    raised = f"Raised {listed(told)} (in {_of_records(named, heard.records, noun)})"
    return figures, f"{raised}{_no_points(heard, source, concern)}."


def _no_points(heard: Mentions, source: Source, concern: str) -> str:
    """Say why mentions give no points: documents never do, nor the borough's beside the ward's."""
    if source is Source.DOCUMENTS:
        return "; documents are shown and give no points"
    if concern not in heard.unheard:
        return ""
    return (
        "; what was said of the whole borough gives no points here, because "
        f"{SOURCE_WORDS[source]} named concerns of the ward itself too, and those come first"
    )


def _of_records(named: int, records: int, noun: str) -> str:
    if records == 1:
        return f"the only {noun}"
    if named == records:
        return f"all of {count(records, noun)}"
    return f"{named} of {count(records, noun)}"


def _of_crime(inputs: Inputs, concern: str) -> tuple[Record, str]:
    trend = inputs.crime.get(concern)
    if trend is None:
        loaded = bool(inputs.crime)
        return {}, "No figures bear on it." if loaded else "No recorded crime is loaded."
    figures = {
        "recent": trend.recent,
        "before": trend.before,
        "year_before": trend.year_before,
        "rise": trend.rise,
    }
    source = inputs.crime_from.get(concern)
    named = f" Source: {source.name.rstrip('.')}." if source else ""
    return figures, f"{_moved(trend)}{named}"


def _moved(trend: CrimeTrend) -> str:
    known = [] if trend.before is None else [f"{trend.before} in the three months before"]
    if trend.year_before is not None:
        known.append(f"{trend.year_before} in the same months a year before")
    beside = f", against {listed(known)}" if known else ", with nothing to compare, so no points"
    period = months(trend.first_month, trend.last_month)
    return f"Recorded crime: {trend.recent} from {period}{beside}{_verdict(trend)}."


def _verdict(trend: CrimeTrend) -> str:
    if trend.baseline is None:
        return ""
    base = "the year before" if trend.year_before is not None else "the quarter before"
    if not trend.rise:
        return f"; no change on {base}, which is the baseline, so no points"
    if trend.rise < 0:
        return f"; {-trend.rise} fewer than {base}, which is the baseline, so no points"
    return f"; {trend.rise} more than {base}, which is the baseline"


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
            return figures, _outgoing_sentence(priority, age, day(inputs.outgoing.set_on))
    return {}, "It was not a priority."


def _outgoing_sentence(priority: OutgoingPriority, age: int, since: str) -> str:
    acted = f"{count(priority.actions, 'action')} told" if priority.actions else "no action told"
    if priority.last_action_on is not None:
        before = "" if priority.actions else " before this set"
        acted += f", the last{before} on {day(priority.last_action_on)}"
    ended = (
        f"its outcome: {priority.outcome.replace('_', ' ')}"
        if priority.outcome
        else f"no outcome yet, now {priority.status.replace('_', ' ')}"
    )
    spent = "; finished, so it gives no points" if priority.is_finished else ""
    told = f"Priority {priority.rank} since {since}, {count(age, 'day')} ago; {acted}; {ended}"
    return f"{told}{spent}."
