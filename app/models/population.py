"""How many people an area has, in all and by group, for rates and participation."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class PopulationCount(Base):
    """Usual residents of a ward or borough in one category of one dimension, on a census day.

    The dimension `all` has the single category `all`.
    """

    __tablename__ = "population_count"
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)

    area_code: Mapped[str] = mapped_column(String(9), primary_key=True)
    census_on: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(String(30), primary_key=True)
    category: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int]
    copy_id: Mapped[UUID] = mapped_column(ForeignKey("source_copy.id"), index=True)
