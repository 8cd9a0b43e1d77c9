"""Officers, their postings to wards and boroughs, abstractions, and the standard for a team."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Editable, Identified, Versioned


class Officer(Editable, Base):
    """A police officer or PCSO: what the public may see, and the sign-in it belongs to."""

    __tablename__ = "officer"

    display_name: Mapped[str] = mapped_column(String(80))
    rank: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(120), unique=True)
    hidden: Mapped[bool] = mapped_column(default=False)
    fictional: Mapped[bool] = mapped_column(default=False)
    postings: Mapped[list["Posting"]] = relationship(back_populates="officer", lazy="raise")


class Posting(Editable, Base):
    """An officer in one role on the team of a ward or borough, for `[starts_on, ends_on)`."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),
        CheckConstraint("fte > 0 AND fte <= 1", name="fte"),
        Index("ix_posting_ward_code_starts_on", "ward_code", "starts_on"),
        Index("ix_posting_borough_code_starts_on", "borough_code", "starts_on"),
    )

    officer_id: Mapped[UUID] = mapped_column(ForeignKey("officer.id"), index=True)
    role: Mapped[str] = mapped_column(String(30))
    ward_code: Mapped[str | None] = mapped_column(String(9))
    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"))
    fte: Mapped[Decimal] = mapped_column(Numeric(3, 2))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(String(200))
    officer: Mapped[Officer] = relationship(back_populates="postings", lazy="raise")
    abstractions: Mapped[list["Abstraction"]] = relationship(lazy="raise")


class Abstraction(Versioned, Base):
    """A posted officer taken away from the ward for a time: `[starts_on, ends_on)`."""

    __tablename__ = "abstraction"
    __table_args__ = (CheckConstraint("ends_on > starts_on", name="dates"),)

    posting_id: Mapped[UUID] = mapped_column(ForeignKey("posting.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(40))
    exceptional: Mapped[bool]
    note: Mapped[str | None] = mapped_column(String(500))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class CoverageStandard(Identified, Base):
    """How many officers of a role a ward must have: every ward, or one listed ward, from a date."""

    __tablename__ = "coverage_standard"

    role: Mapped[str] = mapped_column(String(30))
    minimum: Mapped[int]
    ward_code: Mapped[str | None] = mapped_column(String(9), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300))
