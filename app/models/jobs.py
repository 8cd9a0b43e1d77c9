"""Jobs: long work that somebody asked for or a schedule owes, and what was told of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified

UNENDED = "state IN ('queued', 'running')"
QUEUE_TABLES = ("huey_counter", "huey_kv", "huey_schedule", "huey_task")
"""The queue's own tables on PostgreSQL: made by a migration, known to huey alone."""


class Job(Identified, Base):
    """One piece of long work. The row is the job: the queue only says that it is time to look.

    A worker holds a job by `lease` until `leased_until`; whoever takes it up afterwards has another
    lease, and nothing is committed under the old one. `fruitless` counts the takings-up since the
    last committed piece.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"
        ),
        Index(
            "ix_job_unended",
            "state",
            postgresql_where=text(UNENDED),
            sqlite_where=text(UNENDED),
        ),
    )

    kind: Mapped[str] = mapped_column(String(40), index=True)
    parameters: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12))
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(300), default="")
    checkpoint: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[dict[str, Any] | None]
    asked_by: Mapped[str] = mapped_column(String(120))
    asked_role: Mapped[str] = mapped_column(String(30))
    borough_code: Mapped[str | None] = mapped_column(ForeignKey("borough.code"), index=True)
    ward_code: Mapped[str | None] = mapped_column(String(9))
    occurrence: Mapped[str | None] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    fruitless: Mapped[int] = mapped_column(default=0)
    last_event: Mapped[int] = mapped_column(default=0)


class JobEvent(Base):
    """What was told of a job at one moment; numbered from 1 within the job, never changed."""

    __tablename__ = "job_event"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    done: Mapped[int]
    total: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(300))
