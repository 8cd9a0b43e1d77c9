"""Boards of a borough: who sits on them, when the mix is whole, and what meetings must say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce
from uuid import UUID

from app.domain.spans import DaySpan, share, span_of, state_since
from app.domain.teams import require_day
from app.errors import (
    BoardClosedError,
    InvalidRequestError,
    MeetingMoveRefusedError,
    ReasonRequiredError,
)


class MemberKind(StrEnum):
    """Whom a member of a board speaks for."""

    PUBLIC = "public"
    COMMUNITY_LEADER = "community_leader"
    POLICE = "police"
    COUNCIL = "council"
    OTHER = "other"


class MeetingStatus(StrEnum):
    """Where a meeting stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class DecisionOutcome(StrEnum):
    """What came of a decision."""

    DONE = "done"
    PARTLY_DONE = "partly_done"
    NOT_DONE = "not_done"
    WITHDRAWN = "withdrawn"


PROMISED_KINDS = (MemberKind.PUBLIC, MemberKind.COMMUNITY_LEADER, MemberKind.POLICE)
"""Plan C17: the board brings the public and community leaders together with the police."""

SEATS = {
    MemberKind.PUBLIC: "Member of the public",
    MemberKind.COMMUNITY_LEADER: "Community leader",
    MemberKind.POLICE: "Police member",
    MemberKind.COUNCIL: "Council member",
    MemberKind.OTHER: "Other member",
}
"""How a seat is called that has no label of its own; no seat needs a person's name."""

MOVES = {MeetingStatus.PLANNED: frozenset(MeetingStatus)}
"""A planned meeting is held or cancelled; then it stays what it is."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One member of a kind, for the days of a span."""

    kind: MemberKind
    days: DaySpan


@dataclass(frozen=True, slots=True)
class BoardFigures:
    """How often a board met up to a day, and what became of what it decided."""

    meetings_held: int = 0
    meetings_cancelled: int = 0
    minutes_published: int = 0
    last_held_on: date | None = None
    next_planned_on: date | None = None
    decisions: int = 0
    decisions_open: int = 0
    decisions_overdue: int = 0
    held_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardStanding:
    """A board on a day: whether it is at work, who sits on it, and how it has met.

    `sides` are the days on which it is at work and somebody of a kind sits on it.
    `mixed` says whether every kind of member that the plan names sits on it that day, `mixed_since`
    since when that answer has held (`None`: never otherwise), `mixed_spans` all days on which it
    was so.
    """

    id: UUID
    borough_code: str
    name: str
    established_on: date
    dissolved_on: date | None
    active: bool
    composition: Mapping[MemberKind, int]
    mixed: bool
    mixed_since: date | None
    mixed_spans: tuple[DaySpan, ...]
    sides: Mapping[MemberKind, tuple[DaySpan, ...]]
    figures: BoardFigures


def composition(seats: Iterable[Seat], on: date) -> dict[MemberKind, int]:
    """Return how many members of each kind sit on a board on a day, zeros included."""
    counts = dict.fromkeys(MemberKind, 0)
    for seat in seats:
        counts[seat.kind] += seat.days.contains(on)
    return counts


def side_spans(life: DaySpan, seats: Iterable[Seat]) -> dict[MemberKind, tuple[DaySpan, ...]]:
    """Return the days of a board's life on which it has a member of each kind."""
    taken = list(seats)
    return {
        kind: share([life], (seat.days for seat in taken if seat.kind is kind))
        for kind in MemberKind
    }


def standing(
    board: tuple[UUID, str, str, date, date | None],
    seats: Iterable[Seat],
    figures: BoardFigures,
    *,
    on: date,
) -> BoardStanding:
    """Return how a board (id, borough, name, first day, end) stands on a day."""
    identifier, borough_code, name, established_on, dissolved_on = board
    life, taken = span_of(established_on, dissolved_on), list(seats)
    sides = side_spans(life, taken)
    spans = reduce(share, (sides[kind] for kind in PROMISED_KINDS))
    mixed, since = state_since(spans, on)
    return BoardStanding(
        id=identifier,
        borough_code=borough_code,
        name=name,
        established_on=established_on,
        dissolved_on=dissolved_on,
        active=life.contains(on),
        composition=composition(taken, on),
        mixed=mixed,
        mixed_since=since,
        mixed_spans=spans,
        sides=sides,
        figures=figures,
    )


def require_life(established_on: date, dissolved_on: date | None, reason: str | None) -> None:
    """Raise unless a board's days lie in our time and in order, and its end has a reason."""
    require_day(established_on, "/established_on")
    if dissolved_on is None:
        if reason is not None:
            raise InvalidRequestError("A reason to end needs an end.", pointer="/dissolve_reason")
        return
    require_day(dissolved_on, "/dissolved_on")
    if dissolved_on < established_on:
        raise InvalidRequestError("A board ends after it began.", pointer="/dissolved_on")
    if not reason:
        raise ReasonRequiredError("Say why the board ends.", pointer="/dissolve_reason")


def require_within_life(
    life: DaySpan, starts_on: date, ends_on: date | None, *, pointer: str
) -> None:
    """Raise unless a seat's days are in order and begin while the board is at work."""
    require_day(starts_on, pointer)
    if ends_on is not None:
        require_day(ends_on, "/ends_on")
        if ends_on < starts_on:
            raise InvalidRequestError("ends_on must not be before starts_on.", pointer="/ends_on")
    if not life.contains(starts_on):
        until = "further notice" if life.ends_on == date.max else life.ends_on
        raise BoardClosedError(
            f"The board is at work from {life.starts_on} until {until}.", pointer=pointer
        )


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """All that a meeting says of itself."""

    meets_on: date
    status: MeetingStatus
    status_reason: str | None
    attendance: Mapping[str, int]
    minutes_url: str | None
    minutes_published_on: date | None


def require_meeting_move(former: MeetingStatus, wanted: MeetingStatus) -> None:
    """Raise `MeetingMoveRefusedError` unless a meeting may become what is wanted."""
    if wanted is not former and wanted not in MOVES.get(former, frozenset()):
        raise MeetingMoveRefusedError(f"This meeting is {former}: it cannot become {wanted}.")


def require_meeting(facts: MeetingFacts, *, today: date) -> None:
    """Raise unless what a meeting says of itself fits together and into the calendar."""
    require_day(facts.meets_on, "/meets_on")
    held = facts.status is MeetingStatus.HELD
    if held and facts.meets_on > today:
        raise MeetingMoveRefusedError("The day of this meeting has not come.", pointer="/status")
    if facts.status is MeetingStatus.CANCELLED and not facts.status_reason:
        raise ReasonRequiredError("Say why the meeting is cancelled.", pointer="/status_reason")
    if facts.attendance and not held:
        raise InvalidRequestError("Only a held meeting was attended.", pointer="/attendance")
    if (facts.minutes_url or facts.minutes_published_on) and not held:
        raise InvalidRequestError("Only a held meeting has minutes.", pointer="/minutes_url")
    if (facts.minutes_url is None) != (facts.minutes_published_on is None):
        raise InvalidRequestError(
            "Minutes have an address and the day they came out.", pointer="/minutes_published_on"
        )
    published = facts.minutes_published_on
    if published is not None and not facts.meets_on <= published <= today:
        raise InvalidRequestError(
            "Minutes come out between the meeting and today.", pointer="/minutes_published_on"
        )


def require_decision(
    decided_on: date,
    due_on: date | None,
    outcome: tuple[DecisionOutcome | None, date | None],
    *,
    today: date,
) -> None:
    """Raise unless a decision's days are in order and an outcome has its day."""
    what, when = outcome
    if due_on is not None:
        require_day(due_on, "/due_on")
        if due_on < decided_on:
            raise InvalidRequestError("A decision is due after it is taken.", pointer="/due_on")
    if (what is None) != (when is None):
        raise InvalidRequestError("An outcome and its day go together.", pointer="/outcome_on")
    if when is not None and not decided_on <= when <= today:
        raise InvalidRequestError(
            "An outcome's day lies between the decision and today.", pointer="/outcome_on"
        )
