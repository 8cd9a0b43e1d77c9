"""Checks of counters, buildings and publications, and of the register itself."""

from collections.abc import Sequence
from datetime import date

from app.domain.commitment_facts import Building, Facts, Overdue, Source
from app.domain.commitment_outlook import SOON, at_risk_from, coming_end
from app.domain.commitments import (
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
from app.domain.english import listed
from app.domain.facilities import CounterGap, CounterSpans, FacilityKind, GapCause
from app.domain.publications import PublicationLateness, SeriesStatus
from app.domain.spans import join, state_since

SECOND_PHASE = "new-met-for-london-2"


def counter(facts: Facts, line: Line) -> Verdicts:
    """Check that each borough has a front counter that never closes (C19)."""
    del line
    return {code: _judge_counter(facts.counters.get(code), facts.today) for code in facts.boroughs}


def _judge_counter(found: CounterSpans | None, today: date) -> Verdict:
    if found is None or not found.recorded:
        return unknown("No front counter of this borough was ever entered.")
    number = float(len(found.facility_ids))
    if found.holds:
        finding = "A front counter is open day and night."
        evidence = tuple({"kind": "facility", "id": str(one)} for one in found.facility_ids)
        verdict = Verdict(
            Status.MET, finding, found.since, number, 1.0, 0.0, "counters", evidence=evidence
        )
        return _with_coming(verdict, found.ahead, today)
    gap = found.gaps[-1]
    cause: list[dict[str, str]] = [{"kind": "facility", "id": str(gap.facility_id)}]
    evidence = tuple(cause if gap.facility_id is not None else [])
    since = found.since
    return Verdict(Status.BREACHED, _past(gap), since, 0.0, 1.0, 1.0, "counters", evidence=evidence)


def _past(gap: CounterGap) -> str:
    return {
        GapCause.NEVER_HAD_ONE: "No front counter was ever open day and night.",
        GapCause.COUNTER_CLOSED: f"{gap.facility_name} closed; no other front counter is open day "
        "and night.",
        GapCause.HOURS_CHANGED: f"{gap.facility_name} no longer opens day and night; no other "
        "front counter does.",
    }[gap.cause]


def _with_coming(verdict: Verdict, ahead: CounterGap | None, today: date) -> Verdict:
    """Return a kept verdict as at risk where the last counter is known to close within a month."""
    if ahead is None or ahead.days.starts_on > today + SOON:
        return verdict
    closes = ahead.cause is GapCause.COUNTER_CLOSED
    what = "is closed" if closes else "is open day and night no more"
    return at_risk_from(
        verdict,
        ahead.days.starts_on,
        f"{ahead.facility_name} {what}, and no other front counter is open day and night.",
    )


def co_located(facts: Facts, line: Line) -> Verdicts:
    """Check that a building shared with partners is open in each borough (C19)."""
    del line
    names = ("building shared with partners", "buildings shared with partners")
    return _each_building(facts, FacilityKind.CO_LOCATED, names, Status.AT_RISK)


def public_counter(facts: Facts, line: Line) -> Verdicts:
    """Check that a front counter is open at some hours in each borough (C40)."""
    del line
    names = ("front counter", "front counters")
    return _each_building(facts, FacilityKind.FRONT_COUNTER, names, Status.BREACHED)


def _each_building(facts: Facts, kind: str, names: tuple[str, str], missing: Status) -> Verdicts:
    if Source.FACILITIES not in facts.known:
        return dict.fromkeys(facts.boroughs, unknown("No facility was ever entered."))
    return {
        code: _judge_buildings(
            [b for b in facts.buildings.get(code, ()) if b.kind == kind],
            facts.today,
            names,
            missing,
        )
        for code in facts.boroughs
    }


def _judge_buildings(
    buildings: Sequence[Building], today: date, names: tuple[str, str], missing: Status
) -> Verdict:
    days = join(s for b in buildings for s in b.open_days)
    kept, since = state_since(days, today)
    ours = [b for b in buildings if any(span.contains(today) for span in b.open_days)]
    number = float(len(ours))
    one, more = names
    what = f"{number:.0f} {more} are" if len(ours) > 1 else f"{'One' if ours else 'No'} {one} is"
    evidence = tuple({"kind": "facility", "id": str(b.id)} for b in ours[:8])
    verdict = Verdict(
        Status.MET if kept else missing,
        f"{what} open in the borough.",
        since,
        number,
        1.0,
        max(0.0, 1.0 - number),
        "facilities",
        evidence,
    )
    breaks = missing is Status.BREACHED
    coming = coming_end(days, today) if breaks else None
    return at_risk_from(verdict, coming, f"no {one} is open in the borough.")


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
    """Check that what a commitment promises to publish came out in time (C27, C29, C31, C32).

    Broken since the first day on which a series that is overdue was so; kept since the last day on
    which one came to be up to date.
    """
    ours = [one for one in facts.publications if commitment.code in one.promise.commitments]
    if not ours:
        return {LONDON_CODE: unknown("No series of publications is entered for this promise.")}
    worst = min((one.status for one in ours), key=_LATENESS.index)
    overdue = [one for one in ours if one.status is SeriesStatus.OVERDUE]
    days = [one.since for one in ours if one.status is worst and one.since is not None]
    first_or_last = max if worst is SeriesStatus.UP_TO_DATE else min
    return {
        LONDON_CODE: Verdict(
            _SERIES[worst],
            " ".join(_series_told(one) for one in ours),
            first_or_last(days, default=None),
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
        return f"{title}: overdue since {told(one.since)}; {since}."
    if one.status is SeriesStatus.NOT_DUE and one.next_due_on is not None:
        return f"{title}: due on {told(one.next_due_on)}."
    return f"{title}: up to date." if last is None else f"{title}: last out on {told(last)}."


def assurance_of(register: Register) -> Verdicts:
    """Check how many promises of phase 2 have a check that anyone can follow (C42)."""
    ours = [one for one in register.commitments if one.programme == SECOND_PHASE]
    checked = [one for one in ours if any(line.check for line in one.lines)]
    without = [one.code for one in ours if one not in checked]
    kept = not without
    lacking = f"; {listed(without)} without" if without else ""
    finding = f"Promises known here with a check: {len(checked)} of {len(ours)}{lacking}."
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
