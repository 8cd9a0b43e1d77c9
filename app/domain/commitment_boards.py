"""Checks of boards: who sits on them (C17, C36), and whether they meet (C36)."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from app.domain.boards import PROMISED_KINDS, BoardStanding, MemberKind
from app.domain.commitment_facts import Facts, Source
from app.domain.commitment_outlook import at_risk_from, coming_end
from app.domain.commitments import DAY, Line, Status, Verdict, Verdicts, told, unknown
from app.domain.english import listed
from app.domain.spans import DaySpan, join, share, span_of, state_since

NO_BOARDS = "No board was ever entered."
MEETS_WITHIN = timedelta(days=183)
SIDES = {
    MemberKind.PUBLIC: "the public",
    MemberKind.COMMUNITY_LEADER: "community leaders",
    MemberKind.POLICE: "the police",
}
"""The sides that the plan names, as findings call them."""
MOST_NAMED = 2
"""So many boards are named in a finding."""
Boards = Sequence[BoardStanding]


def _each_board(facts: Facts, judge: Callable[[Boards], Verdict]) -> Verdicts:
    if Source.BOARDS not in facts.known:
        return dict.fromkeys(facts.boroughs, unknown(NO_BOARDS))
    return {code: judge(facts.boards.get(code, ())) for code in facts.boroughs}


def _named(boards: Boards) -> tuple[dict[str, str], ...]:
    return tuple({"kind": "board", "id": str(b.id)} for b in boards)


def board(facts: Facts, line: Line) -> Verdicts:
    """Check that each borough has a board on which all promised sides sit (C17)."""
    del line
    return _each_board(facts, lambda boards: _judge_board(boards, facts.today))


def _judge_board(boards: Boards, today: date) -> Verdict:
    days = join(s for b in boards for s in b.mixed_spans)
    kept, since = state_since(days, today)
    active = [b for b in boards if b.active]
    finding = "The public, community leaders and the police sit on a board at work."
    if not kept:
        finding = _lacking(active, today)
    verdict = Verdict(
        Status.MET if kept else Status.BREACHED,
        finding,
        since,
        float(kept),
        1.0,
        float(not kept),
        "boards",
        _named(active),
    )
    coming = coming_end(days, today)
    return at_risk_from(verdict, coming, _lacking(boards, coming or today))


def _lacking(boards: Boards, day: date) -> str:
    """Return which sides are missing on the boards that are at work on a day."""
    at_work = [b for b in boards if span_of(b.established_on, b.dissolved_on).contains(day)]
    if not at_work:
        return "No board is at work."
    told_each = [f"{b.name} is at work without {listed(_absent(b, day))}" for b in at_work]
    return f"{'; '.join(told_each[:MOST_NAMED])}."


def _absent(one: BoardStanding, day: date) -> list[str]:
    return [
        SIDES[kind]
        for kind in PROMISED_KINDS
        if not any(span.contains(day) for span in one.sides[kind])
    ]


def board_council(facts: Facts, line: Line) -> Verdicts:
    """Check that the council sits on a board of each borough (C36)."""
    del line
    return _each_board(facts, lambda boards: _judge_council(boards, facts.today))


def _judge_council(boards: Boards, today: date) -> Verdict:
    days = join(s for b in boards for s in b.sides[MemberKind.COUNCIL])
    kept, since = state_since(days, today)
    active = [b for b in boards if b.active]
    seats = sum(b.composition.get(MemberKind.COUNCIL, 0) for b in active)
    who = f"{seats} members for the council sit" if seats > 1 else "One member for the council sits"
    finding = f"{who if kept else 'Nobody for the council sits'} on a board at work."
    verdict = Verdict(
        Status.MET if kept else Status.BREACHED,
        finding if active else "No board is at work.",
        since,
        float(seats),
        1.0,
        float(not kept),
        "members",
    )
    return at_risk_from(
        verdict, coming_end(days, today), "nobody for the council sits on a board at work."
    )


def board_meets(facts: Facts, line: Line) -> Verdicts:
    """Check that a board of each borough met within half a year (C36)."""
    del line
    return _each_board(facts, lambda boards: _judge_meetings(boards, facts.today))


def _judge_meetings(boards: Boards, today: date) -> Verdict:
    days = join(span for b in boards for span in _fresh(b))
    kept, since = state_since(days, today)
    active = [b for b in boards if b.active]
    if not active:
        return Verdict(Status.BREACHED, "No board is at work.", since)
    held = [day for b in active for day in b.figures.held_on]
    if not held:
        return _never_met(active, today)
    finding = f"A board last met on {told(max(held))}."
    status = Status.MET if kept else Status.BREACHED
    verdict = Verdict(status, finding, since, evidence=_named(active))
    end = coming_end(days, today)
    dissolved = end if any(b.dissolved_on == end for b in active) else None
    return at_risk_from(verdict, dissolved, "that board is at work no more.")


def _fresh(one: BoardStanding) -> tuple[DaySpan, ...]:
    """Return the days of a board's life on which it had met within half a year."""
    met = join(DaySpan(day, day + MEETS_WITHIN + DAY) for day in one.figures.held_on)
    return share([span_of(one.established_on, one.dissolved_on)], met)


def _never_met(active: Boards, today: date) -> Verdict:
    first = min(b.established_on for b in active)
    since = first + MEETS_WITHIN + DAY
    if since > today:
        finding = "The board is new and has not met."
        return Verdict(Status.NOT_DUE, finding, first, evidence=_named(active))
    return Verdict(Status.BREACHED, "The board never met.", since, evidence=_named(active))
