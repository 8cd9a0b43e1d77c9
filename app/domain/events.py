"""Community events: their kinds, what may become of them, and which days they count on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.errors import (
    EventMoveRefusedError,
    EventNotStartedError,
    InvalidRequestError,
    ReasonRequiredError,
)

LONDON = ZoneInfo("Europe/London")
LONGEST = timedelta(days=14)
"""No event lasts longer, so a search by day need not look further back than this."""
FIRST_YEAR, LAST_YEAR = 2000, 2099


class EventKind(StrEnum):
    """What sort of occasion an event is."""

    OPEN_COMMUNITY = "open_community"
    SUPERINTENDENT_INTRODUCTION = "superintendent_introduction"
    CITIZEN_LED = "citizen_led"
    WARD_PANEL = "ward_panel"
    SURGERY = "surgery"
    STREET_BRIEFING = "street_briefing"
    BOARD_MEETING = "board_meeting"


class EventStatus(StrEnum):
    """Where an event stands; a draft is seen by its own team alone."""

    DRAFT = "draft"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    HELD = "held"
    NOT_HELD = "not_held"
    CANCELLED = "cancelled"


class Accessibility(StrEnum):
    """What makes an event reachable for more people."""

    STEP_FREE = "step_free"
    HEARING_LOOP = "hearing_loop"
    BSL = "bsl"
    QUIET_SPACE = "quiet_space"
    ACCESSIBLE_TOILET = "accessible_toilet"
    PARKING = "parking"
    ONLINE = "online"


class AttendanceMethod(StrEnum):
    """How the people who came were counted."""

    COUNTED = "counted"
    ESTIMATED = "estimated"
    REGISTERED = "registered"


PUBLIC_STATUSES = frozenset(EventStatus) - {EventStatus.DRAFT}
OPEN_STATUSES = frozenset({EventStatus.DRAFT, EventStatus.PUBLISHED, EventStatus.POSTPONED})
"""Statuses from which an event can still become something else."""

MOVES: dict[EventStatus, frozenset[EventStatus]] = {
    EventStatus.DRAFT: frozenset({EventStatus.PUBLISHED}),
    EventStatus.PUBLISHED: frozenset(
        {EventStatus.POSTPONED, EventStatus.CANCELLED, EventStatus.NOT_HELD}
    ),
    EventStatus.POSTPONED: frozenset({EventStatus.PUBLISHED, EventStatus.CANCELLED}),
}
"""What a person may make of an event; `held` is reached by recording it and in no other way."""


def check_times(starts_at: datetime, ends_at: datetime) -> None:
    """Raise `InvalidRequestError` unless the event ends after it starts, within fourteen days."""
    if not (FIRST_YEAR <= starts_at.year <= LAST_YEAR and FIRST_YEAR <= ends_at.year <= LAST_YEAR):
        raise InvalidRequestError(
            f"Events lie in the years {FIRST_YEAR} to {LAST_YEAR}.", pointer="/starts_at"
        )
    if ends_at <= starts_at:
        raise InvalidRequestError("An event ends after it starts.", pointer="/ends_at")
    if ends_at - starts_at > LONGEST:
        raise InvalidRequestError(
            f"An event lasts {LONGEST.days} days at most; announce a series as several events.",
            pointer="/ends_at",
        )


def check_move(
    status: EventStatus, wanted: EventStatus, *, ended: bool, rescheduled: bool, reason: str | None
) -> None:
    """Raise unless an event of this status may become what is wanted now.

    `ended` says whether its announced end has passed, `rescheduled` whether this edit moves its
    start into the future. An event whose time has passed was held or not: it cannot be called off.
    """
    if wanted not in MOVES.get(status, frozenset()):
        raise EventMoveRefusedError(
            f"This event is {status.value}: it cannot become {wanted.value}."
        )
    if status is EventStatus.PUBLISHED:
        _check_hour(wanted, ended=ended)
    if status is EventStatus.POSTPONED and wanted is EventStatus.PUBLISHED and not rescheduled:
        raise EventMoveRefusedError(
            "A postponed event is published again with its new, future starts_at and ends_at."
        )
    if wanted is not EventStatus.PUBLISHED and reason is None:
        raise ReasonRequiredError(
            f"Say why: an event becomes {wanted.value} for a reason people can read.",
            pointer="/reason",
        )


def _check_hour(wanted: EventStatus, *, ended: bool) -> None:
    if wanted is EventStatus.NOT_HELD and not ended:
        raise EventMoveRefusedError("Only an event whose end has passed can be called not held.")
    if wanted is not EventStatus.NOT_HELD and ended:
        raise EventMoveRefusedError(
            "This event's end has passed: record what happened, or say that it was not held."
        )


def check_recordable(status: EventStatus, starts_at: datetime, *, now: datetime) -> None:
    """Raise unless what happened at an event can be recorded now."""
    if status not in {EventStatus.PUBLISHED, EventStatus.HELD}:
        raise EventMoveRefusedError(
            f"This event is {status.value}: only a published or held one is recorded."
        )
    if starts_at > now:
        raise EventNotStartedError("This event has not begun; record it once it has.")


def awaits_record(status: str, ends_at: datetime, *, now: datetime) -> bool:
    """Whether an event is over and nobody has said yet what became of it."""
    return status == EventStatus.PUBLISHED and ends_at <= now


def check_days(starts_from: date | None, starts_to: date | None) -> None:
    """Raise `InvalidRequestError` unless the two London days make a span events can lie in."""
    for name, day in (("from", starts_from), ("to", starts_to)):
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise InvalidRequestError(
                f"Days lie in the years {FIRST_YEAR} to {LAST_YEAR}.", pointer=name
            )
    if starts_from is not None and starts_to is not None and starts_to <= starts_from:
        raise InvalidRequestError(
            "`to` is a later day than `from`, and not included.", pointer="to"
        )


def london_midnight(day: date) -> datetime:
    """Return the UTC instant at which a day begins in London."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def london_day(at: datetime) -> date:
    """Return the London day of an instant."""
    return at.astimezone(LONDON).date()


PLAN_PUBLISHED_ON = date(2023, 7, 18)
"""The day "A New Met for London" came out; what was held before it keeps no promise of it."""


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """An event that counts: held, open to all, and recorded."""

    id: UUID
    kind: str
    title: str
    starts_at: datetime
    attendance: int
    announced_before: bool
