"""Checks of teams: two officers and a PCSO in every ward, and who leads and serves a borough."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from app.domain.commitment_facts import Facts, Post, Source
from app.domain.commitment_outlook import SOON, at_risk_from, coming_end
from app.domain.commitments import DAY, Line, Status, Verdict, Verdicts, unknown
from app.domain.coverage import RoleCover, Span, coverage_spans
from app.domain.events import PLAN_PUBLISHED_ON
from app.domain.spans import join, state_since
from app.domain.teams import BOROUGH_LEADERSHIP, PostingRole

NO_POSTINGS = "No posting was ever entered."
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


def place_of(spans: Sequence[Span], today: date) -> int:
    """Return which of the spans holds today."""
    return next(i for i, s in enumerate(spans) if s.starts_on <= today < s.ends_on)


def _judge_team(facts: Facts, ward: str, *, available: bool) -> Verdict:
    spans = spans_of(facts, ward)
    place = place_of(spans, facts.today)
    span = spans[place]
    if not span.has_standard:
        return unknown("No standard for the team is in force.")
    kept = _kept(span, available=available)
    since = run_start(spans, place, lambda s: _kept(s, available=available) == kept)
    filled = sum(min(_there(c, available=available), Decimal(c.required)) for c in span.roles)
    wanted = sum(c.required for c in span.roles)
    verdict = Verdict(
        Status.MET if kept else Status.BREACHED,
        _sentence(span, available),
        since,
        float(filled),
        float(wanted),
        float(wanted - filled),
        "officers",
        _endings(facts.ward_posts.get(ward, ()), since),
    )
    change = change_after(spans, place, lambda s: not _kept(s, available=available))
    if change is None:
        return verdict
    return at_risk_from(verdict, change.starts_on, _sentence(change, available))


def _kept(span: Span, *, available: bool) -> bool:
    return span.compliant_available if available else span.compliant_posted


def _there(cover: RoleCover, *, available: bool) -> Decimal:
    return cover.available if available else cover.posted


def run_start(spans: Sequence[Span], place: int, same: Callable[[Span], bool]) -> date:
    """Return the first day of the unbroken row of alike spans that ends with one of them."""
    while place and same(spans[place - 1]):
        place -= 1
    return spans[place].starts_on


def change_after(spans: Sequence[Span], place: int, broken: Callable[[Span], bool]) -> Span | None:
    """Return the first span after one, beginning within a month, that will break a promise."""
    return next((span for span in spans[place + 1 :] if broken(span)), None)


def _sentence(span: Span, available: bool) -> str:  # noqa: FBT001 - it words what it is told
    parts = [
        f"{_there(c, available=available):.2f} of {c.required} {_role(c.role)}"
        for c in span.roles
        if c.required
    ]
    return f"{' and '.join(parts)} {'posted and not taken away' if available else 'posted'}."


def _role(role: str) -> str:
    return ROLE_NAMES.get(PostingRole(role), role.replace("_", " "))


def _endings(posts: Sequence[Post], since: date | None) -> tuple[dict[str, str], ...]:
    """Return the posts that ended as this state began: role and day, as coverage tells anybody."""
    return tuple(
        {"kind": "posting_ended", "role": post.role, "on": since.isoformat()}
        for post in posts
        if since is not None and post.days.ends_on == since
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
    verdict = Verdict(
        Status.MET if kept else Status.BREACHED,
        f"{noun} posted to {where}.",
        since,
        float(number),
        1.0,
        float(not kept),
        "people",
        _endings(posts, since),
    )
    return at_risk_from(verdict, coming_end(spans, facts.today), f"nobody is posted to {where}.")


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
