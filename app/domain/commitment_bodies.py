"""Checks of boards, counters, buildings and publications, and of the register itself."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from app.domain.boards import BoardStanding, MemberKind
from app.domain.commitment_facts import Building, Facts, Overdue, Source
from app.domain.commitments import (
    DAY,
    LONDON_CODE,
    Commitment,
    Line,
    Register,
    Status,
    Verdict,
    Verdicts,
    told,
    unknown,
)
from app.domain.facilities import CounterSpans, FacilityKind, GapCause
from app.domain.publications import PublicationLateness, SeriesStatus
from app.domain.spans import join, state_since

NO_BOARDS = "No board was ever entered."
MEETS_WITHIN = timedelta(days=183)
SECOND_PHASE = "new-met-for-london-2"


def _each_board(facts: Facts, judge: Callable[[Sequence[BoardStanding]], Verdict]) -> Verdicts:
    if Source.BOARDS not in facts.known:
        return dict.fromkeys(facts.boroughs, unknown(NO_BOARDS))
    return {code: judge(facts.boards.get(code, ())) for code in facts.boroughs}


def board(facts: Facts, line: Line) -> Verdicts:
    """Check that each borough has a board on which all promised sides sit (C17)."""
    del line
    return _each_board(facts, lambda boards: _judge_board(boards, facts.today))


def _judge_board(boards: Sequence[BoardStanding], today: date) -> Verdict:
    kept, since = state_since(join(s for b in boards for s in b.mixed_spans), today)
    active = [b for b in boards if b.active]
    finding = {
        (True, True): "The public, community leaders and the police sit on a board at work.",
        (False, True): "A board is at work, but the public, community leaders and the police do "
        "not all sit on it.",
        (False, False): "No board is at work.",
    }[kept, bool(active)]
    evidence = tuple({"kind": "board", "id": str(b.id)} for b in active)
    status = Status.MET if kept else Status.BREACHED
    return Verdict(
        status, finding, since, float(kept), 1.0, float(not kept), "boards", evidence=evidence
    )


def board_council(facts: Facts, line: Line) -> Verdicts:
    """Check that the council sits on a board of each borough (C36)."""
    del line

    def judge(boards: Sequence[BoardStanding]) -> Verdict:
        seats = sum(b.composition.get(MemberKind.COUNCIL, 0) for b in boards if b.active)
        finding = f"{seats or 'No'} member{'' if seats == 1 else 's'} for the council sit on a "
        finding += "board at work." if any(b.active for b in boards) else "board: none is at work."
        status = Status.MET if seats else Status.BREACHED
        return Verdict(status, finding, None, float(seats), 1.0, float(not seats), "members")

    return _each_board(facts, judge)


def board_meets(facts: Facts, line: Line) -> Verdicts:
    """Check that a board of each borough met within half a year (C36)."""
    del line
    return _each_board(facts, lambda boards: _judge_meetings(boards, facts.today))


def _judge_meetings(boards: Sequence[BoardStanding], today: date) -> Verdict:
    active = [b for b in boards if b.active]
    if not active:
        return Verdict(Status.BREACHED, "No board is at work.")
    held = [b.figures.last_held_on for b in active if b.figures.last_held_on is not None]
    evidence = tuple({"kind": "board", "id": str(b.id)} for b in active)
    if not held:
        since = min(b.established_on for b in active) + MEETS_WITHIN + DAY
        if since > today:
            return Verdict(Status.NOT_DUE, "The board is new and has not met.", evidence=evidence)
        return Verdict(Status.BREACHED, "The board never met.", since, evidence=evidence)
    last = max(held)
    finding = f"A board last met on {told(last)}."
    if today - last <= MEETS_WITHIN:
        return Verdict(Status.MET, finding, None, evidence=evidence)
    return Verdict(Status.BREACHED, finding, last + MEETS_WITHIN + DAY, evidence=evidence)


def counter(facts: Facts, line: Line) -> Verdicts:
    """Check that each borough has a front counter that never closes (C19)."""
    del line
    return {code: _judge_counter(facts.counters.get(code)) for code in facts.boroughs}


def _judge_counter(found: CounterSpans | None) -> Verdict:
    if found is None or not found.recorded:
        return unknown("No front counter of this borough was ever entered.")
    number = float(len(found.facility_ids))
    if found.holds:
        finding = "A front counter is open day and night."
        evidence = tuple({"kind": "facility", "id": str(one)} for one in found.facility_ids)
        return Verdict(
            Status.MET, finding, found.since, number, 1.0, 0.0, "counters", evidence=evidence
        )
    gap = found.gaps[-1]
    finding = {
        GapCause.NEVER_HAD_ONE: "No front counter was ever open day and night.",
        GapCause.COUNTER_CLOSED: f"{gap.facility_name} closed; no other counter never closes.",
        GapCause.HOURS_CHANGED: f"{gap.facility_name} no longer opens day and night; no other "
        "counter does.",
    }[gap.cause]
    cause: list[dict[str, str]] = [{"kind": "facility", "id": str(gap.facility_id)}]
    evidence = tuple(cause if gap.facility_id is not None else [])
    return Verdict(
        Status.BREACHED, finding, found.since, 0.0, 1.0, 1.0, "counters", evidence=evidence
    )


def co_located(facts: Facts, line: Line) -> Verdicts:
    """Check that a building shared with partners is open in each borough (C19)."""
    del line
    return _each_building(
        facts, FacilityKind.CO_LOCATED, "building shared with partners", Status.AT_RISK
    )


def public_counter(facts: Facts, line: Line) -> Verdicts:
    """Check that a front counter is open at some hours in each borough (C40)."""
    del line
    return _each_building(facts, FacilityKind.FRONT_COUNTER, "front counter", Status.BREACHED)


def _each_building(facts: Facts, kind: str, what: str, missing: Status) -> Verdicts:
    if Source.FACILITIES not in facts.known:
        return dict.fromkeys(facts.boroughs, unknown("No facility was ever entered."))
    return {
        code: _judge_buildings(
            [b for b in facts.buildings.get(code, ()) if b.kind == kind], facts.today, what, missing
        )
        for code in facts.boroughs
    }


def _judge_buildings(
    buildings: Sequence[Building], today: date, what: str, missing: Status
) -> Verdict:
    kept, since = state_since(join(s for b in buildings for s in b.open_days), today)
    ours = [b for b in buildings if any(span.contains(today) for span in b.open_days)]
    number = float(len(ours))
    finding = f"{len(ours) or 'No'} {what}{'' if len(ours) == 1 else 's'} open in the borough."
    evidence = tuple({"kind": "facility", "id": str(b.id)} for b in ours[:8])
    return Verdict(
        Status.MET if kept else missing,
        finding,
        since,
        number,
        1.0,
        max(0.0, 1.0 - number),
        "facilities",
        evidence,
    )


def answers_due(facts: Facts, line: Line) -> Verdicts:
    """Check that no dispute in each borough waits longer than 72 hours (NPG02).

    London stands as its boroughs do, unless one about all of London waits too.
    """
    del line
    if Source.DISPUTES not in facts.known:
        return dict.fromkeys(facts.boroughs, unknown("No dispute was ever filed."))
    found = {code: _judge_answers(facts.overdue.get(code, ())) for code in facts.boroughs}
    if LONDON_CODE in facts.overdue:
        found[LONDON_CODE] = _judge_answers(
            [one for late in facts.overdue.values() for one in late]
        )
    return found


def _judge_answers(waiting: Sequence[Overdue]) -> Verdict:
    if not waiting:
        finding = "No dispute waits longer than 72 hours for its first answer."
        return Verdict(Status.MET, finding, None, 0.0, 0.0, 0.0, "disputes")
    number = len(waiting)
    first = min(one.late_on for one in waiting)
    what = "dispute waits" if number == 1 else "disputes wait"
    return Verdict(
        Status.BREACHED,
        f"{number} {what} longer than 72 hours, the first since {told(first)}.",
        first,
        float(number),
        0.0,
        float(number),
        "disputes",
        tuple({"kind": "dispute", "id": str(one.id)} for one in waiting[:8]),
    )


def publications_of(facts: Facts, commitment: Commitment) -> Verdicts:
    """Check that what a commitment promises to publish came out in time (C27, C29, C31, C32)."""
    ours = [one for one in facts.publications if commitment.code in one.promise.commitments]
    if not ours:
        return {LONDON_CODE: unknown("No series of publications is entered for this promise.")}
    worst = min(ours, key=lambda one: (_LATENESS.index(one.status), one.since or date.max))
    overdue = [one for one in ours if one.status is SeriesStatus.OVERDUE]
    status = _SERIES[worst.status]
    return {
        LONDON_CODE: Verdict(
            status,
            " ".join(_series_told(one) for one in ours),
            worst.since,
            float(len(ours) - len(overdue)),
            float(len(ours)),
            float(len(overdue)),
            "series",
            tuple({"kind": "publication", "id": one.promise.code} for one in ours),
        )
    }


_LATENESS = (SeriesStatus.OVERDUE, SeriesStatus.NOT_DUE, SeriesStatus.UP_TO_DATE)
_SERIES = {
    SeriesStatus.OVERDUE: Status.BREACHED,
    SeriesStatus.NOT_DUE: Status.NOT_DUE,
    SeriesStatus.UP_TO_DATE: Status.MET,
}


def _series_told(one: PublicationLateness) -> str:
    title, last = one.promise.title, one.last_published_on
    if one.status is SeriesStatus.OVERDUE and one.since is not None:
        since = "nothing came out" if last is None else f"the last came out on {told(last)}"
        return f"{title}: overdue since {told(one.since)}, {since}."
    if one.status is SeriesStatus.NOT_DUE and one.next_due_on is not None:
        return f"{title}: due on {told(one.next_due_on)}."
    return f"{title}: up to date." if last is None else f"{title}: last out on {told(last)}."


def assurance_of(register: Register) -> Verdicts:
    """Check how many promises of phase 2 have a check that anyone can follow (C42)."""
    ours = [one for one in register.commitments if one.programme == SECOND_PHASE]
    checked = [one for one in ours if any(line.check for line in one.lines)]
    without = [one.code for one in ours if one not in checked]
    kept = not without
    told_without = f"; not {' and '.join(without)}" if without else ""
    finding = f"{len(checked)} of {len(ours)} promises known here have a check{told_without}."
    return {
        LONDON_CODE: Verdict(
            Status.MET if kept else Status.BREACHED,
            finding,
            None,
            float(len(checked)),
            float(len(ours)),
            float(len(without)),
            "commitments",
        )
    }
