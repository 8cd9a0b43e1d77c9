"""Second openings: that an auditor opened a poll's envelopes again, and if all came out alike."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class SecondOpening(Identified, Base):
    """One second opening of a poll; numbers only, never a choice."""

    __tablename__ = "second_opening"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), index=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(30))
    ballots: Mapped[int]
    agrees: Mapped[bool]
    differences: Mapped[dict[str, Any]]
