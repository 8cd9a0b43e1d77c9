"""Coverage of a ward: day by day, what its team should be, was posted, and was really there.

Officers are counted in full-time equivalents: "two dedicated ward officers" (plan C01) is met by
postings that add up to 2.00 FTE. Abstractions of one posting never overlap each other; sickness
and leave are no abstraction.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from operator import add, attrgetter

from app.domain.teams import NONE, require_day
from app.domain.wards import PoliceForce
from app.errors import InvalidRequestError

DEFAULT_DAYS = 28
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class Requirement:
    """At least `minimum` officers of a role, on the days `[valid_from, valid_to)`."""

    role: str
    minimum: int
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Days `[starts_on, ends_on)` on which a posted officer was taken away."""

    starts_on: date
    ends_on: date
    exceptional: bool


@dataclass(frozen=True, slots=True)
class Stint:
    """One posting to the ward, with the days its officer was taken away."""

    role: str
    fte: Decimal
    starts_on: date
    ends_on: date | None = None
    absences: Sequence[Absence] = ()


@dataclass(frozen=True, slots=True)
class RoleCover:
    """What one role should have, had posted and had available, in FTE."""

    role: str
    required: int
    posted: Decimal
    available: Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """A run of days `[starts_on, ends_on)` on which nothing about the team changed."""

    starts_on: date
    ends_on: date
    roles: tuple[RoleCover, ...]

    @property
    def days(self) -> int:
        """How many days the run has."""
        return (self.ends_on - self.starts_on).days

    @property
    def has_standard(self) -> bool:
        """Whether any standard was in force; without one there is nothing to comply with."""
        return any(cover.required for cover in self.roles)

    @property
    def compliant_posted(self) -> bool:
        """Whether the postings meet a standard in force."""
        return self.has_standard and all(c.posted >= c.required for c in self.roles)

    @property
    def compliant_available(self) -> bool:
        """Whether the officers not taken away meet a standard in force."""
        return self.has_standard and all(c.available >= c.required for c in self.roles)


@dataclass(frozen=True, slots=True)
class Area:
    """A ward or borough by GSS code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class WardLife:
    """A ward as its latest edition names it; it exists on the days `[opens_on, closes_on)`."""

    code: str
    name: str
    borough_code: str
    borough_name: str
    police_force: str
    opens_on: date | None
    closes_on: date | None

    @property
    def borough(self) -> Area:
        """The borough the ward lies in."""
        return Area(self.borough_code, self.borough_name)

    def exists_on(self, day: date) -> bool:
        """Whether the ward exists on a day."""
        opened = self.opens_on is None or self.opens_on <= day
        return opened and (self.closes_on is None or day < self.closes_on)

    def why_unmeasured(self, start: date, end: date) -> str | None:
        """Return why no standard of the Met applies on any day of `[start, end)`, or `None`."""
        if self.police_force != PoliceForce.METROPOLITAN:
            return f"{self.borough_name} is policed by its own force; the Met posts no team here."
        if self.opens_on is not None and end <= self.opens_on:
            return f"This ward exists only since {self.opens_on}."
        if self.closes_on is not None and start >= self.closes_on:
            return f"This ward closed on {self.closes_on}; other wards took its place."
        return None


@dataclass(frozen=True, slots=True)
class Figures:
    """Coverage in numbers; figures of wards add up to those of their borough, in ward-days."""

    days: int = 0
    days_with_standard: int = 0
    compliant_days_posted: int = 0
    compliant_days_available: int = 0
    vacancy_days: int = 0
    vacant_officer_days: Decimal = NONE
    posted_officer_days: Decimal = NONE
    abstracted_officer_days: Decimal = NONE
    exceptional_officer_days: Decimal = NONE

    def __add__(self, other: "Figures") -> "Figures":
        """Return both together."""
        return Figures(*map(add, _amounts(self), _amounts(other)))

    @property
    def abstraction_share(self) -> Decimal | None:
        """Abstracted per posted officer-day (plan C21); `None` where nobody was posted."""
        if not self.posted_officer_days:
            return None
        return self.abstracted_officer_days / self.posted_officer_days


_amounts = attrgetter(*(field.name for field in fields(Figures)))


def choose_period(start: date | None, end: date | None, today: date) -> tuple[date, date]:
    """Return the days `[start, end)` asked for; by default the 28 days that end with today.

    Raises `InvalidRequestError` for an empty period and for one of more than 366 days.
    """
    for name, day in (("from", start), ("to", end)):
        if day is not None:
            require_day(day, name)
    end = end or today + timedelta(days=1)
    start = start or end - timedelta(days=DEFAULT_DAYS)
    if start >= end:
        raise InvalidRequestError(
            "`from` must be before `to`, which is not included.", pointer="from"
        )
    if (end - start).days > MAX_DAYS:
        raise InvalidRequestError(f"A period has at most {MAX_DAYS} days.", pointer="from")
    return start, end


def coverage_spans(
    stints: Iterable[Stint], requirements: Sequence[Requirement], *, start: date, end: date
) -> list[Span]:
    """Return the runs of equal days in `[start, end)`; a role's highest minimum in force counts."""
    posted, available = _changes(stints, start, end)
    roles = sorted(_roles_required(requirements, start, end) | {role for _, role in posted})
    bounds = {day for r in requirements for day in (r.valid_from, r.valid_to) if day is not None}
    days = {day for day, _ in posted.keys() | available.keys()} | bounds | {start}
    cuts = sorted(day for day in days if start <= day < end)
    now_posted, now_available = dict.fromkeys(roles, NONE), dict.fromkeys(roles, NONE)
    spans: list[Span] = []
    for day, until in zip(cuts, [*cuts[1:], end], strict=True):
        for role in roles:
            now_posted[role] += posted.get((day, role), NONE)
            now_available[role] += available.get((day, role), NONE)
        required = required_on(requirements, day)
        covers = tuple(
            RoleCover(role, required.get(role, 0), now_posted[role], now_available[role])
            for role in roles
        )
        if spans and spans[-1].roles == covers:
            spans[-1] = Span(spans[-1].starts_on, until, covers)
        else:
            spans.append(Span(day, until, covers))
    return spans


def required_on(requirements: Iterable[Requirement], day: date) -> dict[str, int]:
    """Return the minimum of each role on a day: the strictest of those in force."""
    required: dict[str, int] = {}
    for r in requirements:
        if r.valid_from <= day and (r.valid_to is None or day < r.valid_to):
            required[r.role] = max(required.get(r.role, 0), r.minimum)
    return required


def sum_coverage(
    spans: Iterable[Span], stints: Iterable[Stint], *, start: date, end: date
) -> Figures:
    """Return the figures of one ward over `[start, end)`, from its spans and their stints."""
    total = Figures()
    for span in spans:
        short = sum((max(c.required - c.posted, NONE) for c in span.roles), NONE)
        total += Figures(
            days=span.days,
            days_with_standard=span.days * span.has_standard,
            compliant_days_posted=span.days * span.compliant_posted,
            compliant_days_available=span.days * span.compliant_available,
            vacancy_days=span.days * bool(short),
            vacant_officer_days=span.days * short,
        )
    for stint in stints:
        total += _officer_days(stint, start, end)
    return total


def _officer_days(stint: Stint, start: date, end: date) -> Figures:
    first, last = max(stint.starts_on, start), min(stint.ends_on or end, end)
    away = exceptional = 0
    for absence in stint.absences:
        days = _days_between(max(absence.starts_on, first), min(absence.ends_on, last))
        away += days
        exceptional += days * absence.exceptional
    return Figures(
        posted_officer_days=stint.fte * _days_between(first, last),
        abstracted_officer_days=stint.fte * away,
        exceptional_officer_days=stint.fte * exceptional,
    )


def _days_between(first: date, last: date) -> int:
    return max((last - first).days, 0)


def _roles_required(requirements: Iterable[Requirement], start: date, end: date) -> set[str]:
    return {
        r.role
        for r in requirements
        if r.valid_from < end and (r.valid_to is None or r.valid_to > start)
    }


Changes = defaultdict[tuple[date, str], Decimal]


def _changes(stints: Iterable[Stint], start: date, end: date) -> tuple[Changes, Changes]:
    """Return by how much the posted and the available FTE of each role change on each day."""
    posted: Changes = defaultdict(Decimal)
    available: Changes = defaultdict(Decimal)
    for stint in stints:
        first, last = max(stint.starts_on, start), min(stint.ends_on or end, end)
        if first >= last:
            continue
        for changes in (posted, available):
            changes[first, stint.role] += stint.fte
            changes[last, stint.role] -= stint.fte
        for absence in stint.absences:
            gone, back = max(absence.starts_on, first), min(absence.ends_on, last)
            if gone < back:
                available[gone, stint.role] -= stint.fte
                available[back, stint.role] += stint.fte
    return posted, available
