"""What was published about who took part in a round: one fixed table, with the gate's proof."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Participation(Base):
    """One round's table, published once and never again with other figures."""

    __tablename__ = "participation"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    figures: Mapped[list[Any]]
    proof: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
