"""Boundary editions, their boroughs and wards, the crosswalk between them, and the postcodes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.geometry import Geo
from app.models.base import Base, Identified


class BoundaryEdition(Identified, Base):
    """One release of all ward boundaries: loaded inactive, checked, then in force from a date."""

    __tablename__ = "boundary_edition"
    __table_args__ = (
        CheckConstraint("status IN ('inactive', 'active', 'closed')", name="status"),
        CheckConstraint("boundary_status IN ('indicative', 'official')", name="boundary_status"),
        Index(
            "uq_boundary_edition_active",
            "status",
            unique=True,
            postgresql_where=text("status = 'active'"),
            sqlite_where=text("status = 'active'"),
        ),
    )

    label: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(10))
    boundary_status: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300))
    licence: Mapped[str] = mapped_column(String(200))
    attribution: Mapped[str] = mapped_column(String(600))
    source_sha256: Mapped[str] = mapped_column(String(64))
    ward_count: Mapped[int]
    checks: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]
    loaded_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]


class Borough(Base):
    """A London borough or the City, by GSS code, with the force that polices it."""

    __tablename__ = "borough"

    code: Mapped[str] = mapped_column(String(9), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    police_force: Mapped[str] = mapped_column(String(40))
    boundary: Mapped[Any] = mapped_column(Geo("MULTIPOLYGON"))


class Ward(Identified, Base):
    """One ward of one boundary edition."""

    __tablename__ = "ward"
    __table_args__ = (
        UniqueConstraint("edition_id", "code"),
        Index("ix_ward_code", "code"),
        Index("gix_ward_boundary", "boundary", postgresql_using="gist").ddl_if(
            dialect="postgresql"
        ),
    )

    edition_id: Mapped[UUID] = mapped_column(ForeignKey("boundary_edition.id"))
    code: Mapped[str] = mapped_column(String(9))
    name: Mapped[str] = mapped_column(String(100))
    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"), index=True)
    police_force: Mapped[str] = mapped_column(String(40))
    boundary: Mapped[Any] = mapped_column(Geo("MULTIPOLYGON"))
    boundary_status: Mapped[str] = mapped_column(String(10))
    boundary_sha256: Mapped[str] = mapped_column(String(64))
    area_m2: Mapped[float] = mapped_column(Float)


class WardCrosswalk(Base):
    """How much of an old ward's area went to which new ward, and the other way round."""

    __tablename__ = "ward_crosswalk"

    from_ward_id: Mapped[UUID] = mapped_column(ForeignKey("ward.id"), primary_key=True)
    to_ward_id: Mapped[UUID] = mapped_column(ForeignKey("ward.id"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(12))
    share_of_from: Mapped[float] = mapped_column(Float)
    share_of_to: Mapped[float] = mapped_column(Float)


class Postcode(Base):
    """A live postcode, without its space, and the ward its address point lies in."""

    __tablename__ = "postcode"

    postcode: Mapped[str] = mapped_column(String(7), primary_key=True)
    ward_code: Mapped[str] = mapped_column(String(9))
