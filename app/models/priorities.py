"""Concerns, a ward's successive priority sets, their priorities, actions and outcomes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.geometry import Geo
from app.models.base import Base, Editable, Identified


class Concern(Base):
    """Something residents worry about, who leads on it, and the recorded crime that bears on it."""

    __tablename__ = "concern"

    slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    label: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(400))
    lead: Mapped[str] = mapped_column(String(10))
    crime_categories: Mapped[list[Any]]
    position: Mapped[int]


class PrioritySet(Editable, Base):
    """The priorities of one ward between two refreshes."""

    __tablename__ = "priority_set"
    __table_args__ = (
        UniqueConstraint("ward_code", "sequence"),
        CheckConstraint("status IN ('active', 'superseded', 'withdrawn')", name="status"),
        Index(
            "uq_priority_set_active",
            "ward_code",
            unique=True,
            postgresql_where=text("status = 'active'"),
            sqlite_where=text("status = 'active'"),
        ),
    )

    ward_code: Mapped[str] = mapped_column(String(9))
    sequence: Mapped[int]
    status: Mapped[str] = mapped_column(String(12))
    decided_by: Mapped[str] = mapped_column(String(30))
    set_on: Mapped[date]
    published_at: Mapped[datetime]
    review_due_on: Mapped[date]
    superseded_at: Mapped[datetime | None]
    priorities: Mapped[list["Priority"]] = relationship(
        back_populates="priority_set", lazy="raise", order_by="Priority.rank"
    )


class Priority(Editable, Base):
    """One thing a ward team has promised to work on."""

    __tablename__ = "priority"
    __table_args__ = (UniqueConstraint("set_id", "rank"), UniqueConstraint("set_id", "concern"))

    set_id: Mapped[UUID] = mapped_column(ForeignKey("priority_set.id"))
    rank: Mapped[int]
    concern: Mapped[str] = mapped_column(ForeignKey("concern.slug"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    objective: Mapped[dict[str, Any]]
    place: Mapped[str | None] = mapped_column(String(200))
    area: Mapped[Any | None] = mapped_column(Geo("POLYGON"))
    partners: Mapped[list[Any]]
    status: Mapped[str] = mapped_column(String(20))
    set_on: Mapped[date]
    published_at: Mapped[datetime]
    last_action_on: Mapped[date | None]
    review_due_on: Mapped[date]
    carried_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("priority.id"))
    priority_set: Mapped[PrioritySet] = relationship(back_populates="priorities", lazy="raise")
    actions: Mapped[list["Action"]] = relationship(lazy="raise", order_by="Action.id")
    outcomes: Mapped[list["Outcome"]] = relationship(lazy="raise", order_by="Outcome.id")


class Action(Identified, Base):
    """Something done, or planned, about a priority: "you said, we did"."""

    __tablename__ = "action"

    priority_id: Mapped[UUID] = mapped_column(ForeignKey("priority.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(1000))
    planned_on: Mapped[date | None]
    done_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class Outcome(Identified, Base):
    """How a priority ended, who says so and on what evidence; a correction is a later row."""

    __tablename__ = "outcome"

    priority_id: Mapped[UUID] = mapped_column(ForeignKey("priority.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    claimed_by: Mapped[str] = mapped_column(String(20))
    statement: Mapped[str] = mapped_column(String(1000))
    evidence: Mapped[list[Any]]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
