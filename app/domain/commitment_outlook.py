"""What is known to come: ends of postings, seats and buildings that will break a promise soon."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from app.domain.commitments import Status, Verdict, told
from app.domain.spans import DaySpan, join

SOON = timedelta(days=30)
"""Assumed: a known end is a risk once no more than so many days are left."""


def coming_end(spans: Iterable[DaySpan], today: date) -> date | None:
    """Return the day, within a month, from which what holds today is known not to, or `None`."""
    ends = (span.ends_on for span in join(spans) if span.contains(today))
    return next((day for day in ends if day <= today + SOON), None)


def at_risk_from(verdict: Verdict, day: date | None, what: str) -> Verdict:
    """Return a kept promise as at risk, where a day is known from which it will be broken.

    It is at risk since 30 days before that day, or since it began to be kept if that was later.
    """
    if day is None or verdict.status is not Status.MET:
        return verdict
    since = day - SOON if verdict.since is None else max(verdict.since, day - SOON)
    finding = f"{verdict.finding} From {told(day)} on: {what}"
    return replace(verdict, status=Status.AT_RISK, since=since, finding=finding)
