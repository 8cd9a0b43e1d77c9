"""What checks of commitments found: rows that are only ever added, and the runs that added them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class CommitmentRun(Identified, Base):
    """One run of every check as of a day; a day without a run was not checked.

    `number` counts runs without a gap; the last run with a day on or before a wanted one says what
    was known then.
    """

    __tablename__ = "commitment_run"
    __table_args__ = (Index("ix_commitment_run_as_of", "as_of"),)

    number: Mapped[int] = mapped_column(unique=True)
    as_of: Mapped[date]
    checked_at: Mapped[datetime]
    rule_version: Mapped[int]
    lines: Mapped[int]
    changed: Mapped[int]
    asked_by: Mapped[str] = mapped_column(String(120))


class CommitmentCheck(Base):
    """What a run found of one line in one area, where it differs from what was found before.

    The row holds until the next one of its line: lines that stayed as they were have no new row.
    """

    __tablename__ = "commitment_check"
    __table_args__ = (
        CheckConstraint(
            "status IN ('met', 'on_track', 'at_risk', 'breached', 'not_due', 'not_measurable',"
            " 'retired')",
            name="status",
        ),
        Index(
            "ix_commitment_check_line", "area_code", "scope", "commitment", "reading", "position"
        ),
        Index("ix_commitment_check_commitment", "commitment"),
        Index("ix_commitment_check_as_of", "as_of"),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("commitment_run.id"), index=True)
    commitment: Mapped[str] = mapped_column(String(10))
    reading: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(String(10))
    area_code: Mapped[str] = mapped_column(String(9))
    as_of: Mapped[date]
    status: Mapped[str] = mapped_column(String(20))
    previous_status: Mapped[str | None] = mapped_column(String(20))
    since: Mapped[date]
    since_kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[float | None]
    target: Mapped[float | None]
    shortfall: Mapped[float | None]
    unit: Mapped[str | None] = mapped_column(String(20))
    finding: Mapped[str] = mapped_column(String(600))
    evidence: Mapped[list[Any]]
    rule_version: Mapped[int]
    checked_at: Mapped[datetime]
