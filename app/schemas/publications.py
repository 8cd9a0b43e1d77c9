"""Promised publications and their releases as they cross the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import In, Instant, Out, Text
from app.schemas.events import HttpsUrl, Line


class PublicationReleaseIn(In):
    """Something that came out in a promised series."""

    period: Annotated[Line, Field(max_length=60)] = Field(
        description="What it covers, in its own words.", examples=["April to September 2024"]
    )
    due_on: date | None = Field(
        default=None,
        description="The due date it answers; by default the earliest one still unanswered.",
        examples=[None],
    )
    published_on: date = Field(description="The day it came out.", examples=["2024-10-24"])
    url: HttpsUrl
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="Digest of the file, where there is one.",
    )


class WithdrawalIn(In):
    """Why a recorded release is taken back."""

    reason: Annotated[Text, Field(max_length=500, examples=["Recorded in the wrong series."])]


class PublicationReleaseOut(Out):
    """Something that came out in a promised series."""

    id: UUID
    publication_code: str
    period: str
    due_on: date | None = Field(description="The due date it was said to answer.")
    published_on: date
    url: str
    sha256: str | None
    recorded_at: Instant
    withdrawn_at: Instant | None
    withdrawn_reason: str | None


class DueDateOut(Out):
    """One due date and what became of it."""

    due_on: date
    status: str = Field(description="`on_time`, `late`, `overdue`, `passed_over` or `not_due`.")
    release_id: UUID | None
    published_on: date | None
    days_late: int = Field(description="Days from the due date to its release, or to today.")
    late_since: date | None = Field(description="The first day on which it was late.")


class PublicationOut(Out):
    """A promised series, and how it stands today."""

    code: str = Field(examples=["serious-organised-crime-update"])
    title: str
    description: str
    owner: str
    commitments: list[str] = Field(examples=[["C27"]])
    cadence_months: int | None = Field(description="Null where it is due once.")
    first_due_on: date
    reading: str = Field(description="How the due dates are read from the plan.")
    url: str | None
    as_of: date
    status: str = Field(description="`not_due`, `up_to_date` or `overdue`.")
    since: date | None = Field(description="The day on which the status began to hold.")
    overdue_days: int = Field(description="Days the oldest overdue due date has been so.")
    last_published_on: date | None
    next_due_on: date | None


class PublicationDetailOut(PublicationOut):
    """A promised series with every due date so far and its latest releases."""

    due_dates: list[DueDateOut] = Field(description="In order, up to the next one.")
    releases: list[PublicationReleaseOut] = Field(description="The latest 20, newest first.")
