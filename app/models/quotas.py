"""What processes share of quotas in use: a keyed hash and an instant, for minutes."""

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Quota(Base):
    """One quota in use, until all of it is back; no person, address or request is in it.

    PostgreSQL keeps the table out of its write-ahead log, so that no backup of the log holds it.
    """

    __tablename__ = "quota"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    full_at_ms: Mapped[int] = mapped_column(BigInteger, index=True)
