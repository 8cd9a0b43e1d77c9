"""Copies of what other publishers gave out: where from, when, under which terms, which bytes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Identified


class SourceCopy(Identified, Base):
    """One answer or file of a source, as it was read; every imported record names its copy.

    A row is written for each new content (by sha256) at an address; `checked_at` moves when the
    same content is found again (or the publisher says 304).
    """

    __tablename__ = "source_copy"
    __table_args__ = (Index("ix_source_copy_url_retrieved_at", "url", "retrieved_at"),)

    source: Mapped[str] = mapped_column(String(40), index=True)
    url: Mapped[str] = mapped_column(String(1000))
    retrieved_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    etag: Mapped[str | None] = mapped_column(String(300))
    last_modified: Mapped[str | None] = mapped_column(String(60))
    licence: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    body: Mapped["SourceBody | None"] = relationship(lazy="raise", cascade="all, delete-orphan")


class SourceBody(Base):
    """The bytes of the last good copy of an address; older copies keep their provenance only."""

    __tablename__ = "source_body"

    copy_id: Mapped[UUID] = mapped_column(ForeignKey("source_copy.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
