"""What a sync with data.police.uk is asked to do, and what came of it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shapely.geometry.base import BaseGeometry

from app.database import WriteSession
from app.domain.identity import Caller

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class SyncOrder:
    """Who asks for a sync, how to write, and what is wanted of it.

    `since` is the first month of crime, `YYYY-MM`; without it the latest three months are read.
    """

    caller: Caller
    open_unit: Callable[[], AbstractAsyncContextManager[WriteSession]]
    now: datetime
    borough: str | None = None
    since: str | None = None
    with_names: bool = False
    dry_run: bool = False

    @property
    def day_start(self) -> datetime:
        """The beginning of the day in London: what was read since is not read again."""
        return self.now.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class WardToRead:
    """A ward in force, its shape in degrees, and the neighbourhood that speaks for it."""

    code: str
    borough_code: str
    shape: BaseGeometry
    neighbourhood_id: str


@dataclass(slots=True)
class SyncReport:
    """What a sync read, what changed, and what needs a look.

    `away`, `refused` and `malformed` hold what could not be read, each with its sentence; nothing
    of such a ward (or ward and month) was written. `stopped` says why the rest was not tried.
    """

    neighbourhoods: dict[str, int] = field(default_factory=dict)
    unmatched: dict[str, str] = field(default_factory=dict)
    without_neighbourhood: list[str] = field(default_factory=list)
    list_is_from: str | None = None
    wards: int = 0
    already_today: int = 0
    added: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    empty: dict[str, int] = field(default_factory=dict)
    overlaps: dict[str, float] = field(default_factory=dict)
    months: list[str] = field(default_factory=list)
    crime_counts: int = 0
    crime_revised: int = 0
    crimes: int = 0
    crime_already_today: int = 0
    new_kinds: list[str] = field(default_factory=list)
    away: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    malformed: dict[str, str] = field(default_factory=dict)
    stopped: str | None = None
    requests: int = 0

    @property
    def changes(self) -> int:
        """How many things are new, gone or other than before."""
        came_and_went = sum(self.added.values()) + sum(self.gone.values())
        return came_and_went + self.crime_revised

    @property
    def is_whole(self) -> bool:
        """Whether everything that was wanted could be read."""
        return not (self.away or self.refused or self.malformed or self.stopped)

    def count(self, what: dict[str, int], kind: str, number: int) -> None:
        """Add to one of the tallies."""
        if number:
            what[kind] = what.get(kind, 0) + number

    def as_json(self) -> dict[str, Any]:
        """Return the report as the result of a job."""
        return {**asdict(self), "changes": self.changes, "whole": self.is_whole}
