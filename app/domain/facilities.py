"""Police buildings: the hours they keep, and the days on which a borough had a 24/7 counter.

Weekly hours are London wall-clock times, each within one day: `["09:00", "17:00"]` is open from
nine until just before five, `["20:00", "24:00"]` until midnight. When the clocks change, whoever
keeps hours keeps them by the clock: on the long night an hour comes twice, and counts both times.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.spans import (
    DaySpan,
    cut_all,
    gaps_between,
    join,
    share,
    state_since,
)
from app.errors import InvalidRequestError

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class FacilityKind(StrEnum):
    """What sort of building it is."""

    FRONT_COUNTER = "front_counter"
    BASE = "base"
    CO_LOCATED = "co_located"


class GapCause(StrEnum):
    """Why a borough has no 24/7 counter on some days."""

    NEVER_HAD_ONE = "never_had_one"
    COUNTER_CLOSED = "counter_closed"
    HOURS_CHANGED = "hours_changed"


Weekly = Mapping[str, Sequence[Sequence[str]]]
"""Opening times by weekday; a day that is not named is closed."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours kept on the days of a span."""

    days: DaySpan
    is_24_7: bool
    weekly: Weekly
    verified_on: date


@dataclass(frozen=True, slots=True)
class Counter:
    """One front counter of a borough, with its days and the hours that stand."""

    id: UUID
    name: str
    borough_code: str
    days: DaySpan
    close_reason: str | None
    hours: tuple[Hours, ...]

    @property
    def open_24_7(self) -> tuple[DaySpan, ...]:
        """The days on which this counter never closed."""
        return share([self.days], join(row.days for row in self.hours if row.is_24_7))


@dataclass(frozen=True, slots=True)
class CounterGap:
    """Days without any 24/7 counter, and what ended the last one."""

    days: DaySpan
    cause: GapCause
    facility_id: UUID | None
    facility_name: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class CounterSpans:
    """Whether a borough had at least one 24/7 front counter, day by day over `[start, end)`.

    `holds` is the answer for the last day, `since` the day that answer began to hold, which may lie
    before `start` (`None`: the borough never had one). `recorded` is false where no front counter
    was ever entered, so that nothing is known rather than nothing there. `ahead` are the first days
    after the period that are known to come without one, where there is one now.
    """

    borough_code: str
    start: date
    end: date
    recorded: bool
    holds: bool
    since: date | None
    spans: tuple[DaySpan, ...]
    gaps: tuple[CounterGap, ...]
    verified_on: date | None
    facility_ids: tuple[UUID, ...]
    ahead: CounterGap | None

    @property
    def days_with(self) -> int:
        """On how many days of the period there was one."""
        return sum(span.days for span in self.spans)

    @property
    def days_without(self) -> int:
        """On how many days of the period there was none."""
        return sum(gap.days.days for gap in self.gaps)


def count_spans(
    borough_code: str, counters: Iterable[Counter], *, start: date, end: date
) -> CounterSpans:
    """Return on which days of `[start, end)` a borough had at least one 24/7 front counter."""
    known = list(counters)
    period, last = DaySpan(start, end), end - timedelta(days=1)
    always = join(span for counter in known for span in counter.open_24_7)
    holds, since = state_since(always, last)
    serving = [c for c in known if any(span.contains(last) for span in c.open_24_7)]
    verified = [row.verified_on for c in serving for row in c.hours if row.days.contains(last)]
    coming = gaps_between(always, DaySpan(end, date.max)) if holds else ()
    return CounterSpans(
        borough_code=borough_code,
        start=start,
        end=end,
        recorded=bool(known),
        holds=holds,
        since=since,
        spans=cut_all(always, period),
        gaps=tuple(_explain(gap, known, always) for gap in gaps_between(always, period)),
        verified_on=max(verified, default=None),
        facility_ids=tuple(sorted(c.id for c in serving)),
        ahead=_explain(coming[0], known, always) if coming else None,
    )


def _explain(gap: DaySpan, counters: list[Counter], always: Sequence[DaySpan]) -> CounterGap:
    """Return a gap with the counter whose 24/7 opening ended when it began."""
    began = max((span.ends_on for span in always if span.ends_on <= gap.starts_on), default=None)
    for counter in counters:
        if began is not None and any(span.ends_on == began for span in counter.open_24_7):
            closed = counter.days.ends_on == began
            cause = GapCause.COUNTER_CLOSED if closed else GapCause.HOURS_CHANGED
            reason = counter.close_reason if closed else None
            return CounterGap(gap, cause, counter.id, counter.name, reason)
    return CounterGap(gap, GapCause.NEVER_HAD_ONE, None, None, None)


def is_open_at(
    hours: Iterable[Hours], life: DaySpan, at: datetime, *, zone: ZoneInfo = LONDON
) -> bool | None:
    """Return whether a building is open at an instant; `None` where its hours are not known."""
    local = at.astimezone(zone)
    day, clock = local.date(), f"{local:%H:%M}"
    if not life.contains(day):
        return False
    for row in hours:
        if row.days.contains(day):
            times = row.weekly.get(WEEKDAYS[day.weekday()], ())
            return row.is_24_7 or any(opens <= clock < closes for opens, closes in times)
    return None


def require_hours(*, is_24_7: bool, weekly: Mapping[str, Any]) -> None:
    """Raise `InvalidRequestError` unless the hours of a week can be kept and say one thing."""
    if is_24_7:
        if weekly:
            raise InvalidRequestError(
                "A counter that never closes has no weekly hours: leave them out.",
                pointer="/weekly",
            )
        return
    for weekday, times in weekly.items():
        _require_day_times(weekday, times)
    if all(_covers_day(weekly.get(weekday, ())) for weekday in WEEKDAYS):
        raise InvalidRequestError("These hours never close: say is_24_7.", pointer="/is_24_7")


def _require_day_times(weekday: str, times: Sequence[Sequence[str]]) -> None:
    pointer = f"/weekly/{weekday}"
    if weekday not in WEEKDAYS:
        raise InvalidRequestError(f"There is no weekday {weekday!r}.", pointer=pointer)
    for place, (opens, closes) in enumerate(times):
        if not (_CLOCK.fullmatch(opens) and _CLOCK.fullmatch(closes) and opens < closes):
            raise InvalidRequestError(
                "Times are HH:MM on one day, the opening first; midnight at the end is 24:00.",
                pointer=f"{pointer}/{place}",
            )
    for place, (earlier, later) in enumerate(pairwise(times), start=1):
        if later[0] < earlier[1]:
            raise InvalidRequestError(
                "The times of a day come in order and do not overlap.", pointer=f"{pointer}/{place}"
            )


def _covers_day(times: Sequence[Sequence[str]]) -> bool:
    ends = ["00:00", *(closes for _, closes in times)]
    return (
        bool(times)
        and ends[-1] == "24:00"
        and all(opens == end for (opens, _), end in zip(times, ends, strict=False))
    )
