"""Evidence as it crosses the wire: what was found about an area, and where that comes from."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.domain.evidence import EvidenceKind
from app.schemas.base import In, Instant, InstantIn, Out, Text
from app.schemas.wards import BoroughCodeIn, WardCodeIn

ConcernIn = Annotated[
    str,
    Field(
        max_length=40,
        pattern=r"^[a-z]+(-[a-z]+)*$",
        description="Slug of a concern.",
        examples=["burglary"],
    ),
]
CountIn = Annotated[int, Field(ge=0, le=1_000_000)]
MAX_SERIES = 2000
Url = Annotated[Text, Field(max_length=500, pattern=r"^https?://[^\s]+$")]


class MonthlyCountIn(In):
    """A count of one month."""

    month: str = Field(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$", examples=["2026-09"])
    concern: ConcernIn
    count: CountIn = Field(examples=[14])


class ProvenanceIn(In):
    """Where a finding comes from, and under which terms."""

    name: Annotated[Text, Field(max_length=200)] = Field(examples=["Alder 1 ward panel"])
    url: Url | None = Field(default=None, examples=["https://panel.example/minutes/2026-10"])
    licence: Annotated[Text, Field(max_length=200)] = Field(
        examples=["Open Government Licence v3.0"]
    )
    retrieved_at: InstantIn = Field(
        description="When the source was read or received.", examples=["2026-10-21T09:00:00Z"]
    )


class EvidenceIn(In):
    """A finding about one ward, or about a whole borough when no ward is named."""

    kind: EvidenceKind = Field(examples=["panel_submission"])
    borough_code: BoroughCodeIn = Field(examples=["E09000023"])
    ward_code: WardCodeIn | None = Field(
        default=None, description="Null: about the whole borough.", examples=["E05013714"]
    )
    period_from: date = Field(description="First day it speaks of.", examples=["2026-07-01"])
    period_to: date = Field(description="Last day it speaks of.", examples=["2026-09-30"])
    summary: Annotated[Text, Field(max_length=1000)] = Field(
        description="What was found, in a sentence or two; no names of residents.",
        examples=["The panel of 12 asked for patrols on the estate after school."],
    )
    mentions: dict[ConcernIn, CountIn] = Field(
        default={},
        max_length=40,
        description="How often each concern was raised.",
        examples=[{"anti-social-behaviour": 9, "burglary": 4}],
    )
    series: list[MonthlyCountIn] | None = Field(
        default=None,
        max_length=MAX_SERIES,
        description="Counts by month; a crime series needs them.",
        examples=[None],
    )
    source: ProvenanceIn


class MonthlyCountOut(Out):
    """A count of one month."""

    month: str = Field(examples=["2026-09"])
    concern: str
    count: int


class ProvenanceOut(Out):
    """Where a finding comes from, and under which terms."""

    name: str
    url: str | None
    licence: str
    retrieved_at: Instant


class EvidenceOut(Out):
    """A finding about an area, with its provenance."""

    id: UUID
    kind: EvidenceKind
    borough_code: str
    ward_code: str | None = Field(description="Null when it is about the whole borough.")
    period_from: date
    period_to: date
    summary: str
    mentions: dict[str, int]
    series: list[MonthlyCountOut] | None
    source: ProvenanceOut
    recorded_at: Instant
