"""What was promised to be published: when it falls due, what answers it, and how late that is.

A release answers the due date it names; one that names none answers the earliest that is still
unanswered and whose turn has come, which begins on the day after the due date before it. A due
date that is passed over, because a later one is answered, stays late by the days until then.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from app.errors import InvalidRequestError

DAY = timedelta(days=1)
MONTHS = 12


class DueStatus(StrEnum):
    """What became of one due date."""

    ON_TIME = "on_time"
    LATE = "late"
    OVERDUE = "overdue"
    PASSED_OVER = "passed_over"
    NOT_DUE = "not_due"


class SeriesStatus(StrEnum):
    """How a promised series stands on a day."""

    NOT_DUE = "not_due"
    UP_TO_DATE = "up_to_date"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Promise:
    """A series that is due once, or every so many months from the first due date on."""

    code: str
    title: str
    commitments: tuple[str, ...]
    cadence_months: int | None
    first_due_on: date


@dataclass(frozen=True, slots=True)
class Release:
    """One thing that came out; `due_on` is the due date it was said to answer."""

    id: UUID
    published_on: date
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class DueDate:
    """One due date, what answered it, and by how many days that was late up to today.

    `late_since` is the first day on which it was late.
    """

    due_on: date
    status: DueStatus
    release_id: UUID | None
    published_on: date | None
    days_late: int
    late_since: date | None


@dataclass(frozen=True, slots=True)
class PublicationLateness:
    """How a promised series stands today.

    `since` is the day the status began to hold, `overdue_days` how long the oldest due date that is
    overdue has been so, `next_due_on` the due date to come (`None` when none comes).
    """

    promise: Promise
    today: date
    status: SeriesStatus
    since: date | None
    overdue_days: int
    last_published_on: date | None
    next_due_on: date | None
    dues: tuple[DueDate, ...]


def add_months(day: date, months: int) -> date:
    """Return the day so many months on; the last day of a month stays a last day."""
    index = day.year * MONTHS + day.month - 1 + months
    year, month = index // MONTHS, index % MONTHS + 1
    last = monthrange(year, month)[1]
    at_end = day.day == monthrange(day.year, day.month)[1]
    return date(year, month, last if at_end else min(day.day, last))


def due_dates(promise: Promise) -> Iterator[date]:
    """Yield the due dates in order: one, or without end."""
    yield promise.first_due_on
    step = 0
    while promise.cadence_months is not None:
        step += promise.cadence_months
        yield add_months(promise.first_due_on, step)


def due_dates_until(promise: Promise, day: date) -> list[date]:
    """Return the due dates up to a day, and the first one after it."""
    found: list[date] = []
    for due in due_dates(promise):
        found.append(due)
        if due > day:
            break
    return found


def require_turn(promise: Promise, due_on: date, published_on: date) -> None:
    """Raise unless a release can answer the due date it names: a real one whose turn had come."""
    dues = due_dates_until(promise, max(due_on, published_on))
    if due_on not in dues:
        raise InvalidRequestError(
            f"{due_on} is no due date of this series; see its `due_dates`.", pointer="/due_on"
        )
    place = dues.index(due_on)
    if place and published_on <= dues[place - 1]:
        raise InvalidRequestError(
            f"The turn of {due_on} begins after {dues[place - 1]}, so this cannot answer it.",
            pointer="/due_on",
        )


def measure_lateness(
    promise: Promise, releases: Iterable[Release], *, today: date
) -> PublicationLateness:
    """Return how a series stands today, due date by due date."""
    out = sorted((r for r in releases if r.published_on <= today), key=lambda r: r.published_on)
    dates = due_dates_until(promise, today)
    answers = _match(dates, out)
    dues = tuple(_judge(place, dates, answers, today=today) for place in range(len(dates)))
    overdue = [due for due in dues if due.status is DueStatus.OVERDUE]
    pending = [due.due_on for due in dues if due.status is DueStatus.NOT_DUE]
    status, since = _status(dues, overdue)
    return PublicationLateness(
        promise=promise,
        today=today,
        status=status,
        since=since,
        overdue_days=max((due.days_late for due in overdue), default=0),
        last_published_on=out[-1].published_on if out else None,
        next_due_on=_next_due(promise, dates, pending),
        dues=dues,
    )


def _match(dates: Sequence[date], releases: Sequence[Release]) -> dict[date, Release]:
    """Return the first release that answers each due date."""
    answers: dict[date, Release] = {}
    for release in releases:
        if release.due_on is not None:
            answers.setdefault(release.due_on, release)
            continue
        for place, due in enumerate(dates):
            turn_has_come = place == 0 or dates[place - 1] < release.published_on
            if due not in answers and turn_has_come and not _later(answers, due):
                answers[due] = release
                break
    return answers


def _later(answers: dict[date, Release], due: date) -> bool:
    """Whether a later due date is answered already, so that this one was passed over."""
    return any(other > due for other in answers)


def _judge(
    place: int, dates: Sequence[date], answers: dict[date, Release], *, today: date
) -> DueDate:
    due = dates[place]
    release = answers.get(due)
    if release is not None:
        late = max(0, (release.published_on - due).days)
        status = DueStatus.LATE if late else DueStatus.ON_TIME
    else:
        later = [answers[other].published_on for other in dates[place + 1 :] if other in answers]
        late = max(0, (min(later, default=today) - due).days)
        status = DueStatus.PASSED_OVER if later else DueStatus.OVERDUE
        if not later and today <= due:
            status = DueStatus.NOT_DUE
    return DueDate(
        due_on=due,
        status=status,
        release_id=None if release is None else release.id,
        published_on=None if release is None else release.published_on,
        days_late=late,
        late_since=due + DAY if late else None,
    )


def _status(
    dues: Sequence[DueDate], overdue: Sequence[DueDate]
) -> tuple[SeriesStatus, date | None]:
    if overdue:
        return SeriesStatus.OVERDUE, overdue[0].late_since
    settled = [due for due in dues if due.status is not DueStatus.NOT_DUE]
    if not settled:
        return SeriesStatus.NOT_DUE, None
    late = [due.due_on + due.days_late * DAY for due in settled if due.days_late]
    first = next((due.published_on for due in settled if due.published_on), None)
    return SeriesStatus.UP_TO_DATE, max(late, default=first)


def _next_due(promise: Promise, dates: Sequence[date], pending: Sequence[date]) -> date | None:
    """Return the next due date nothing has answered yet."""
    if pending:
        return pending[0]
    if promise.cadence_months is None:
        return None
    following = due_dates_until(promise, dates[-1])
    return following[-1]
