"""Checks of strength where it is needed: more officers where there is more crime (C02)."""

from decimal import Decimal

from app.domain.commitment_facts import Facts, Source
from app.domain.commitment_measures import stale_crime
from app.domain.commitment_outlook import at_risk_from
from app.domain.commitment_teams import change_after, each_ward, place_of, run_start, spans_of
from app.domain.commitments import LONDON_CODE, Line, Status, Verdict, Verdicts, unknown
from app.domain.correlations import rank_correlation
from app.domain.coverage import Span
from app.domain.teams import WARD_ONLY

NEEDIEST = 10
"""One ward in so many counts as an area of higher crime."""


def strength_by_need(facts: Facts, line: Line) -> Verdicts:
    """Check that the tenth of wards with most recorded crime has more than the minimum (C02)."""
    del line
    if facts.crime is None:
        return dict.fromkeys(facts.wards, unknown("No year of recorded crime is known."))
    if (old := stale_crime(facts.crime, facts.today)) is not None:
        return dict.fromkeys(facts.wards, old)
    counts = facts.crime.wards
    ranked = sorted(counts, key=lambda code: (-counts[code].total, code))
    neediest = frozenset(ranked[: len(ranked) // NEEDIEST])
    months = f"{facts.crime.first_month} to {facts.crime.last_month}"

    def judge(code: str) -> Verdict:
        if code not in counts:
            return unknown("Recorded crime of this ward is not known for the whole year.")
        if code not in neediest:
            text = (
                f"Not in the tenth of wards with most recorded crime ({months}); "
                "no more than the minimum is asked."
            )
            return Verdict(Status.MET, text)
        return _judge_need(facts, code, months)

    return each_ward(facts, judge)


def _judge_need(facts: Facts, ward: str, months: str) -> Verdict:
    spans = spans_of(facts, ward)
    place = place_of(spans, facts.today)
    strength, least = _strength(spans[place])
    above = strength > least
    verdict = Verdict(
        Status.MET if above else Status.BREACHED,
        f"In the tenth of wards with most recorded crime ({months}); more than the minimum of "
        f"{least} officers is asked, and {strength:.2f} are posted.",
        run_start(spans, place, lambda s: _is_above(s) == above),
        float(strength),
        float(least),
        None,
        "officers",
    )
    change = change_after(spans, place, lambda s: not _is_above(s))
    if change is None:
        return verdict
    return at_risk_from(verdict, change.starts_on, f"{_strength(change)[0]:.2f} are posted.")


def _is_above(span: Span) -> bool:
    strength, least = _strength(span)
    return strength > least


def _strength(span: Span) -> tuple[Decimal, int]:
    ours = [c for c in span.roles if c.role in WARD_ONLY]
    return sum((c.posted for c in ours), Decimal(0)), sum(c.required for c in ours)


def strength_follows_crime(facts: Facts, line: Line) -> Verdicts:
    """Check that posted strength goes with recorded crime over all wards (C02)."""
    del line
    if facts.crime is None or Source.POSTINGS not in facts.known:
        return {LONDON_CODE: unknown("Postings and a year of recorded crime are both needed.")}
    if (old := stale_crime(facts.crime, facts.today)) is not None:
        return {LONDON_CODE: old}
    wards = [code for code in facts.wards if code in facts.crime.wards]
    strengths = [float(_posted_today(facts, code)) for code in wards]
    found = rank_correlation(strengths, [facts.crime.wards[code].total for code in wards])
    if found.coefficient is None or found.low is None or found.high is None:
        text = f"Over {found.n} wards no order of strength can be told: all teams are alike."
        return {LONDON_CODE: Verdict(Status.BREACHED, text)}
    status = Status.MET if found.low > 0 else Status.AT_RISK
    status = Status.BREACHED if found.high < 0 else status
    text = (
        f"Spearman's coefficient {found.coefficient:.2f} over {found.n} wards "
        f"(95 % interval {found.low:.2f} to {found.high:.2f})."
    )
    value = round(found.coefficient, 3)
    return {LONDON_CODE: Verdict(status, text, None, value, 0.0, None, "coefficient")}


def _posted_today(facts: Facts, ward: str) -> Decimal:
    posts = facts.ward_posts.get(ward, ())
    return sum(
        (p.fte for p in posts if p.role in WARD_ONLY and p.days.contains(facts.today)), Decimal(0)
    )
