"""The check of how much of a team's time is taken away (C22), exact on every day there was."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from app.domain.commitment_facts import Facts, Post
from app.domain.commitment_outlook import SOON, at_risk_from
from app.domain.commitment_teams import each_ward
from app.domain.commitments import DAY, Line, Status, Verdict, Verdicts, unknown
from app.domain.events import PLAN_PUBLISHED_ON
from app.domain.spans import DaySpan, cut

WINDOW = timedelta(days=28)
MOST = Decimal("0.1")
"""Assumed: more than a tenth of the officer-days of 28 days is no protection of a team."""
NONE = Decimal(0)
Weighed = tuple[DaySpan, Decimal]


def abstraction_share(facts: Facts, line: Line) -> Verdicts:
    """Check that little of each team's time over 28 days was taken away (C22)."""
    del line
    return each_ward(facts, lambda c: _judge_share(facts.ward_posts.get(c, ()), facts.today))


def _judge_share(posts: Sequence[Post], today: date) -> Verdict:
    time = _TeamTime(posts)
    share = time.share_on(today)
    if share is None:
        return unknown("Nobody was posted to the ward in the last 28 days.")
    kept = share <= MOST
    rounded = float(round(share, 2))
    verdict = Verdict(
        Status.MET if kept else Status.BREACHED,
        f"{100 * rounded:.0f} % of the officer-days posted over 28 days were taken away.",
        max(time.same_since(today), PLAN_PUBLISHED_ON),
        rounded,
        float(MOST),
        None if kept else round(rounded - float(MOST), 2),
        "share",
    )
    coming = time.crossed_by(today + SOON, today) if kept else None
    return at_risk_from(verdict, coming, "more than a tenth, by the absences known now.")


class _Total:
    """Officer-days up to any day, summed once so that each question costs one search."""

    def __init__(self, spans: Iterable[Weighed]) -> None:
        changes: dict[date, Decimal] = defaultdict(Decimal)
        for span, fte in spans:
            changes[span.starts_on] += fte
            changes[span.ends_on] -= fte
        self.days = sorted(changes)
        self._sums: list[Decimal] = []
        self._rates: list[Decimal] = []
        total = rate = NONE
        for place, day in enumerate(self.days):
            total += rate * (day - self.days[place - 1]).days if place else NONE
            rate += changes[day]
            self._sums.append(total)
            self._rates.append(rate)

    def over_window(self, day: date) -> Decimal:
        """Return the officer-days of the 28 days that end with a day."""
        return self._before(day + DAY) - self._before(day + DAY - WINDOW)

    def _before(self, day: date) -> Decimal:
        place = bisect_right(self.days, day) - 1
        if place < 0:
            return NONE
        return self._sums[place] + self._rates[place] * (day - self.days[place]).days


class _TeamTime:
    """What was posted to a ward and what was taken away of it, over the 28 days up to any day.

    Both run straight between the days on which something enters or leaves those 28 days, so only
    such days need to be looked at, however far back a state began.
    """

    def __init__(self, posts: Sequence[Post]) -> None:
        away = [
            (span, post.fte)
            for post in posts
            for absence in post.absences
            if (span := cut(DaySpan(absence.starts_on, absence.ends_on), post.days))
        ]
        self._posted = _Total((post.days, post.fte) for post in posts)
        self._away = _Total(away)
        bounds = {day for day in (*self._posted.days, *self._away.days) if day != date.max}
        enters, leaves = {day - DAY for day in bounds}, {day - DAY + WINDOW for day in bounds}
        self._turns = sorted(enters | leaves)

    def share_on(self, day: date) -> Decimal | None:
        """Return the share taken away over the 28 days up to a day; `None` if none were posted."""
        posted = self._posted.over_window(day)
        return self._away.over_window(day) / posted if posted else None

    def _kept_on(self, day: date) -> bool | None:
        share = self.share_on(day)
        return None if share is None else share <= MOST

    def same_since(self, today: date) -> date:
        """Return the first day since when the share has been on today's side of the bound."""
        kept, same = self._kept_on(today), today
        for day in reversed(self._turns[: bisect_right(self._turns, today)]):
            if self._kept_on(day) is not kept:
                return _first(day, same, lambda d: self._kept_on(d) is kept)
            same = day
        return same

    def crossed_by(self, end: date, today: date) -> date | None:
        """Return the first day after today, up to another, on which the share is over the bound.

        `None` if there is none, or nobody is posted any more by then.
        """
        before = today
        for day in [*(turn for turn in self._turns if today < turn < end), end]:
            kept = self._kept_on(day)
            if not kept:
                return None if kept is None else _first(before, day, lambda d: not self._kept_on(d))
            before = day
        return None


def _first(before: date, until: date, holds: Callable[[date], bool]) -> date:
    """Return the first day after one on which something holds, as it does from then to another."""
    while until - before > DAY:
        middle = before + (until - before) // 2
        if holds(middle):
            until = middle
        else:
            before = middle
    return until
