"""What is known of a ward or borough beyond its polls: counts and statements with provenance."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class Evidence(Identified, Base):
    """One dated finding about an area, with where it came from and which concerns it bears on."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("period_to >= period_from", name="period"),
        Index("ix_evidence_ward_code_period_to", "ward_code", "period_to"),
    )

    kind: Mapped[str] = mapped_column(String(30))
    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"), index=True)
    ward_code: Mapped[str | None] = mapped_column(String(9))
    period_from: Mapped[date]
    period_to: Mapped[date]
    summary: Mapped[str] = mapped_column(String(1000))
    mentions: Mapped[dict[str, Any]]
    series: Mapped[list[Any] | None]
    source_name: Mapped[str] = mapped_column(String(200))
    source_url: Mapped[str | None] = mapped_column(String(500))
    licence: Mapped[str] = mapped_column(String(200))
    retrieved_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
