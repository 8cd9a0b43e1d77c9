"""Checks of who is taken away from ward teams (C21, C22), and of how many serve (C20, C23)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from app.domain.commitment_facts import Facts, Post, Source
from app.domain.commitment_teams import NO_POSTINGS, each_ward
from app.domain.commitments import DAY, LONDON_CODE, Line, Status, Verdict, Verdicts, told, unknown
from app.domain.events import PLAN_PUBLISHED_ON
from app.domain.spans import DaySpan, cut, join, state_since
from app.domain.teams import PostingRole

WINDOW = timedelta(days=28)
MOST = Decimal("0.1")
"""Assumed: more than a tenth of the officer-days of 28 days is no protection of a team."""
LOOK_BACK = timedelta(days=120)
MORE_PCSOS = 500
VOLUNTEERS = (PostingRole.SPECIAL_CONSTABLE, PostingRole.VOLUNTEER)


def abstractions(facts: Facts, line: Line) -> Verdicts:
    """Check that nobody is taken away from a ward but for an exceptional reason (C21)."""
    del line
    return each_ward(facts, lambda c: _judge_today(facts.ward_posts.get(c, ()), facts.today))


def _judge_today(posts: Sequence[Post], today: date) -> Verdict:
    ordinary = [
        (post, span)
        for post in posts
        for absence in post.absences
        if not absence.exceptional
        and (span := cut(DaySpan(absence.starts_on, absence.ends_on), post.days))
    ]
    away, since = state_since(join(span for _, span in ordinary), today)
    gone = {post.id: post.fte for post, span in ordinary if span.contains(today)}
    if since is None:
        since = min((p.starts_on for p in posts if p.starts_on <= today), default=None)
    fte = float(sum(gone.values(), Decimal(0)))
    who = f"{fte:.2f} officers are" if away else "Nobody is"
    return Verdict(
        Status.BREACHED if away else Status.MET,
        f"{who} taken away for a reason that is not marked exceptional.",
        since,
        fte,
        0.0,
        fte,
        "officers",
        tuple({"kind": "posting", "id": str(one)} for one in list(gone)[:8]),
    )


def abstraction_share(facts: Facts, line: Line) -> Verdicts:
    """Check that little of each team's time over 28 days was taken away (C22)."""
    del line
    return each_ward(facts, lambda c: _judge_share(facts.ward_posts.get(c, ()), facts.today))


def _judge_share(posts: Sequence[Post], today: date) -> Verdict:
    share = _share_taken(posts, today)
    if share is None:
        return unknown("Nobody was posted to the ward in the last 28 days.")
    kept = share <= MOST
    rounded = float(round(share, 2))
    return Verdict(
        Status.MET if kept else Status.BREACHED,
        f"{100 * rounded:.0f} % of the officer-days posted over 28 days were taken away.",
        _share_since(posts, today, kept=kept),
        rounded,
        float(MOST),
        None if kept else round(rounded - float(MOST), 2),
        "share",
    )


def _share_taken(posts: Sequence[Post], day: date) -> Decimal | None:
    window = DaySpan(day - WINDOW + DAY, day + DAY)
    posted = away = Decimal(0)
    for post in posts:
        here = cut(post.days, window)
        if here is None:
            continue
        posted += post.fte * here.days
        gone = (cut(DaySpan(a.starts_on, a.ends_on), here) for a in post.absences)
        away += post.fte * sum(span.days for span in gone if span is not None)
    return away / posted if posted else None


def _share_since(posts: Sequence[Post], today: date, *, kept: bool) -> date | None:
    """Return since when the share has been on this side of the bound, looking back 120 days."""
    if not any(post.absences for post in posts):
        return min((post.starts_on for post in posts), default=None)
    day = today
    while day > today - LOOK_BACK:
        share = _share_taken(posts, day - DAY)
        if share is None or (share <= MOST) != kept:
            break
        day -= DAY
    return day


def more_pcsos(facts: Facts, line: Line) -> Verdicts:
    """Check that 500 more PCSOs are posted than on the day the plan came out (C20)."""
    del line
    return _compare_numbers(facts, [PostingRole.PCSO], "PCSOs", MORE_PCSOS)


def more_volunteers(facts: Facts, line: Line) -> Verdicts:
    """Check that more volunteers and special constables serve than when the plan came out (C23)."""
    del line
    return _compare_numbers(facts, VOLUNTEERS, "volunteers and special constables", 1)


def _compare_numbers(facts: Facts, roles: Iterable[str], what: str, target: int) -> Verdicts:
    if Source.POSTINGS not in facts.known:
        return {LONDON_CODE: unknown(NO_POSTINGS)}
    everybody = [p for posts in facts.ward_posts.values() for p in posts]
    everybody += [p for posts in facts.borough_posts.values() for p in posts]
    wanted = frozenset(roles)
    now = _number(everybody, wanted, facts.today)
    if not any(post.days.contains(PLAN_PUBLISHED_ON) for post in everybody):
        text = (
            f"{now:.2f} {what} are posted; who was posted on {told(PLAN_PUBLISHED_ON)}, "
            "when the plan came out, was never entered."
        )
        return {LONDON_CODE: unknown(text)}
    before = _number(everybody, wanted, PLAN_PUBLISHED_ON)
    more = now - before
    kept = more >= target
    finding = f"{now:.2f} {what} are posted; {before:.2f} were when the plan came out."
    status = Status.MET if kept else Status.BREACHED
    short = float(max(Decimal(0), target - more))
    return {
        LONDON_CODE: Verdict(
            status,
            finding,
            _reached(everybody, wanted, before + target, facts.today, kept=kept),
            float(more),
            float(target),
            short,
            "officers",
        )
    }


def _number(posts: Iterable[Post], roles: frozenset[str], day: date) -> Decimal:
    ours = (p.fte for p in posts if p.role in roles and p.days.contains(day))
    return sum(ours, Decimal(0))


def _reached(
    posts: Sequence[Post], roles: frozenset[str], wanted: Decimal, today: date, *, kept: bool
) -> date | None:
    """Return since when the number has been on this side of what is wanted."""
    ours = [post for post in posts if post.role in roles]
    turns = {day for p in ours for day in (p.days.starts_on, p.days.ends_on)}
    since = None
    for day in sorted((d for d in turns if PLAN_PUBLISHED_ON < d <= today), reverse=True):
        if (_number(ours, roles, day) >= wanted) != kept:
            return since
        since = day
    return since if kept else None
