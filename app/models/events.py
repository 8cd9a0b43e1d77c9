"""Community events, the wards they serve, and the record of what was held."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.geometry import Geo
from app.models.base import Base, Editable


class CommunityEvent(Editable, Base):
    """One occasion on which residents can meet their team."""

    __tablename__ = "community_event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint(
            "status IN ('draft', 'published', 'postponed', 'held', 'not_held', 'cancelled')",
            name="status",
        ),
        Index("ix_community_event_borough_code_starts_at", "borough_code", "starts_at"),
        Index("ix_community_event_starts_at", "starts_at"),
    )

    kind: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(2000))
    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(200))
    location: Mapped[Any | None] = mapped_column(Geo("POINT"))
    online_url: Mapped[str | None] = mapped_column(String(500))
    accessibility: Mapped[list[Any]]
    open_to_all: Mapped[bool]
    hosts: Mapped[list[Any]]
    status: Mapped[str] = mapped_column(String(12))
    status_reason: Mapped[str | None] = mapped_column(String(500))
    ical_sequence: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None]
    wards: Mapped[list["EventWard"]] = relationship(
        lazy="raise", order_by="EventWard.ward_code", cascade="all, delete-orphan"
    )
    record: Mapped["EventRecord | None"] = relationship(lazy="raise")


class EventWard(Base):
    """A ward that an event serves."""

    __tablename__ = "event_ward"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("community_event.id"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(String(9), primary_key=True, index=True)


class EventRecord(Base):
    """What happened at an event: who came, how they were counted, and what they raised."""

    __tablename__ = "event_record"
    __table_args__ = (CheckConstraint("attendance >= 0", name="attendance"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("community_event.id"), primary_key=True)
    attendance: Mapped[int]
    attendance_method: Mapped[str] = mapped_column(String(20))
    notes: Mapped[str] = mapped_column(String(4000))
    concerns_raised: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
