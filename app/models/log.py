"""The public log of each poll: leaves that wait, leaves in their place, and signed heads.

A leaf is the hash of a sealed ballot (or of nothing: a cover). No row here holds a slot or tells
which ballot counts; no row that a cast writes holds a time.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class PendingLeaf(Base):
    """The leaf of a committed ballot that no head holds yet.

    Without a foreign key: its statement holds the poll's row, and a check per ballot is dear. So is
    keeping a unique key on PostgreSQL, which has none: the log takes each leaf once in any case.
    """

    __tablename__ = "pending_leaf"
    __table_args__ = (
        Index("ix_pending_leaf_poll_id", "poll_id").ddl_if(dialect="postgresql"),
        {"sqlite_with_rowid": False},
    )

    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class LogLeaf(Base):
    """One leaf in its place; a cover stands for no ballot and keeps the nonce that shows it."""

    __tablename__ = "log_leaf"
    __table_args__ = (UniqueConstraint("poll_id", "leaf_hash"),)

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    idx: Mapped[int] = mapped_column(primary_key=True)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    cover: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class TreeHead(Base):
    """One published head of a poll's log: what was signed, and what the next one grows from.

    Beside it stands the turnout that is told from then on, in tens, until a result tells more.
    """

    __tablename__ = "tree_head"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    turnout: Mapped[int]
    published_at: Mapped[datetime]
    checkpoint: Mapped[str] = mapped_column(Text)
