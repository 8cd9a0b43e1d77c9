"""Checks of teams: two officers and a PCSO in every ward, more where needed, none taken away."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from app.domain.commitment_facts import Facts, Post, Source
from app.domain.commitments import (
    DAY,
    LONDON_CODE,
    Line,
    Status,
    Verdict,
    Verdicts,
    told,
    unknown,
)
from app.domain.correlations import rank_correlation
from app.domain.coverage import RoleCover, Span, coverage_spans
from app.domain.events import PLAN_PUBLISHED_ON
from app.domain.spans import join, state_since
from app.domain.teams import BOROUGH_LEADERSHIP, WARD_ONLY, PostingRole

NO_POSTINGS = "No posting was ever entered."
SOON = timedelta(days=30)
NEEDIEST = 10
"""One ward in so many counts as an area of higher crime."""
ROLE_NAMES = {
    PostingRole.DEDICATED_WARD_OFFICER: "dedicated ward officers",
    PostingRole.PCSO: "PCSOs",
}
Measure = Callable[[Facts, Line], Verdicts]


def ward_team(facts: Facts, line: Line) -> Verdicts:
    """Check each ward's posted officers against the standard in force (C01)."""
    del line
    return each_ward(facts, lambda code: _judge_team(facts, code, available=False))


def ward_team_available(facts: Facts, line: Line) -> Verdicts:
    """Check each ward's officers that are not taken away against the standard (C01)."""
    del line
    return each_ward(facts, lambda code: _judge_team(facts, code, available=True))


def each_ward(facts: Facts, judge: Callable[[str], Verdict]) -> Verdicts:
    """Return what a judge says of each ward, unless no posting was ever entered."""
    if Source.POSTINGS not in facts.known:
        return dict.fromkeys(facts.wards, unknown(NO_POSTINGS))
    return {code: judge(code) for code in facts.wards}


def spans_of(facts: Facts, ward: str) -> list[Span]:
    """Return a ward's coverage from the day the plan came out to a month from today."""
    standard = [*facts.requirements.get(None, ()), *facts.requirements.get(ward, ())]
    start = max(PLAN_PUBLISHED_ON, facts.wards[ward].opens_on or PLAN_PUBLISHED_ON)
    stints = [post.stint for post in facts.ward_posts.get(ward, ())]
    return coverage_spans(stints, standard, start=start, end=facts.today + SOON + DAY)


def _judge_team(facts: Facts, ward: str, *, available: bool) -> Verdict:
    spans = spans_of(facts, ward)
    place = next(i for i, s in enumerate(spans) if s.starts_on <= facts.today < s.ends_on)
    span = spans[place]
    if not span.has_standard:
        return unknown("No standard for the team is in force.")
    kept = _kept(span, available=available)
    since = _run_start(spans, place, lambda s: _kept(s, available=available) == kept)
    filled = sum(min(_there(c, available=available), Decimal(c.required)) for c in span.roles)
    wanted = sum(c.required for c in span.roles)
    status, finding = (Status.MET if kept else Status.BREACHED), _sentence(span, available)
    if kept and not available and (change := _coming_change(spans[place + 1 :], facts.today)):
        status, since = Status.AT_RISK, max(since, change.starts_on - SOON)
        finding += f" From {told(change.starts_on)} on: {_sentence(change, available)}"
    return Verdict(
        status,
        finding,
        since,
        float(filled),
        float(wanted),
        float(wanted - filled),
        "officers",
        _postings(facts.ward_posts.get(ward, ()), facts.today, since),
    )


def _kept(span: Span, *, available: bool) -> bool:
    return span.compliant_available if available else span.compliant_posted


def _there(cover: RoleCover, *, available: bool) -> Decimal:
    return cover.available if available else cover.posted


def _run_start(spans: Sequence[Span], place: int, same: Callable[[Span], bool]) -> date:
    while place and same(spans[place - 1]):
        place -= 1
    return spans[place].starts_on


def _coming_change(later: Iterable[Span], today: date) -> Span | None:
    """Return the first span, beginning within a month, whose postings miss the standard."""
    soon = (s for s in later if s.starts_on <= today + SOON and not s.compliant_posted)
    return next(soon, None)


def _sentence(span: Span, available: bool) -> str:  # noqa: FBT001 - it words what it is told
    parts = [
        f"{_there(c, available=available):.2f} of {c.required} {_role(c.role)}"
        for c in span.roles
        if c.required
    ]
    return f"{' and '.join(parts)} {'posted and not taken away' if available else 'posted'}."


def _role(role: str) -> str:
    return ROLE_NAMES.get(PostingRole(role), role.replace("_", " "))


def _postings(posts: Sequence[Post], today: date, since: date) -> tuple[dict[str, str], ...]:
    """Return the postings that run today, and the one whose end began this state."""
    found = [{"kind": "posting", "id": str(p.id)} for p in posts if p.days.contains(today)]
    ended = [
        {"kind": "posting", "id": str(p.id), "ended_on": since.isoformat()}
        for p in posts
        if p.days.ends_on == since
    ]
    return tuple([*ended, *found][:8])


def strength_by_need(facts: Facts, line: Line) -> Verdicts:
    """Check that the tenth of wards with most recorded crime has more than the minimum (C02)."""
    del line
    if facts.crime is None:
        return dict.fromkeys(facts.wards, unknown("No year of recorded crime is known."))
    counts = facts.crime.wards
    ranked = sorted(counts, key=lambda code: (-counts[code].total, code))
    neediest = frozenset(ranked[: len(ranked) // NEEDIEST])
    months = f"{facts.crime.first_month} to {facts.crime.last_month}"

    def judge(code: str) -> Verdict:
        if code not in counts:
            return unknown("Recorded crime of this ward is not known for the whole year.")
        if code not in neediest:
            text = f"Not in the tenth of wards with most recorded crime ({months}); no more asked."
            return Verdict(Status.MET, text)
        return _judge_need(facts, code, months)

    return each_ward(facts, judge)


def _judge_need(facts: Facts, ward: str, months: str) -> Verdict:
    spans = spans_of(facts, ward)
    place = next(i for i, s in enumerate(spans) if s.starts_on <= facts.today < s.ends_on)
    strength, least = _strength(spans[place])
    above = strength > least
    since = _run_start(spans, place, lambda s: (_strength(s)[0] > _strength(s)[1]) == above)
    finding = (
        f"In the tenth of wards with most recorded crime ({months}); {strength:.2f} officers are "
        f"posted, more than the least of {least} {'as asked' if above else 'are asked'}."
    )
    status = Status.MET if above else Status.BREACHED
    return Verdict(status, finding, since, float(strength), float(least), None, "officers")


def _strength(span: Span) -> tuple[Decimal, int]:
    ours = [c for c in span.roles if c.role in WARD_ONLY]
    return sum((c.posted for c in ours), Decimal(0)), sum(c.required for c in ours)


def strength_follows_crime(facts: Facts, line: Line) -> Verdicts:
    """Check that posted strength goes with recorded crime over all wards (C02)."""
    del line
    if facts.crime is None or Source.POSTINGS not in facts.known:
        return {LONDON_CODE: unknown("Postings and a year of recorded crime are both needed.")}
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


def ward_has_team(facts: Facts, line: Line) -> Verdicts:
    """Check that somebody is posted to each ward (C03)."""
    del line
    return each_ward(facts, lambda c: _manned(facts, facts.ward_posts.get(c, ()), "the ward"))


def ward_named_officer(facts: Facts, line: Line) -> Verdicts:
    """Check that somebody on each ward's team is shown by name (N01)."""
    del line

    def judge(code: str) -> Verdict:
        shown = [post for post in facts.ward_posts.get(code, ()) if post.shown]
        return _manned(facts, shown, "the ward and shown by name")

    return each_ward(facts, judge)


def manned_by(roles: Iterable[str], what: str, *, anywhere: bool = False) -> Measure:
    """Return the check that somebody in one of these roles is posted to each borough.

    `anywhere` counts those on its wards' teams too.
    """
    wanted = frozenset(roles)

    def measure(facts: Facts, line: Line) -> Verdicts:
        del line
        if Source.POSTINGS not in facts.known:
            return dict.fromkeys(facts.boroughs, unknown(NO_POSTINGS))
        posts = {code: list(facts.borough_posts.get(code, ())) for code in facts.boroughs}
        if anywhere:
            for ward in facts.wards.values():
                posts[ward.borough_code] += facts.ward_posts.get(ward.code, ())
        return {
            code: _manned(facts, [p for p in found if p.role in wanted], f"the borough {what}")
            for code, found in posts.items()
        }

    return measure


borough_has_team = manned_by(BOROUGH_LEADERSHIP, "as sergeant, inspector or superintendent")
superintendent = manned_by([PostingRole.BOROUGH_SUPERINTENDENT], "as its superintendent")
lgbt_liaison = manned_by([PostingRole.LGBT_LIAISON], "as LGBT+ liaison officer", anywhere=True)


def _manned(facts: Facts, posts: Sequence[Post], where: str) -> Verdict:
    spans = join(post.days for post in posts)
    kept, since = state_since(spans, facts.today)
    number = sum(1 for post in posts if post.days.contains(facts.today))
    noun = {0: "Nobody is", 1: "One person is"}.get(number, f"{number} people are")
    return Verdict(
        Status.MET if kept else Status.BREACHED,
        f"{noun} posted to {where}.",
        since,
        float(number),
        1.0,
        float(not kept),
        "people",
        _postings(posts, facts.today, since or facts.today),
    )


def engagement_team(facts: Facts, line: Line) -> Verdicts:
    """Check that each borough ever tried a community engagement team (C11)."""
    del line
    if Source.POSTINGS not in facts.known:
        return dict.fromkeys(facts.boroughs, unknown(NO_POSTINGS))
    first: dict[str, date] = {}
    for posts in (*facts.borough_posts.values(), *facts.ward_posts.values()):
        for post in posts:
            if post.role == PostingRole.ENGAGEMENT_TEAM and post.starts_on <= facts.today:
                first[post.borough] = min(post.starts_on, first.get(post.borough, date.max))
    return {
        code: Verdict(Status.MET, "An engagement team was tried.", first[code])
        if code in first
        else Verdict(Status.BREACHED, "Nobody was ever posted to an engagement team.")
        for code in facts.boroughs
    }
