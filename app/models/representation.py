"""What was published about how those who took part compare with those who live there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Representation(Base):
    """One round's figures by group, published once; only what passed the gate is ever written."""

    __tablename__ = "representation"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    figures: Mapped[list[Any]]
    proof: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


class PollEstimate(Base):
    """A poll's raked estimate beside its official result, or why there is none."""

    __tablename__ = "poll_estimate"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    estimate: Mapped[dict[str, Any]]
