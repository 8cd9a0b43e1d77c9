"""Whether each new borough superintendent held an introductory event, by when, since when not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from app.domain.events import PLAN_PUBLISHED_ON, HeldEvent, london_day

PLAN_DUE_ON = date(2024, 1, 31)
"""Plan C05 stands under January 2024: due at the end of that month for whoever leads by then."""

LATER_DAYS = 90
"""Assumed, and marked so: the plan sets no date for those who come later; we allow 90 days."""


class IntroductionStatus(StrEnum):
    """Whether a superintendent was introduced."""

    MET = "met"
    MET_LATE = "met_late"
    NOT_DUE = "not_due"
    BREACHED = "breached"
    LEFT_BEFORE_DUE = "left_before_due"


@dataclass(frozen=True, slots=True)
class Tenure:
    """One officer leading one borough on the days `[starts_on, ends_on)`; names nobody."""

    posting_id: UUID
    officer_id: UUID
    borough_code: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Introduction:
    """What became of one superintendent's introduction up to today.

    `due_assumed` says that the day is our reading and not the plan's word. `missing_since` is the
    first day on which the event was overdue, `days_late` how many days it was, or is, late.
    """

    posting_id: UUID
    borough_code: str
    starts_on: date
    ends_on: date | None
    current: bool
    due_on: date
    due_assumed: bool
    status: IntroductionStatus
    event: HeldEvent | None
    held_on: date | None
    missing_since: date | None
    days_late: int


def join_tenures(tenures: Iterable[Tenure]) -> list[Tenure]:
    """Return tenures by first day, with an officer's adjoining postings to a borough as one."""
    joined: list[Tenure] = []
    for tenure in sorted(tenures, key=lambda t: (t.officer_id, t.borough_code, t.starts_on)):
        last = joined[-1] if joined else None
        if last is not None and _adjoin(last, tenure):
            ends = (
                None
                if None in {last.ends_on, tenure.ends_on}
                else max(day for day in (last.ends_on, tenure.ends_on) if day is not None)
            )
            joined[-1] = replace(last, ends_on=ends)
        else:
            joined.append(tenure)
    return sorted(joined, key=lambda t: (t.starts_on, t.posting_id))


def _adjoin(earlier: Tenure, later: Tenure) -> bool:
    same = (earlier.officer_id, earlier.borough_code) == (later.officer_id, later.borough_code)
    return same and (earlier.ends_on is None or later.starts_on <= earlier.ends_on)


def read_introductions(
    tenures: Iterable[Tenure], held: Sequence[HeldEvent], *, today: date
) -> list[Introduction]:
    """Return what became of the introduction of each superintendent of one borough.

    Counts whoever led the borough on the day the plan came out or later, up to today. An event is
    the introduction of whoever leads on its day, of the latest arrival not yet introduced if there
    are several; an event is one introduction.
    """
    known = [t for t in join_tenures(tenures) if _counts(t, today)]
    given = _assign(known, held)
    return [_judge(tenure, given.get(tenure.posting_id), today=today) for tenure in known]


def _counts(tenure: Tenure, today: date) -> bool:
    if tenure.starts_on > today or tenure.ends_on == tenure.starts_on:
        return False
    return tenure.ends_on is None or tenure.ends_on > PLAN_PUBLISHED_ON


def _assign(tenures: Sequence[Tenure], held: Sequence[HeldEvent]) -> dict[UUID, HeldEvent]:
    given: dict[UUID, HeldEvent] = {}
    for event in sorted(held, key=lambda event: event.starts_at):
        day = london_day(event.starts_at)
        waiting = [t for t in tenures if _leads(t, day) and t.posting_id not in given]
        if waiting:
            given[waiting[-1].posting_id] = event
    return given


def _leads(tenure: Tenure, day: date) -> bool:
    return tenure.starts_on <= day and (tenure.ends_on is None or day < tenure.ends_on)


def due_day(starts_on: date) -> tuple[date, bool]:
    """Return by when a superintendent who began that day is introduced, and whether we assume it.

    The plan's own day, or 90 days after the first day in office where that is later.
    """
    later = starts_on + timedelta(days=LATER_DAYS)
    return (later, True) if later > PLAN_DUE_ON else (PLAN_DUE_ON, False)


def _judge(tenure: Tenure, event: HeldEvent | None, *, today: date) -> Introduction:
    due_on, assumed = due_day(tenure.starts_on)
    held_on = None if event is None else london_day(event.starts_at)
    until = held_on or min(today, tenure.ends_on or today)
    late = max(0, (until - due_on).days)
    current = _leads(tenure, today)
    if held_on is not None:
        status = IntroductionStatus.MET_LATE if late else IntroductionStatus.MET
    elif late:
        status = IntroductionStatus.BREACHED
    else:
        status = IntroductionStatus.NOT_DUE if current else IntroductionStatus.LEFT_BEFORE_DUE
    return Introduction(
        posting_id=tenure.posting_id,
        borough_code=tenure.borough_code,
        starts_on=tenure.starts_on,
        ends_on=tenure.ends_on,
        current=current,
        due_on=due_on,
        due_assumed=assumed,
        status=status,
        event=event,
        held_on=held_on,
        missing_since=due_on + timedelta(days=1) if late else None,
        days_late=late,
    )
