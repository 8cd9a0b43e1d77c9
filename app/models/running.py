"""What a database remembers of how it was run."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class EvaluationStamp(Base):
    """Says that evaluation mode used this database: its tokens were for anyone. Never undone."""

    __tablename__ = "evaluation_stamp"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamped_at: Mapped[datetime]
