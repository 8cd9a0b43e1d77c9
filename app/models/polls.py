"""Rounds, their ward polls, sealed ballots until the close, opened ballots and results after it.

No table here holds both a person and a choice. Until the close an envelope is keyed by a keyed hash
and holds ciphertext only; at the close the choices are written once, shuffled, in one transaction,
without any key back to their envelope (reliability: a shared `xmin` or row order would link them).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Editable, Identified


class Round(Editable, Base):
    """The ward polls of one refresh, in which one resident has one ballot however they move."""

    __tablename__ = "round"
    __table_args__ = (CheckConstraint("closes_at > opens_at", name="times"),)

    title: Mapped[str] = mapped_column(String(120))
    borough_code: Mapped[str | None] = mapped_column(ForeignKey("borough.code"), index=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    min_level: Mapped[int] = mapped_column(SmallInteger)
    seal_public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    keys_destroyed_at: Mapped[datetime | None]
    polls: Mapped[list["Poll"]] = relationship(back_populates="round", lazy="raise")


class Poll(Editable, Base):
    """One ward's question: which concerns should be its priorities."""

    __tablename__ = "poll"
    __table_args__ = (
        UniqueConstraint("round_id", "ward_code"),
        UniqueConstraint("round_id", "id"),  # what an envelope's key names
        CheckConstraint(
            "status IN ('draft', 'scheduled', 'open', 'closed', 'counted', 'published',"
            " 'cancelled')",
            name="status",
        ),
        Index("ix_poll_ward_code_status", "ward_code", "status"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("round.id"))
    ward_code: Mapped[str] = mapped_column(String(9))
    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"), index=True)
    edition_id: Mapped[UUID] = mapped_column(ForeignKey("boundary_edition.id"))
    question: Mapped[str] = mapped_column(String(200))
    seats: Mapped[int] = mapped_column(SmallInteger)
    rule: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(12))
    status_reason: Mapped[str | None] = mapped_column(String(500))
    scheduled_by: Mapped[str | None] = mapped_column(String(120))
    manifest: Mapped[dict[str, Any] | None]
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))
    closed_at: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    round: Mapped[Round] = relationship(back_populates="polls", lazy="raise")
    options: Mapped[list["PollOption"]] = relationship(lazy="raise", order_by="PollOption.position")


class PollOption(Identified, Base):
    """One concern that a poll's voters may approve."""

    __tablename__ = "poll_option"
    __table_args__ = (
        UniqueConstraint("poll_id", "position"),
        UniqueConstraint("poll_id", "concern"),
    )

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    concern: Mapped[str] = mapped_column(ForeignKey("concern.slug"))
    text: Mapped[str] = mapped_column(String(200))


class Envelope(Base):
    """The one sealed ballot of a slot; a later ballot of the same person replaces it.

    Once its poll is closed it stays: whoever moves house after that has voted already.
    """

    __tablename__ = "envelope"
    __table_args__ = (ForeignKeyConstraint(["round_id", "poll_id"], ["poll.round_id", "poll.id"]),)

    round_id: Mapped[UUID] = mapped_column(primary_key=True)
    slot: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    poll_id: Mapped[UUID] = mapped_column(index=True)
    seq: Mapped[int]
    level: Mapped[int] = mapped_column(SmallInteger)
    closed: Mapped[bool] = mapped_column(default=False)
    quarantined: Mapped[bool] = mapped_column(default=False, server_default=false())
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class OpenedBallot(Base):
    """One choice after the close, in shuffled order, with the random tracker sealed beside it."""

    __tablename__ = "opened_ballot"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    choices: Mapped[list[Any]]
    tracker: Mapped[str] = mapped_column(String(32))


class PollResult(Base):
    """The frozen count of one poll: its weighted profile of distinct ballots, and what follows."""

    __tablename__ = "poll_result"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    ballots: Mapped[int]
    superseded: Mapped[int]
    by_level: Mapped[dict[str, Any]]
    profile: Mapped[list[Any]]
    count: Mapped[dict[str, Any]]
    counted_at: Mapped[datetime]
