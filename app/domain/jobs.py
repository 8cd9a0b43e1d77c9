"""Jobs: where one stands, when a schedule's next one falls due."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
"""A job in one of these states changes no more."""


@dataclass(frozen=True, slots=True)
class Daily:
    """A time of day in London, on every day or on some days of the week (Monday is 0)."""

    at: time
    weekdays: frozenset[int] = frozenset(range(7))

    def latest(self, now: datetime) -> datetime:
        """Return the latest instant up to `now` at which this time of day was reached.

        In the night the clocks change, a time that comes twice counts the first time only, and one
        that is left out counts an hour later.
        """
        day = now.astimezone(LONDON).date()
        while True:
            moment = datetime.combine(day, self.at, LONDON).astimezone(UTC)
            if moment <= now and day.weekday() in self.weekdays:
                return moment
            day -= DAY


def occurrence_key(name: str, moment: datetime) -> str:
    """Return what one occurrence of a schedule is called; no two jobs have the same."""
    return f"{name}@{moment.astimezone(LONDON):%Y-%m-%d}"
