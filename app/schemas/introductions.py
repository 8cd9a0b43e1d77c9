"""Introductions of borough superintendents as they cross the wire."""

from datetime import date
from uuid import UUID

from pydantic import Field

from app.schemas.base import Out
from app.schemas.events import CountedEventOut
from app.schemas.wards import AreaOut


class IntroductionOut(Out):
    """What became of one superintendent's introduction; nobody is named."""

    posting_id: UUID
    starts_on: date
    ends_on: date | None
    current: bool = Field(description="Whether this posting runs today.")
    due_on: date
    due_assumed: bool = Field(
        description="Whether the due date is our reading: 90 days after the first day in office, "
        "for those to whom the plan's own date comes too early."
    )
    status: str = Field(
        description="`met`, `met_late`, `not_due`, `breached` or `left_before_due`."
    )
    held_on: date | None
    missing_since: date | None = Field(description="The first day on which it was overdue.")
    days_late: int
    event: CountedEventOut | None


class IntroductionsOut(Out):
    """Whether a borough's superintendents held the introductory event the plan promises (C05)."""

    borough: AreaOut
    commitment: str = Field(examples=["C05"])
    as_of: date
    measured: bool
    reason: str | None = Field(description="Why it is not measured here.")
    what_counts: str
    introductions: list[IntroductionOut] = Field(description="By first day in office.")
