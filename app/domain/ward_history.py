"""The history of a ward: kinds of entries, their order, and the part of it that a page asks for.

Entries lie newest first; of one instant, the later feed first, then the greater id. Ids of a feed
are compared as numbers are: the longer first, then by their letters. A feed yields entries of a few
kinds; adding one to `app.operations.ward_history.FEEDS` adds it to the history.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.coverage import Span
from app.domain.english import count
from app.domain.events import london_day, london_midnight


class HistoryKind(StrEnum):
    """What happened."""

    BOUNDARY_CHANGED = "boundary_changed"
    POSTING_BEGAN = "posting_began"
    POSTING_ENDED = "posting_ended"
    VACANCY_CHANGED = "vacancy_changed"
    PRIORITIES_PUBLISHED = "priorities_published"
    OUTCOME_RECORDED = "outcome_recorded"
    EVIDENCE_SUBMITTED = "evidence_submitted"
    EVENT_HELD = "event_held"
    EVENT_NOT_HELD = "event_not_held"
    EVENT_CANCELLED = "event_cancelled"
    POLL_OPENED = "poll_opened"
    POLL_CLOSED = "poll_closed"
    POLL_CANCELLED = "poll_cancelled"
    POLL_RESULT = "poll_result"
    REFRESH_OPENED = "refresh_opened"
    REFRESH_PUBLISHED = "refresh_published"
    REFRESH_ABANDONED = "refresh_abandoned"
    COMMITMENT_CHANGED = "commitment_changed"
    DISPUTE_FILED = "dispute_filed"
    DISPUTE_ANSWERED = "dispute_answered"
    DISPUTE_UPHELD = "dispute_upheld"
    DISPUTE_REJECTED = "dispute_rejected"
    DISPUTE_WITHDRAWN = "dispute_withdrawn"


@dataclass(frozen=True, slots=True)
class HistoryChange:
    """What one entry did about one concern, and why, where a reason is on record."""

    concern: str
    change: str
    reason: str | None = None
    departure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened: when, in one sentence, with a link to the record of it."""

    kind: HistoryKind
    at: datetime
    id: str
    says: str
    url: str | None
    changes: tuple[HistoryChange, ...] = ()
    concerns: tuple[str, ...] = ()
    figures: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the history: an instant, then the number of a feed, then an id within it."""

    at: datetime
    feed: int
    id: str

    @property
    def key(self) -> tuple[datetime, int, str]:
        """What a cursor holds of it."""
        return self.at, self.feed, self.id

    @property
    def rank(self) -> tuple[datetime, int, int, str]:
        """What the history is ordered by, the greatest first; position 10 lies above position 9."""
        return self.at, self.feed, len(self.id), self.id


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a history is asked for: London days `[first, last)`, up to now, below a place.

    `limit` entries at most of each feed, so that merged feeds fill a page.
    """

    now: datetime
    limit: int
    first: date | None = None
    last: date | None = None
    below: Place | None = None
    kinds: frozenset[HistoryKind] = frozenset(HistoryKind)

    @property
    def earliest(self) -> datetime | None:
        """The instant at which the first day begins."""
        return None if self.first is None else london_midnight(self.first)

    @property
    def latest(self) -> datetime | None:
        """The instant before which entries lie, if days bound it."""
        return None if self.last is None else london_midnight(self.last)

    def holds(self, entry: HistoryEntry, feed: int) -> bool:
        """Whether an entry of a feed lies in the part asked for."""
        if entry.kind not in self.kinds or entry.at > self.now:
            return False
        if self.earliest is not None and entry.at < self.earliest:
            return False
        if self.latest is not None and entry.at >= self.latest:
            return False
        return self.below is None or Place(entry.at, feed, entry.id).rank < self.below.rank


def merge(
    feeds: Mapping[int, Iterable[HistoryEntry]], limit: int
) -> list[tuple[Place, HistoryEntry]]:
    """Return the newest entries of all feeds with their places, one more than the limit."""
    placed = [
        (Place(entry.at, feed, entry.id), entry) for feed, found in feeds.items() for entry in found
    ]
    return sorted(placed, key=lambda pair: pair[0].rank, reverse=True)[: limit + 1]


def day_below(wanted: Wanted) -> tuple[date, bool] | None:
    """Return the London day of the place asked for, and whether the place is its very beginning."""
    if wanted.below is None:
        return None
    day = london_day(wanted.below.at)
    return day, london_midnight(day) == wanted.below.at


@dataclass(frozen=True, slots=True)
class Shortage:
    """From a day on, how much of a role a ward's team is short of; nothing when complete again."""

    on: date
    role: str
    required: int
    posted: Decimal

    @property
    def missing(self) -> Decimal:
        """How much is still to be posted, in FTE."""
        return max(self.required - self.posted, Decimal(0))

    @property
    def says(self) -> str:
        """The shortage in one sentence."""
        role = self.role.replace("_", " ").replace("pcso", "PCSO")
        if not self.missing:
            return f"The team has every {role} again that the standard asks for."
        posted = fte(self.posted) if self.posted else "nobody"
        return (
            f"The team is short of {fte(self.missing)}: the standard asks for "
            f"{count(self.required, role)}; posted: {posted}."
        )


def fte(amount: Decimal) -> str:
    """Return an amount of full-time equivalents as people write it: 1.5 FTE, 2 FTE."""
    return f"{amount.normalize():f} FTE"


def find_shortages(spans: Sequence[Span]) -> list[Shortage]:
    """Return each day on which a role's shortage changed, oldest first."""
    missing: dict[str, Decimal] = {}
    found: list[Shortage] = []
    for span in spans:
        for cover in span.roles:
            shortage = Shortage(span.starts_on, cover.role, cover.required, cover.posted)
            if shortage.missing != missing.get(cover.role, Decimal(0)):
                found.append(shortage)
            missing[cover.role] = shortage.missing
    return found
