"""Policing and partnership boards of the boroughs: seats, meetings, and what was decided."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Editable


class Board(Editable, Base):
    """One board of one borough, at work on the days `[established_on, dissolved_on)`."""

    __tablename__ = "board"
    __table_args__ = (
        CheckConstraint("dissolved_on IS NULL OR dissolved_on >= established_on", name="dates"),
    )

    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    terms: Mapped[str | None] = mapped_column(String(4000))
    terms_url: Mapped[str | None] = mapped_column(String(500))
    established_on: Mapped[date]
    dissolved_on: Mapped[date | None]
    dissolve_reason: Mapped[str | None] = mapped_column(String(500))


class BoardMember(Editable, Base):
    """One seat on a board, taken for the days `[starts_on, ends_on)`; it names no person."""

    __tablename__ = "board_member"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
        CheckConstraint(
            "kind IN ('public', 'community_leader', 'police', 'council', 'other')", name="kind"
        ),
    )

    board_id: Mapped[UUID] = mapped_column(ForeignKey("board.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str | None] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class BoardMeeting(Editable, Base):
    """One meeting of a board: planned, then held or cancelled, with its minutes."""

    __tablename__ = "board_meeting"
    __table_args__ = (
        CheckConstraint("status IN ('planned', 'held', 'cancelled')", name="status"),
        Index("ix_board_meeting_board_id_meets_on", "board_id", "meets_on"),
    )

    board_id: Mapped[UUID] = mapped_column(ForeignKey("board.id"))
    meets_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(10))
    status_reason: Mapped[str | None] = mapped_column(String(500))
    open_to_public: Mapped[bool]
    attendance: Mapped[dict[str, Any]]
    minutes_url: Mapped[str | None] = mapped_column(String(500))
    minutes_published_on: Mapped[date | None]
    decisions: Mapped[list["BoardDecision"]] = relationship(
        lazy="raise", order_by="BoardDecision.id"
    )


class BoardDecision(Editable, Base):
    """What a board decided at a meeting: who does it (a role), by when, and what came of it."""

    __tablename__ = "board_decision"
    __table_args__ = (
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('done', 'partly_done', 'not_done', 'withdrawn')",
            name="outcome",
        ),
        CheckConstraint("(outcome IS NULL) = (outcome_on IS NULL)", name="outcome_on"),
        CheckConstraint("due_on IS NULL OR due_on >= decided_on", name="dates"),
    )

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("board_meeting.id"), index=True)
    text: Mapped[str] = mapped_column(String(1000))
    decided_on: Mapped[date]
    owner: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date | None]
    outcome: Mapped[str | None] = mapped_column(String(12))
    outcome_on: Mapped[date | None]
    outcome_note: Mapped[str | None] = mapped_column(String(1000))
