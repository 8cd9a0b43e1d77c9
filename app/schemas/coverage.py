"""Coverage of wards and boroughs as it crosses the wire."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field
from pydantic.functional_serializers import PlainSerializer

from app.schemas.base import Out
from app.schemas.teams import Amount
from app.schemas.wards import AreaOut

RATIO_DECIMALS = 4

Ratio = Annotated[
    Decimal, PlainSerializer(lambda share: round(float(share), RATIO_DECIMALS), return_type=float)
]
"""A share between 0 and 1, exact inside and written with four decimals."""


class RoleCoverOut(Out):
    """One role on the days of a span, in full-time equivalents."""

    role: str
    required: int
    posted: Amount
    available: Amount = Field(description="Posted minus taken away.")


class SpanOut(Out):
    """A run of days `[starts_on, ends_on)` on which nothing about the team changed."""

    starts_on: date
    ends_on: date
    days: int
    compliant_posted: bool
    compliant_available: bool
    roles: list[RoleCoverOut]


class FiguresOut(Out):
    """Coverage in numbers. For a borough, days are ward-days: the sum over its wards."""

    days: int
    days_with_standard: int = Field(description="Days on which a standard was in force.")
    compliant_days_posted: int = Field(description="Days on which postings met the standard.")
    compliant_days_available: int = Field(
        description="Days on which the standard was met by officers who were not taken away."
    )
    vacancy_days: int = Field(description="Days on which at least one required post stood empty.")
    vacant_officer_days: Amount = Field(description="Full-time equivalents missing, times days.")
    posted_officer_days: Amount
    abstracted_officer_days: Amount
    exceptional_officer_days: Amount = Field(
        description="Those abstracted officer-days whose circumstances were exceptional."
    )
    abstraction_share: Ratio | None = Field(
        description="Abstracted per posted officer-day; null where nobody was posted."
    )


class CoverageOut(Out):
    """Which days were measured, or why none were. `to` is not included."""

    from_: date = Field(serialization_alias="from", validation_alias="start")
    to: date = Field(validation_alias="end")
    measured: bool
    reason: str | None = Field(description="Why nothing is measured.")
    figures: FiguresOut | None = Field(description="Null where nothing is measured.")


class WardCoverageOut(CoverageOut):
    """Coverage of one ward, day by day in runs of equal days."""

    ward: AreaOut
    borough: AreaOut
    spans: list[SpanOut]


class WardLineOut(Out):
    """One ward's figures within its borough's."""

    ward: AreaOut
    measured: bool
    reason: str | None
    figures: FiguresOut | None


class BoroughCoverageOut(CoverageOut):
    """Coverage of a borough: the sum over its wards in force, and one line for each."""

    borough: AreaOut
    wards: list[WardLineOut]
