"""What the force promised to publish, and what it did publish."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class Publication(Base):
    """A promised series: due once on `first_due_on`, or from then on every `cadence_months`."""

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint("cadence_months IS NULL OR cadence_months > 0", name="cadence_months"),
    )

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(1000))
    owner: Mapped[str] = mapped_column(String(120))
    cadence_months: Mapped[int | None]
    first_due_on: Mapped[date]
    reading: Mapped[str] = mapped_column(String(500))
    commitments: Mapped[list[Any]]
    url: Mapped[str | None] = mapped_column(String(500))


class PublicationRelease(Identified, Base):
    """One thing that came out in a series; never edited, withdrawn only with a reason."""

    __tablename__ = "publication_release"
    __table_args__ = (
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_reason"
        ),
        Index(
            "ix_publication_release_publication_code_published_on",
            "publication_code",
            "published_on",
        ),
    )

    publication_code: Mapped[str] = mapped_column(ForeignKey("publication.code"))
    period: Mapped[str] = mapped_column(String(60))
    due_on: Mapped[date | None]
    published_on: Mapped[date]
    url: Mapped[str] = mapped_column(String(500))
    sha256: Mapped[str | None] = mapped_column(String(64))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(String(500))
