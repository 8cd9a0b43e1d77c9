"""Keys that partners' programs call with: their hash, what they may do, and until when."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Editable


class PartnerKey(Editable, Base):
    """One key of a partner; the secret itself was shown once and is nowhere here."""

    __tablename__ = "partner_key"
    __table_args__ = (
        CheckConstraint("status IN ('inactive', 'active', 'revoked')", name="status"),
    )

    handle: Mapped[str] = mapped_column(String(12), unique=True)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    partner: Mapped[str] = mapped_column(String(120), index=True)
    scopes: Mapped[list[Any]]
    boroughs: Mapped[list[Any]]
    status: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))
    activated_by: Mapped[str | None] = mapped_column(String(120))
    activated_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(120))
    revoked_at: Mapped[datetime | None]
    last_used_on: Mapped[date | None]
