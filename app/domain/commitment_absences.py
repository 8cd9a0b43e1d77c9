"""Checks of who is taken away from ward teams (C21), and of how many serve (C20, C23)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.commitment_facts import Facts, Post, Source
from app.domain.commitment_outlook import SOON, at_risk_from
from app.domain.commitment_teams import NO_POSTINGS, each_ward
from app.domain.commitments import LONDON_CODE, Line, Status, Verdict, Verdicts, told, unknown
from app.domain.events import PLAN_PUBLISHED_ON
from app.domain.spans import DaySpan, cut, join, state_since
from app.domain.teams import PostingRole

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
    verdict = Verdict(
        Status.BREACHED if away else Status.MET,
        f"{who} taken away for a reason that is not marked exceptional.",
        since,
        fte,
        0.0,
        fte,
        "officers",
    )
    coming = (span.starts_on for _, span in ordinary if today < span.starts_on <= today + SOON)
    return at_risk_from(verdict, min(coming, default=None), "somebody is to be taken away so.")


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
    serving = _Serving([post for post in everybody if post.role in frozenset(roles)])
    now = serving.on(facts.today)
    if not any(post.days.contains(PLAN_PUBLISHED_ON) for post in everybody):
        text = (
            f"{now:.2f} {what} are posted; who was posted on {told(PLAN_PUBLISHED_ON)}, "
            "when the plan came out, was never entered."
        )
        return {LONDON_CODE: unknown(text)}
    before = serving.on(PLAN_PUBLISHED_ON)
    wanted = before + target
    verdict = Verdict(
        Status.MET if now >= wanted else Status.BREACHED,
        f"{now:.2f} {what} are posted; {before:.2f} were when the plan came out.",
        serving.reached(wanted, facts.today),
        float(now - before),
        float(target),
        float(max(Decimal(0), wanted - now)),
        "officers",
    )
    falls = serving.falls_below(wanted, facts.today)
    left = f"{serving.on(falls or facts.today):.2f} {what} are posted."
    return {LONDON_CODE: at_risk_from(verdict, falls, left)}


@dataclass(frozen=True, slots=True)
class _Serving:
    """How many serve on any day, by these posts."""

    posts: Sequence[Post]

    def on(self, day: date) -> Decimal:
        """Return the number of a day, in full-time equivalents."""
        return sum((p.fte for p in self.posts if p.days.contains(day)), Decimal(0))

    def _turns(self) -> list[date]:
        return sorted({day for p in self.posts for day in (p.days.starts_on, p.days.ends_on)})

    def reached(self, wanted: Decimal, today: date) -> date | None:
        """Return since when the number has been on this side of what is wanted."""
        kept, since = self.on(today) >= wanted, None
        for day in reversed([d for d in self._turns() if PLAN_PUBLISHED_ON < d <= today]):
            if (self.on(day) >= wanted) != kept:
                return since
            since = day
        return since if kept else None

    def falls_below(self, wanted: Decimal, today: date) -> date | None:
        """Return the first day of the next month on which the number is known to fall short."""
        soon = (day for day in self._turns() if today < day <= today + SOON)
        return next((day for day in soon if self.on(day) < wanted), None)
