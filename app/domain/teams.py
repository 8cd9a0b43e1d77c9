"""Who belongs to a neighbourhood team: roles, postings within one officer, and days away."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.errors import (
    AbstractionOutsidePostingError,
    AbstractionOverlapError,
    FullTimeExceededError,
    InvalidRequestError,
)

FULL_TIME = Decimal("1.00")
"""What one officer can give to all their postings of one day."""

NONE = Decimal(0)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class PostingRole(StrEnum):
    """What an officer is on a team (mission §9, role catalogue)."""

    DEDICATED_WARD_OFFICER = "dedicated_ward_officer"
    PCSO = "pcso"
    SERGEANT = "sergeant"
    INSPECTOR = "inspector"
    BOROUGH_SUPERINTENDENT = "borough_superintendent"
    SPECIAL_CONSTABLE = "special_constable"
    VOLUNTEER = "volunteer"
    LGBT_LIAISON = "lgbt_liaison"
    OTHER_LIAISON = "other_liaison"
    ENGAGEMENT_TEAM = "engagement_team"


WARD_ONLY = frozenset({PostingRole.DEDICATED_WARD_OFFICER, PostingRole.PCSO})
"""Roles that are dedicated to one ward (plan C01)."""

BOROUGH_ONLY = frozenset({PostingRole.BOROUGH_SUPERINTENDENT})
"""Roles that lead a borough and so are never posted to one ward."""

BOROUGH_LEADERSHIP = (
    PostingRole.SERGEANT,
    PostingRole.INSPECTOR,
    PostingRole.BOROUGH_SUPERINTENDENT,
)
"""Those on the borough team whom every ward of the borough can turn to."""


class AbstractionReason(StrEnum):
    """Why a posted officer was taken away; sickness and leave are no abstraction, nor kept here."""

    PUBLIC_ORDER = "public_order"
    CENTRAL_EVENT = "central_event"
    RESPONSE_COVER = "response_cover"
    MAJOR_INCIDENT = "major_incident"
    OTHER_UNIT = "other_unit"
    CUSTODY = "custody"
    COURT = "court"
    TRAINING = "training"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Days:
    """A run of days `[starts_on, ends_on)`; no end means until further notice."""

    starts_on: date
    ends_on: date | None = None

    def overlaps(self, other: "Days") -> bool:
        """Whether the two runs share a day."""
        start = max(self.starts_on, other.starts_on)
        return start < min(self.ends_on or date.max, other.ends_on or date.max)

    def contains(self, other: "Days") -> bool:
        """Whether every day of the other run is in this one."""
        ends_in_time = self.ends_on is None or (
            other.ends_on is not None and other.ends_on <= self.ends_on
        )
        return self.starts_on <= other.starts_on and ends_in_time


@dataclass(frozen=True, slots=True)
class Share:
    """The part of one officer that a posting takes, and when."""

    days: Days
    fte: Decimal


def peak_fte(shares: Iterable[Share]) -> Decimal:
    """Return the largest sum of shares on any day, by a sweep over the days of change."""
    changes: defaultdict[date, Decimal] = defaultdict(Decimal)
    for share in shares:
        changes[share.days.starts_on] += share.fte
        changes[share.days.ends_on or date.max] -= share.fte
    peak = total = NONE
    for day in sorted(changes):
        total += changes[day]
        peak = max(peak, total)
    return peak


def require_at_most_full_time(wanted: Share, others: Iterable[Share]) -> None:
    """Raise `FullTimeExceededError` if the officer would give more than 1.00 FTE on any day."""
    peak = peak_fte([wanted, *(other for other in others if other.days.overlaps(wanted.days))])
    if peak > FULL_TIME:
        raise FullTimeExceededError(
            f"With this posting the officer's postings would add up to {peak} FTE on some day; "
            f"at most {FULL_TIME} is possible.",
            pointer="/fte",
        )


def require_day(day: date, pointer: str) -> None:
    """Raise `InvalidRequestError` for a day outside the time this service is about."""
    if not EARLIEST <= day <= LATEST:
        raise InvalidRequestError(f"Dates lie between {EARLIEST} and {LATEST}.", pointer=pointer)


def require_days(days: Days) -> None:
    """Raise `InvalidRequestError` for a run out of our time, or one that ends before it starts."""
    require_day(days.starts_on, "/starts_on")
    if days.ends_on is not None and not days.starts_on <= days.ends_on <= LATEST:
        raise InvalidRequestError(
            f"ends_on is the first day after the last one, so between starts_on and {LATEST}.",
            pointer="/ends_on",
        )


def require_place(role: PostingRole, *, on_ward: bool) -> None:
    """Raise `InvalidRequestError` if the role does not belong on that kind of team."""
    if role in WARD_ONLY and not on_ward:
        raise InvalidRequestError(f"A {role} is posted to one ward: name it.", pointer="/ward_code")
    if role in BOROUGH_ONLY and on_ward:
        raise InvalidRequestError(
            f"A {role} is posted to a borough team: leave ward_code out.", pointer="/ward_code"
        )


def require_abstraction_fits(away: Days, posting: Days, others: Iterable[Days]) -> None:
    """Raise unless the days away lie inside the posting and apart from its other abstractions."""
    if away.ends_on is None or away.ends_on <= away.starts_on:
        raise InvalidRequestError("ends_on must be after starts_on.", pointer="/ends_on")
    if not posting.contains(away):
        until = posting.ends_on or "further notice"
        raise AbstractionOutsidePostingError(
            f"The abstraction must lie within the posting: {posting.starts_on} until {until}.",
            pointer="/starts_on",
        )
    if any(away.overlaps(other) for other in others):
        raise AbstractionOverlapError(
            "The officer is already recorded as away on some of these days.", pointer="/starts_on"
        )
