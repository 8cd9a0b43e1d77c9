"""The audit trail of staff writes, and the revision that tells every process of a change."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class AuditEntry(Base):
    """One staff write: who did what to which thing, when and why; chained to the one before."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject_kind_subject_id", "subject_kind", "subject_id"),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(30))
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(60))
    borough_code: Mapped[str | None] = mapped_column(String(9))
    ward_code: Mapped[str | None] = mapped_column(String(9), index=True)
    reason: Mapped[str | None] = mapped_column(String(1000))
    detail: Mapped[dict[str, Any]]
    blind: Mapped[str | None] = mapped_column(String(32))
    previous_hash: Mapped[str] = mapped_column(String(64))
    entry_hash: Mapped[str] = mapped_column(String(64), unique=True)


class Revision(Base):
    """A number that every editorial write raises, in its own transaction; ballots do not."""

    __tablename__ = "revision"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]


class AuditHead(Base):
    """The state of the audit chain on one day, as a note signed outside the database."""

    __tablename__ = "audit_head"

    signed_on: Mapped[date] = mapped_column(primary_key=True)
    position: Mapped[int]
    entry_hash: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
