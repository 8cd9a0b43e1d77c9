"""Refreshes: how one priority set became the next, from which inputs, with every reason."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Editable, Identified


class Refresh(Editable, Base):
    """One renewal of a ward's priorities, from opening to publication or abandonment."""

    __tablename__ = "refresh"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'proposed', 'published', 'abandoned')", name="status"),
        Index(
            "uq_refresh_in_progress",
            "ward_code",
            unique=True,
            postgresql_where=text("status IN ('open', 'proposed')"),
            sqlite_where=text("status IN ('open', 'proposed')"),
        ),
    )

    ward_code: Mapped[str] = mapped_column(String(9), index=True)
    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"))
    status: Mapped[str] = mapped_column(String(12))
    trigger: Mapped[str] = mapped_column(String(20))
    from_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("priority_set.id"))
    to_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("priority_set.id"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(120))
    overdue_days: Mapped[int]
    proposal: Mapped[dict[str, Any]]
    consulted: Mapped[list[Any]]
    explanation: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime | None]
    abandoned_reason: Mapped[str | None] = mapped_column(String(500))
    items: Mapped[list["RefreshItem"]] = relationship(lazy="raise", order_by="RefreshItem.position")


class RefreshItem(Identified, Base):
    """What a refresh decided about one concern, and why; once more why, if against the poll."""

    __tablename__ = "refresh_item"
    __table_args__ = (
        UniqueConstraint("refresh_id", "concern"),
        UniqueConstraint("refresh_id", "position"),
    )

    refresh_id: Mapped[UUID] = mapped_column(ForeignKey("refresh.id"))
    position: Mapped[int]
    concern: Mapped[str] = mapped_column(ForeignKey("concern.slug"))
    change: Mapped[str] = mapped_column(String(12))
    old_rank: Mapped[int | None]
    new_rank: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(1000))
    departure_reason: Mapped[str | None] = mapped_column(String(1000))
