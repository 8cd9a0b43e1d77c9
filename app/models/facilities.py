"""Police buildings that residents can walk into, and the hours they keep, with their history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.geometry import Geo
from app.models.base import Base, Editable, Identified


class Facility(Editable, Base):
    """A front counter, a base or shared premises, open on the days `[opened_on, closed_on)`."""

    __tablename__ = "facility"
    __table_args__ = (
        CheckConstraint("kind IN ('front_counter', 'base', 'co_located')", name="kind"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="dates"),
        CheckConstraint("(closed_on IS NULL) = (close_reason IS NULL)", name="close_reason"),
    )

    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"), index=True)
    kind: Mapped[str] = mapped_column(String(15))
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(300))
    location: Mapped[Any | None] = mapped_column(Geo("POINT"))
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    close_reason: Mapped[str | None] = mapped_column(String(500))
    hours: Mapped[list["FacilityHours"]] = relationship(
        lazy="raise", order_by="FacilityHours.valid_from, FacilityHours.id"
    )


_IN_FORCE = text("retracted_at IS NULL")
_LAST = text("retracted_at IS NULL AND valid_to IS NULL")


class FacilityHours(Identified, Base):
    """The hours a facility kept on the days `[valid_from, valid_to)`, and who said so.

    A change closes the row before it. A row that turns out wrong is retracted with a reason and
    stays to be read; nothing is removed.
    """

    __tablename__ = "facility_hours"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        CheckConstraint(
            "(retracted_at IS NULL) = (retracted_reason IS NULL)", name="retracted_reason"
        ),
        Index(
            "uq_facility_hours_start",
            "facility_id",
            "valid_from",
            unique=True,
            postgresql_where=_IN_FORCE,
            sqlite_where=_IN_FORCE,
        ),
        Index(
            "uq_facility_hours_last",
            "facility_id",
            unique=True,
            postgresql_where=_LAST,
            sqlite_where=_LAST,
        ),
    )

    facility_id: Mapped[UUID] = mapped_column(ForeignKey("facility.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    is_24_7: Mapped[bool]
    weekly: Mapped[dict[str, Any]]
    verified_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
    retracted_at: Mapped[datetime | None]
    retracted_reason: Mapped[str | None] = mapped_column(String(500))
