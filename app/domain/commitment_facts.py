"""The dated facts that checks of commitments read, for all areas asked for at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.domain.boards import BoardStanding
from app.domain.coverage import Absence, Requirement, Stint, WardLife
from app.domain.facilities import CounterSpans
from app.domain.introductions import Introduction
from app.domain.measures import Figure
from app.domain.publications import PublicationLateness
from app.domain.spans import DaySpan


class Source:
    """Names of what is entered; a source that nobody ever used tells nothing of any area."""

    POSTINGS = "postings"
    SETS = "priority sets"
    EVENTS = "events"
    POLLS = "polls"
    BOARDS = "boards"
    FACILITIES = "facilities"
    DISPUTES = "disputes"


@dataclass(frozen=True, slots=True)
class Post:
    """One posting to a ward, or to a borough as a whole; `shown` is whether by name."""

    id: UUID
    role: str
    fte: Decimal
    days: DaySpan
    ward: str | None
    borough: str
    shown: bool
    absences: tuple[Absence, ...] = ()

    @property
    def starts_on(self) -> date:
        """The first day."""
        return self.days.starts_on

    @property
    def stint(self) -> Stint:
        """The posting as coverage counts it."""
        return Stint(self.role, self.fte, self.days.starts_on, self.days.ends_on, self.absences)


@dataclass(frozen=True, slots=True)
class PriorityFact:
    """One priority that is worked on, and when anything was last done about it."""

    id: UUID
    concern: str
    title: str
    set_on: date
    last_action_on: date | None


@dataclass(frozen=True, slots=True)
class SetFact:
    """One set of priorities of a ward; `heard` is who had a say in it: the public, partners."""

    id: UUID
    starts_on: date
    ends_on: date | None
    review_due_on: date
    concerns: tuple[str, ...] = ()
    open_priorities: tuple[PriorityFact, ...] = ()
    heard: tuple[bool, bool] | None = None
    refresh_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EventFact:
    """One event; `lost_on` is the day from which it was clear that it would not count as held."""

    id: UUID
    kind: str
    title: str
    wards: tuple[str, ...]
    day: date
    open_to_all: bool
    held: bool
    announced_on: date | None
    lost_on: date | None

    def serves(self, ward: str) -> bool:
        """Whether the event is for a ward; one without wards is for its whole borough."""
        return not self.wards or ward in self.wards


@dataclass(frozen=True, slots=True)
class Building:
    """One facility: its kind, and the days on which it keeps any hours."""

    id: UUID
    kind: str
    name: str
    open_days: tuple[DaySpan, ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """A dispute that nobody answered in time, and the day on which the 72 hours ran out."""

    id: UUID
    late_on: date


@dataclass(frozen=True, slots=True)
class CrimeFact:
    """Recorded crime of a ward: all, neighbourhood and serious, of the last year and before."""

    total: int
    neighbourhood: tuple[int, int]
    serious: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CrimeYear:
    """The twelve months that were compared, and the wards of which every month is known."""

    first_month: str
    last_month: str
    has_year_before: bool
    wards: Mapping[str, CrimeFact]


Trust = Mapping[tuple[str, date, str], Figure]
"""Figures of one area by measure, period and group."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the checks read, as it stands today.

    `wards` and `boroughs` are the Met's areas that were asked for; `known` names the sources in
    which anything was ever entered, in any area.
    """

    today: date
    wards: Mapping[str, WardLife]
    boroughs: Mapping[str, str]
    known: frozenset[str]
    ward_posts: Mapping[str, Sequence[Post]]
    borough_posts: Mapping[str, Sequence[Post]]
    requirements: Mapping[str | None, Sequence[Requirement]]
    sets: Mapping[str, Sequence[SetFact]]
    events: Mapping[str, Sequence[EventFact]]
    first_polls: Mapping[str, date]
    introductions: Mapping[str, Sequence[Introduction]]
    counters: Mapping[str, CounterSpans]
    boards: Mapping[str, Sequence[BoardStanding]]
    buildings: Mapping[str, Sequence[Building]]
    publications: Sequence[PublicationLateness]
    overdue: Mapping[str, Sequence[Overdue]]
    trust: Mapping[str, Trust]
    crime: CrimeYear | None

    def active_set(self, ward: str) -> SetFact | None:
        """Return the set of a ward that is in force, or `None`."""
        return next((one for one in self.sets.get(ward, ()) if one.ends_on is None), None)
