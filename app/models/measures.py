"""Measures of trust and crime that the plan names, and their values from surveys."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Measure(Base):
    """One thing that is measured: what, in which unit, which way is better, who says so."""

    __tablename__ = "measure"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(200))
    pillar: Mapped[str] = mapped_column(String(30))
    commitments: Mapped[list[Any]]
    direction: Mapped[str] = mapped_column(String(10))
    unit: Mapped[str] = mapped_column(String(20))
    definition: Mapped[str] = mapped_column(String(1000))
    source: Mapped[str] = mapped_column(String(300))
    held_as: Mapped[str] = mapped_column(String(20))


class MeasureValue(Base):
    """A measure in an area, on the first day of its period, in one group; `all` is everybody.

    `base` is how many answered; `hidden` is decided at the import, over all that came together.
    """

    __tablename__ = "measure_value"
    __table_args__ = (
        CheckConstraint("proportion BETWEEN 0 AND 1", name="proportion"),
        CheckConstraint("base >= 1", name="base"),
        Index("ix_measure_value_area_code", "area_code"),
    )

    measure_code: Mapped[str] = mapped_column(ForeignKey("measure.code"), primary_key=True)
    area_code: Mapped[str] = mapped_column(String(9), primary_key=True)
    period_on: Mapped[date] = mapped_column(primary_key=True)
    group_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    proportion: Mapped[float]
    base: Mapped[int]
    hidden: Mapped[bool]
    copy_id: Mapped[UUID] = mapped_column(ForeignKey("source_copy.id"), index=True)
