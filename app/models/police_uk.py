"""What data.police.uk says of our wards: its neighbourhoods, priorities, events and teams.

None of it is ours. A row stays when the publisher takes it down, with the instant it was gone.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.models.base import Base, Identified


class PoliceUkNeighbourhood(Base):
    """A neighbourhood as the publisher lists it, and the ward of ours that its id names.

    `boundary_overlap` is intersection over union with our ward's shape.
    """

    __tablename__ = "police_uk_neighbourhood"
    __table_args__ = (
        CheckConstraint(
            "match IN ('exact', 'suffix', 'duplicate', 'other_force', 'retired', 'unknown')",
            name="match",
        ),
    )

    force: Mapped[str] = mapped_column(String(40), primary_key=True)
    neighbourhood_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    ward_code: Mapped[str | None] = mapped_column(String(9), index=True)
    match: Mapped[str] = mapped_column(String(12))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    boundary_overlap: Mapped[float | None] = mapped_column(Float)
    copy_id: Mapped[UUID] = mapped_column(ForeignKey("source_copy.id"))


class PoliceUkListing(Base):
    """One list of the publisher about one ward: when it was read, changed, and was empty.

    An empty list does not say whether there is nothing or nobody keeps it; these dates help to
    judge. `away_since` is set while the publisher does not answer, so that what is kept is stale.
    """

    __tablename__ = "police_uk_listing"
    __table_args__ = (
        CheckConstraint("kind IN ('boundary', 'priorities', 'events', 'team')", name="kind"),
        CheckConstraint("items >= 0", name="items"),
    )

    ward_code: Mapped[str] = mapped_column(String(9), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    first_seen_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    last_changed_at: Mapped[datetime]
    empty_since: Mapped[datetime | None]
    away_since: Mapped[datetime | None]
    items: Mapped[int]
    copy_id: Mapped[UUID] = mapped_column(ForeignKey("source_copy.id"))


class Listed(Identified):
    """Something on a list of the publisher; known again by the hash of all that it says.

    An item whose words change is another item, so that nothing that was published is overwritten.
    """

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy calls it on the class
        """Return the constraint that a ward's list holds an item once."""
        return (UniqueConstraint("ward_code", "digest"),)

    ward_code: Mapped[str] = mapped_column(String(9))
    digest: Mapped[str] = mapped_column(String(64))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]

    @declared_attr
    def copy_id(cls) -> Mapped[UUID]:  # noqa: N805 - SQLAlchemy calls it on the class
        """The copy in which it was seen last."""
        return mapped_column(ForeignKey("source_copy.id"))


class PoliceUkPriority(Listed, Base):
    """A priority of a ward as the publisher shows it, in plain text."""

    __tablename__ = "police_uk_priority"

    issue: Mapped[str] = mapped_column(Text)
    action: Mapped[str | None] = mapped_column(Text)
    issued_on: Mapped[date | None]
    acted_on: Mapped[date | None]


class PoliceUkEvent(Listed, Base):
    """An event as the publisher shows it, in plain text."""

    __tablename__ = "police_uk_event"

    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(60))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class PoliceUkTeam(Listed, Base):
    """A composition of a ward's team as the publisher shows it: how many people of which rank.

    `names` is `null` unless the deployment keeps them.
    """

    __tablename__ = "police_uk_team"

    people: Mapped[int]
    ranks: Mapped[dict[str, Any]]
    names: Mapped[list[Any] | None]
