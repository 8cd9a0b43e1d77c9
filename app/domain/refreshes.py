"""What a refresh weighs: its triggers and states, and the inputs it gathers about each concern."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from app.domain.evidence import CrimeTrend, EvidenceKind
from app.domain.refresh_polls import EarlierPoll, PollFinding


class RefreshStatus(StrEnum):
    """Where a refresh stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    ABANDONED = "abandoned"


IN_PROGRESS = frozenset({RefreshStatus.OPEN, RefreshStatus.PROPOSED})
"""At most one refresh of a ward is in these states."""


class RefreshTrigger(StrEnum):
    """Why a ward's priorities are looked at again."""

    SCHEDULED = "scheduled"
    EVENT = "event"
    CRIME_CHANGE = "crime_change"
    POLL = "poll"
    REQUEST = "request"
    BOUNDARY_CHANGE = "boundary_change"
    CORRECTION = "correction"


class ConsultedParty(StrEnum):
    """Which side had a say; co-development needs both (plan C08)."""

    PUBLIC = "public"
    PARTNER = "partner"


class Source(StrEnum):
    """One input of a refresh, in the order in which they are shown."""

    POLL = "poll"
    EVENTS = "events"
    PANEL = "panel"
    PARTNERS = "partners"
    SURVEY = "survey"
    RESIDENTS = "residents"
    CRIME = "crime"
    OUTGOING = "outgoing"
    DOCUMENTS = "documents"


VOICES = (Source.EVENTS, Source.PANEL, Source.PARTNERS, Source.SURVEY, Source.RESIDENTS)
"""Where people raise concerns, other than the poll."""

SCORED = (*VOICES, Source.CRIME, Source.OUTGOING)
"""The sources that give points; documents are shown for context only."""

SOURCE_OF_KIND: Mapping[EvidenceKind, Source] = {
    EvidenceKind.PANEL_SUBMISSION: Source.PANEL,
    EvidenceKind.PARTNER_SUBMISSION: Source.PARTNERS,
    EvidenceKind.SURVEY: Source.SURVEY,
    EvidenceKind.RESIDENT_REPORT: Source.RESIDENTS,
    EvidenceKind.DOCUMENT: Source.DOCUMENTS,
    EvidenceKind.OTHER: Source.DOCUMENTS,
}


@dataclass(frozen=True, slots=True)
class Consultation:
    """Somebody who was asked before the decision."""

    party: ConsultedParty
    who: str
    how: str
    consulted_on: date
    people: int | None


@dataclass(frozen=True, slots=True)
class ConcernFact:
    """A concern, by slug and name."""

    slug: str
    label: str
    lead: str


@dataclass(frozen=True, slots=True)
class Mentions:
    """How often a source raised each concern, about the ward itself and about its whole borough.

    `records` are all of the source's, `naming` the ids of those that name a concern; `people` is
    how many came to its events.
    """

    ward: Mapping[str, int] = field(default_factory=dict)
    borough: Mapping[str, int] = field(default_factory=dict)
    records: int = 0
    people: int | None = None
    naming: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counted(self) -> Mapping[str, int]:
        """The counts that give points: the ward's own, else those of its borough."""
        return self.ward if any(self.ward.values()) else self.borough

    @property
    def unheard(self) -> Mapping[str, int]:
        """The borough-wide counts that give no points, because the ward's own come first."""
        return {} if self.counted is self.borough else {c: n for c, n in self.borough.items() if n}


@dataclass(frozen=True, slots=True)
class TrendSource:
    """Where the recorded crime of one concern comes from; the id of the series, if it has one."""

    name: str
    evidence_id: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingPriority:
    """A priority of the outgoing set: what was promised and what became of it."""

    id: str
    concern: str
    rank: int
    title: str
    status: str
    actions: int
    last_action_on: date | None
    outcome: str | None
    is_finished: bool


@dataclass(frozen=True, slots=True)
class OutgoingSet:
    """The active set that a refresh is to replace."""

    id: str
    set_on: date
    review_due_on: date
    overdue_days: int
    priorities: tuple[OutgoingPriority, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a proposal is computed from; equal inputs give equal proposals."""

    concerns: tuple[ConcernFact, ...]
    seats: int
    today: date
    since: datetime
    ward_name: str = "The ward"
    poll: PollFinding | None = None
    earlier_poll: EarlierPoll | None = None
    mentions: Mapping[Source, Mentions] = field(default_factory=dict)
    crime: Mapping[str, CrimeTrend] = field(default_factory=dict)
    crime_from: Mapping[str, TrendSource] = field(default_factory=dict)
    outgoing: OutgoingSet | None = None

    def label(self, concern: str) -> str:
        """Return a concern's name."""
        return next((fact.label for fact in self.concerns if fact.slug == concern), concern)
