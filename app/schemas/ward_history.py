"""A ward's history as it crosses the wire."""

from datetime import date

from pydantic import Field

from app.domain.ward_history import HistoryKind
from app.schemas.base import Instant, Out, PageOut
from app.schemas.wards import AreaOut


class HistoryChangeOut(Out):
    """What an entry did about one concern, and why, where a reason is on record."""

    concern: str
    label: str
    change: str = Field(examples=["kept"])
    reason: str | None
    departure_reason: str | None


class HistoryEntryOut(Out):
    """One thing that happened in a ward."""

    id: str
    kind: HistoryKind
    at: Instant = Field(
        description="The instant; the beginning of the London day where only that is known."
    )
    on: date = Field(description="The London day.")
    says: str = Field(description="What happened, in one or two sentences.")
    url: str | None = Field(description="The record of it, where it has one of its own.")
    concerns: list[str]
    changes: list[HistoryChangeOut]
    figures: dict[str, int | None]


class KinOut(AreaOut):
    """A ward that this one came from or went over to, and where its own history is."""

    history: str


class WardHistoryOut(PageOut[HistoryEntryOut]):
    """A page of a ward's history, newest first, and the histories that go before and after it."""

    ward: AreaOut
    predecessors: list[KinOut]
    successors: list[KinOut]
