"""Requests for acts that take two people: who asked for what, and who carried it out."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Editable

PENDING = text("status = 'pending'")


class Approval(Editable, Base):
    """One request for an act that takes two people; at most one is pending for the same thing."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'carried_out', 'withdrawn', 'expired')", name="status"
        ),
        Index(
            "uq_approval_pending_fingerprint",
            "fingerprint",
            unique=True,
            postgresql_where=PENDING,
            sqlite_where=PENDING,
        ),
    )

    act: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(60))
    borough_code: Mapped[str | None] = mapped_column(String(9), index=True)
    ward_code: Mapped[str | None] = mapped_column(String(9))
    asked: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(String(64))
    requested_by: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str | None] = mapped_column(String(1000))
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(12))
    closed_by: Mapped[str | None] = mapped_column(String(120))
    closed_at: Mapped[datetime | None]
