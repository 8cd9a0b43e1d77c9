"""Recorded crime by ward and month, its categories, the concerns they bear on, and deprivation."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class CrimeCategory(Base):
    """A kind of crime as one source sorts it; the subcategory is `""` for the whole category."""

    __tablename__ = "crime_category"

    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    category: Mapped[str] = mapped_column(String(60), primary_key=True)
    subcategory: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(120))


class CrimeCount(Base):
    """How many offences (or incidents) a source counts in one ward, month (`YYYY-MM`) and kind.

    The most detailed kind that the source gives: summing a ward's rows counts nothing twice. A
    ward and month without any row is a gap; with rows, a kind that has none counts 0.
    """

    __tablename__ = "crime_count"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        ForeignKeyConstraint(
            ["source", "category", "subcategory"],
            ["crime_category.source", "crime_category.category", "crime_category.subcategory"],
        ),
        {"sqlite_with_rowid": False},
    )

    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    ward_code: Mapped[str] = mapped_column(String(9), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    category: Mapped[str] = mapped_column(String(60), primary_key=True)
    subcategory: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int]
    copy_id: Mapped[UUID] = mapped_column(ForeignKey("source_copy.id"))


class ConcernCrime(Base):
    """A kind of recorded crime that bears on a concern; subcategory `""`: the whole category."""

    __tablename__ = "concern_crime"
    __table_args__ = (
        ForeignKeyConstraint(
            ["source", "category", "subcategory"],
            ["crime_category.source", "crime_category.category", "crime_category.subcategory"],
        ),
    )

    concern: Mapped[str] = mapped_column(ForeignKey("concern.slug"), primary_key=True)
    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    category: Mapped[str] = mapped_column(String(60), primary_key=True)
    subcategory: Mapped[str] = mapped_column(String(60), primary_key=True)


class ConcernCrimeGap(Base):
    """What a source does not say about a concern; nothing at all where no kind bears on it."""

    __tablename__ = "concern_crime_gap"

    concern: Mapped[str] = mapped_column(ForeignKey("concern.slug"), primary_key=True)
    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    gap: Mapped[str] = mapped_column(String(400))


class Deprivation(Base):
    """A score of a ward in one release of the Indices of Deprivation; higher is more deprived."""

    __tablename__ = "deprivation"

    ward_code: Mapped[str] = mapped_column(String(9), primary_key=True)
    release: Mapped[str] = mapped_column(String(20), primary_key=True)
    measure: Mapped[str] = mapped_column(String(30), primary_key=True)
    score: Mapped[float]
    copy_id: Mapped[UUID] = mapped_column(ForeignKey("source_copy.id"))
