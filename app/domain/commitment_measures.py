"""Checks of measures: trust by area and group (C12 to C14), and recorded crime (C15)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from math import sqrt

from app.domain.commitment_facts import CrimeFact, CrimeYear, Facts, Trust
from app.domain.commitments import DAY, LONDON_CODE, Line, Status, Verdict, Verdicts, told, unknown
from app.domain.intervals import newcombe
from app.domain.measures import EVERYBODY, Figure, Gap
from app.domain.publications import add_months

TRUST = (
    "good-job-locally",
    "trust-the-met",
    "victims-satisfied",
    "treated-fairly",
    "stop-and-search-fair",
)
"""The five headline measures of trust."""
GAP_MEASURE = "trust-the-met"
GAP_GROUPS = {
    "black": "Black",
    "ethnic-minority": "ethnic minority",
    "lgbt": "LGBT+",
    "women": "women",
}
YEAR = 12
NO_MEASURES = "No survey figure was ever read in."
NO_CRIME = "Two years of recorded crime by month are needed."
CHANCE = 1.96
Areas = Iterable[str]


def last_day_of(began_on: date) -> date:
    """Return until when figures tell of today: a year after their latest period or month began.

    One rule for surveys and for recorded crime (C02, C12 to C15).
    """
    return add_months(began_on, YEAR)


def _too_old(began_on: date, what: str) -> Verdict:
    """Return the verdict of a line whose figures tell nothing of today any more."""
    text = f"{what}; figures tell of today for a year after that."
    return Verdict(Status.NOT_MEASURABLE, text, last_day_of(began_on) + DAY)


def stale_crime(year: CrimeYear, today: date) -> Verdict | None:
    """Return why recorded crime tells nothing of today, or `None` where it does."""
    began_on = date.fromisoformat(f"{year.last_month}-01")
    if today <= last_day_of(began_on):
        return None
    return _too_old(began_on, f"The latest month of recorded crime began on {told(began_on)}")


def measured_borough(facts: Facts, line: Line) -> Verdicts:
    """Check that trust was measured in each borough within a year (C12)."""
    del line
    return _measured(facts, facts.boroughs)


def measured_ward(facts: Facts, line: Line) -> Verdicts:
    """Check that trust was measured in each ward within a year (C12)."""
    del line
    return _measured(facts, facts.wards)


def _measured(facts: Facts, areas: Areas) -> Verdicts:
    if not facts.trust:
        return dict.fromkeys(areas, unknown(NO_MEASURES))
    return {code: _judge_measured(facts.trust.get(code, {}), facts.today) for code in areas}


def _judge_measured(trust: Trust, today: date) -> Verdict:
    periods = sorted({on for _, on, group in trust if group == EVERYBODY})
    if not periods:
        return Verdict(Status.BREACHED, "Trust was never measured here.")
    ends = last_day_of(periods[-1])
    since = periods[-1]
    for on in reversed(periods):
        since = on if last_day_of(on) >= since else since
    finding = f"The latest period measured began on {told(periods[-1])}."
    if today <= ends:
        return Verdict(Status.MET, finding, since)
    return Verdict(Status.BREACHED, finding, ends + DAY)


def _run(
    trust: Trust, judge: Callable[[date], Verdict | None], measures: Areas
) -> tuple[Verdict | None, date | None]:
    """Return the latest period's verdict, and the first period of the run it ends."""
    periods = sorted({on for code, on, _ in trust if code in measures}, reverse=True)
    latest: Verdict | None = None
    since: date | None = None
    for on in periods:
        verdict = judge(on)
        if verdict is None:
            if latest is None:
                continue
            break
        if latest is not None and verdict.status is not latest.status:
            break
        latest, since = latest or verdict, on
    return latest, since


def trust_on_the_year(facts: Facts, line: Line) -> Verdicts:
    """Check that none of the five measures fell on the year in each borough (C13)."""
    del line
    return _each_surveyed(facts, _judge_trust, TRUST)


def gaps_on_the_year(facts: Facts, line: Line) -> Verdicts:
    """Check that no group's gap in trust widened on the year in each borough (C14)."""
    del line
    return _each_surveyed(facts, _judge_gaps, (GAP_MEASURE,))


def _each_surveyed(
    facts: Facts, judge: Callable[[Trust, date], Verdict | None], measures: Areas
) -> Verdicts:
    if not facts.trust:
        return dict.fromkeys(facts.boroughs, unknown(NO_MEASURES))
    wanted = frozenset(measures)
    found: dict[str, Verdict] = {}
    for code in facts.boroughs:
        trust = facts.trust.get(code, {})
        latest, since = _run(trust, partial(judge, trust), wanted)
        found[code] = _as_of_today(latest, since, facts.today)
    return found


def _as_of_today(latest: Verdict | None, since: date | None, today: date) -> Verdict:
    """Return the verdict of the latest period that may be compared, unless it is too old."""
    if latest is None or latest.since is None:
        return unknown("No two figures a year apart may be told.")
    if today > last_day_of(latest.since):
        when = f"began on {told(latest.since)}"
        return _too_old(latest.since, f"The latest period to compare with a year before {when}")
    return replace(latest, since=since)


def _pair(trust: Trust, code: str, on: date, group: str) -> tuple[Figure, Figure] | None:
    now, then = trust.get((code, on, group)), trust.get((code, add_months(on, -YEAR), group))
    if now is None or then is None or now.share is None or then.share is None:
        return None
    return now, then


def _judge_trust(trust: Trust, on: date) -> Verdict | None:
    pairs = {code: _pair(trust, code, on, EVERYBODY) for code in TRUST}
    known = {code: pair for code, pair in pairs.items() if pair is not None}
    if not known:
        return None
    fallen = [code for code, (now, then) in known.items() if _fell(now, then)]
    which = f": {', '.join(code.replace('-', ' ') for code in fallen)}" if fallen else ""
    finding = (
        f"{len(fallen)} of {len(known)} measures fell by more than chance between the periods "
        f"that began on {told(add_months(on, -YEAR))} and {told(on)}{which}."
    )
    status = Status.AT_RISK if fallen else Status.ON_TRACK
    kept = float(len(known) - len(fallen))
    return Verdict(
        status, finding, on, kept, float(len(TRUST)), float(len(TRUST)) - kept, "measures"
    )


def _fell(now: Figure, then: Figure) -> bool:
    if now.share is None or then.share is None or now.base is None or then.base is None:
        return False
    return newcombe(now.share, now.base, then.share, then.base)[1] < 0


def _judge_gaps(trust: Trust, on: date) -> Verdict | None:
    wider: list[str] = []
    known = 0
    for group, name in GAP_GROUPS.items():
        ours, all_ = _pair(trust, GAP_MEASURE, on, group), _pair(trust, GAP_MEASURE, on, EVERYBODY)
        if ours is None or all_ is None:
            continue
        known += 1
        now, then = Gap(ours[0], all_[0]), Gap(ours[1], all_[1])
        if now.interval is not None and then.gap is not None and now.interval[1] < then.gap:
            wider.append(name)
    if not known:
        return None
    which = f": {', '.join(wider)}" if wider else ""
    finding = (
        f"{len(wider)} of {known} gaps that may be told grew by more than chance between the "
        f"periods that began on {told(add_months(on, -YEAR))} and {told(on)}{which}."
    )
    status = Status.AT_RISK if wider else Status.ON_TRACK
    return Verdict(
        status, finding, on, float(known - len(wider)), float(known), float(len(wider)), "groups"
    )


def neighbourhood_crime(facts: Facts, line: Line) -> Verdicts:
    """Compare neighbourhood crime of the last two years, by borough and for London (C15)."""
    del line
    return _crime(facts, lambda fact: fact.neighbourhood, "neighbourhood crimes")


def serious_violence(facts: Facts, line: Line) -> Verdicts:
    """Compare serious violence of the last two years, by borough and for London (C15)."""
    del line
    return _crime(facts, lambda fact: fact.serious, "crimes of serious violence")


def _crime(facts: Facts, of: Callable[[CrimeFact], tuple[int, int]], what: str) -> Verdicts:
    areas = [*facts.boroughs, LONDON_CODE]
    year = facts.crime
    if year is None or not year.has_year_before:
        return dict.fromkeys(areas, unknown(NO_CRIME))
    if (old := stale_crime(year, facts.today)) is not None:
        return dict.fromkeys(areas, old)
    months = f"{year.first_month} to {year.last_month}"
    sums: dict[str, list[int]] = {code: [0, 0, 0, 0] for code in areas}
    for ward in facts.wards.values():
        fact = year.wards.get(ward.code)
        for code in (ward.borough_code, LONDON_CODE):
            now, then = of(fact) if fact else (0, 0)
            together = sums.setdefault(code, [0, 0, 0, 0])
            one = (now, then, fact is not None, 1)
            sums[code] = [a + b for a, b in zip(together, one, strict=True)]
    return {code: _judge_crime(sums[code], what, months) for code in areas}


def _judge_crime(sums: list[int], what: str, months: str) -> Verdict:
    now, then, counted, wards = sums
    if not counted:
        return unknown(NO_CRIME)
    if counted < wards:
        return unknown(f"{NO_CRIME} They are there for {counted} of {wards} wards.")
    more = now - then > CHANCE * sqrt(now + then)
    finding = f"{now} {what} were recorded from {months}, {then} in the twelve months before."
    status = Status.AT_RISK if more else Status.ON_TRACK
    return Verdict(
        status, finding, None, float(now), float(then), float(max(0, now - then)), "crimes"
    )
