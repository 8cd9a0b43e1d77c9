"""The plan's quota of open events (C06): its readings, and how each stands on a day.

The card of a borough and its quota are both judged here, so that they never disagree.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.commitment_facts import EventFact
from app.domain.commitments import DAY, Status
from app.domain.events import PLAN_PUBLISHED_ON, HeldEvent, london_day

TARGETS = ((date(2023, 12, 31), 2), (date(2024, 12, 31), 4))
"""Plan C06: two open-to-all events in every borough by the end of 2023, four by the end of 2024."""

LATER_YEARS = 4
"""Assumed, and marked so: four in every year after the last one the plan names."""

TIGHT = timedelta(days=90)
"""A quota is at risk when so few days are left and too few events are announced."""


@dataclass(frozen=True, slots=True)
class Quota:
    """So many open events on the days from `starts_on` to `due_on`, both included."""

    starts_on: date
    due_on: date
    target: int

    def covers(self, day: date) -> bool:
        """Whether a day counts."""
        return self.starts_on <= day <= self.due_on


def stand(events: Iterable[EventFact], quota: Quota, today: date) -> tuple[Status, date]:
    """Return how a quota stands, and since when; `events` are all of the borough that are known."""
    ours = [event for event in events if counts(event, quota)]
    held = sorted(event.day for event in ours if event.held)
    if len(held) >= quota.target:
        return Status.MET, held[quota.target - 1]
    if today > quota.due_on:
        return Status.BREACHED, quota.due_on + DAY
    return _outlook(ours, quota, today)


def counts(event: EventFact, quota: Quota) -> bool:
    """Whether an event would count: open to all, on one of the quota's days."""
    return event.open_to_all and quota.covers(event.day)


def is_coming(event: EventFact, today: date) -> bool:
    """Whether an event is announced and may still be held."""
    return not event.held and event.announced_on is not None and not _was_lost(event, today)


def _was_lost(event: EventFact, day: date) -> bool:
    return event.lost_on is not None and event.lost_on <= day


def _outlook(events: Sequence[EventFact], quota: Quota, today: date) -> tuple[Status, date]:
    """Return how a quota stands before it falls due, and since when."""
    tight = quota.due_on - TIGHT
    days = {day for e in events for day in (e.announced_on, e.lost_on) if day is not None}
    turns = sorted(d for d in days | {tight, quota.starts_on} if quota.starts_on <= d <= today)
    status, since = Status.NOT_DUE, quota.starts_on
    for day in turns:
        enough = sum(1 for event in events if _promised(event, day)) >= quota.target
        now = Status.ON_TRACK if enough else Status.AT_RISK if day >= tight else Status.NOT_DUE
        if now is not status:
            status, since = now, day
    return status, since


def _promised(event: EventFact, day: date) -> bool:
    known = event.announced_on is not None and event.announced_on <= day
    return (known or (event.held and event.day <= day)) and not _was_lost(event, day)


class QuotaReading(StrEnum):
    """How the plan's ambiguous sentence is read."""

    CUMULATIVE = "cumulative"
    IN_YEAR = "in_year"
    FOUR_EACH_YEAR = "four_each_year"


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """One target under one reading: how many by when, and which events count towards it."""

    reading: QuotaReading
    starts_on: date
    due_on: date
    target: int
    status: Status
    events: tuple[HeldEvent, ...]

    @property
    def value(self) -> int:
        """How many events count."""
        return len(self.events)

    @property
    def shortfall(self) -> int:
        """How many are missing."""
        return max(0, self.target - self.value)

    @property
    def assumed(self) -> bool:
        """Whether the target is our assumption and not the plan's word."""
        return self.reading is QuotaReading.FOUR_EACH_YEAR


def read_quota(
    held: Iterable[HeldEvent], known: Sequence[EventFact], *, today: date
) -> list[QuotaLine]:
    """Return every target of plan C06 under every reading, for one borough.

    `held` are its held events, told as evidence; `known` all of its events, announced ones too. Any
    kind of event counts: the plan asks for events that are open to all, not for a format. The day
    is the London day on which an event began.
    """
    dated = [(london_day(event.starts_at), event) for event in held]
    return [
        QuotaLine(
            reading,
            quota.starts_on,
            quota.due_on,
            quota.target,
            _status(reading, quota, known, today),
            tuple(event for day, event in dated if quota.covers(day)),
        )
        for reading, quota in _readings(today)
    ]


def _status(reading: QuotaReading, quota: Quota, known: Sequence[EventFact], today: date) -> Status:
    """Return how a reading stands; one whose day the plan names is not at risk before that day."""
    status, _ = stand(known, quota, today)
    named = reading is not QuotaReading.FOUR_EACH_YEAR
    return Status.NOT_DUE if named and status is Status.AT_RISK else status


def _readings(today: date) -> Iterator[tuple[QuotaReading, Quota]]:
    for due, target in TARGETS:
        yield QuotaReading.CUMULATIVE, Quota(PLAN_PUBLISHED_ON, due, target)
    for due, target in TARGETS:
        begin = max(PLAN_PUBLISHED_ON, date(due.year, 1, 1))
        yield QuotaReading.IN_YEAR, Quota(begin, due, target)
    for year in range(TARGETS[-1][0].year + 1, today.year + 1):
        yield QuotaReading.FOUR_EACH_YEAR, each_year(date(year, 1, 1))


def each_year(day: date) -> Quota:
    """Return the quota of the year of a day, as we assume it goes on after 2024."""
    return Quota(date(day.year, 1, 1), date(day.year, 12, 31), LATER_YEARS)
