"""Disputes of what a team says it did, with the clock on their answers, and what became of each."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Editable, Identified

UNDECIDED = text("state IN ('open', 'answered')")


class Dispute(Editable, Base):
    """One person's objection; who they are is a keyed hash, kept until the dispute is over."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint(
            "target_kind IN ('priority_outcome', 'event_record', 'commitment_status')",
            name="target_kind",
        ),
        CheckConstraint(
            "state IN ('open', 'answered', 'upheld', 'rejected', 'withdrawn')", name="state"
        ),
        Index(
            "uq_dispute_undecided",
            "filer",
            "target_kind",
            "target_id",
            "area_code",
            unique=True,
            postgresql_where=UNDECIDED,
            sqlite_where=UNDECIDED,
        ),
        Index("ix_dispute_target_id_target_kind", "target_id", "target_kind"),
        Index("ix_dispute_borough_code_filed_at", "borough_code", "filed_at"),
        Index("ix_dispute_state_due_at", "state", "due_at"),
    )

    target_kind: Mapped[str] = mapped_column(String(20))
    target_id: Mapped[str] = mapped_column(String(36))
    area_code: Mapped[str] = mapped_column(String(9))
    as_of: Mapped[date | None]
    borough_code: Mapped[str | None] = mapped_column(ForeignKey("borough.code"))
    ward_code: Mapped[str | None] = mapped_column(String(9))
    text: Mapped[str | None] = mapped_column(String(2000))
    evidence_url: Mapped[str | None] = mapped_column(String(500))
    redaction_reason: Mapped[str | None] = mapped_column(String(500))
    filer: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(120))
    answer: Mapped[str | None] = mapped_column(String(2000))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(String(1000))
    history: Mapped[list["DisputeEvent"]] = relationship(
        lazy="raise", order_by="DisputeEvent.sequence"
    )


class DisputeEvent(Identified, Base):
    """One step of a dispute; added, never changed, and without the words that may name a person."""

    __tablename__ = "dispute_event"
    __table_args__ = (
        Index("uq_dispute_event_dispute_id_sequence", "dispute_id", "sequence", unique=True),
    )

    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("dispute.id"))
    sequence: Mapped[int]
    act: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    role: Mapped[str] = mapped_column(String(30))
