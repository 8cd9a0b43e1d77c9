"""What data.police.uk says of a ward, beside what we hold, as it crosses the wire."""

from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import Field

from app.domain.police_uk import Match
from app.schemas.base import Instant, Out
from app.schemas.wards import AreaOut

T = TypeVar("T")


class CopyOut(Out):
    """Where and when something was read, under which terms, and the hash of the bytes."""

    url: str
    retrieved_at: Instant = Field(description="When these bytes were first read.")
    checked_at: Instant = Field(description="When the publisher last gave the same bytes.")
    licence: str
    sha256: str


class NeighbourhoodOut(Out):
    """The publisher's neighbourhood that speaks for the ward."""

    id: str = Field(examples=["E05013806N"], validation_alias="neighbourhood_id")
    name: str
    match: Match = Field(description="How its id names the ward; `suffix` has an N behind it.")
    boundary_overlap: float | None = Field(
        description="Intersection over union of its boundary with our ward's: 1 is the same."
    )
    gone_at: Instant | None = Field(description="Since when the publisher no longer lists it.")


class TheirPriorityOut(Out):
    """A priority as the publisher shows it, in plain text."""

    issue: str
    action: str | None
    issued_on: date | None
    acted_on: date | None
    first_seen_at: Instant
    last_seen_at: Instant
    gone_at: Instant | None


class TheirEventOut(Out):
    """An event as the publisher shows it, in plain text."""

    title: str
    description: str | None
    address: str | None
    kind: str | None
    starts_at: Instant
    ends_at: Instant | None
    first_seen_at: Instant
    last_seen_at: Instant
    gone_at: Instant | None


class TheirTeamOut(Out):
    """How many people of which rank the publisher shows."""

    people: int
    ranks: dict[str, int]
    names: list[str | None] | None = Field(description="`null` unless this deployment keeps names.")
    first_seen_at: Instant
    last_seen_at: Instant
    gone_at: Instant | None


class ListingOut(Out, Generic[T]):
    """One list of the publisher: what is on it, and how fresh that is.

    An empty list may mean that there is nothing or that nobody keeps it; `empty_since` and
    `last_changed_at` help to tell.
    """

    first_seen_at: Instant
    checked_at: Instant
    last_changed_at: Instant
    empty_since: Instant | None
    stale: bool = Field(description="Whether the publisher did not answer when last asked.")
    away_since: Instant | None
    provenance: CopyOut
    items: list[T] = Field(description="What is on the list now.")
    gone: list[T] = Field(description="What was on it, the latest taken down first; at most 20.")


class OurPriorityOut(Out):
    """One of the ward's active priorities as this service holds it."""

    id: UUID
    rank: int
    title: str
    concern: str
    set_on: date


class PublishedElsewhereOut(Out):
    """What data.police.uk says of a ward beside what this service holds."""

    ward: AreaOut
    publisher: str = Field(examples=["data.police.uk"])
    neighbourhood: NeighbourhoodOut | None = Field(
        description="`null` where no neighbourhood of the publisher names the ward."
    )
    priorities: ListingOut[TheirPriorityOut] | None = Field(description="`null`: never read.")
    events: ListingOut[TheirEventOut] | None = Field(description="`null`: never read.")
    team: ListingOut[TheirTeamOut] | None = Field(description="`null`: never read.")
    our_priorities: list[OurPriorityOut] = Field(
        description="The ward's active priorities here; empty without an active set."
    )
