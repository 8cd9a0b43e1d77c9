"""Recorded crime as it crosses the wire, with its intervals, its gaps and its sources."""

from datetime import date

from pydantic import Field

from app.schemas.base import Instant, Out
from app.schemas.wards import AreaOut

MONTH = "`YYYY-MM`"


class EstimateOut(Out):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float | None = Field(description="Null: there is no upper bound.")


class CrimeMonthOut(Out):
    """What was counted in one month."""

    month: str = Field(description=MONTH, examples=["2026-01"])
    count: int | None = Field(description="Null: the month is not known; never a hidden 0.")
    unusual: str | None = Field(description="`high` or `low` where the month stands out.")


class ChangeOut(Out):
    """The latest 12 months beside the 12 before."""

    count: int | None
    base: int | None = Field(description="Offences in the 12 months before.")
    percent: EstimateOut | None = Field(description="Null where `note` says why.")
    clear: bool | None = Field(description="Whether the interval leaves out no change.")
    note: str | None


class BesideBoroughOut(Out):
    """The ward's rate as a multiple of the rate of the rest of its borough."""

    count: int | None
    base: int | None = Field(description="Offences in the borough's other wards.")
    ratio: EstimateOut | None = Field(description="Null where `note` says why.")
    clear: bool | None = Field(description="Whether the interval leaves out equal rates.")
    note: str | None


class CrimeKindOut(Out):
    """One kind of crime: its months, its rate, how it changed."""

    category: str = Field(examples=["burglary"])
    subcategory: str | None = Field(description="Null: the whole category.")
    label: str
    months: list[CrimeMonthOut]
    months_note: str | None = Field(description="Why no month is marked as unusual.")
    latest: int | None = Field(description="Offences in the latest 12 months.")
    rate: EstimateOut | None = Field(description="Per 1,000 residents in the latest 12 months.")
    rate_note: str | None = Field(description="Why there is no rate.")
    change: ChangeOut


class WardCrimeKindOut(CrimeKindOut):
    """One kind of crime in a ward, compared with the rest of its borough."""

    borough: BesideBoroughOut


class CrimeResidentsOut(Out):
    """What rates are per, and whether that is the right measure here."""

    count: int | None
    census_on: date | None
    said: str
    offences_per_resident: float | None = Field(description="Of all kinds, in 12 months.")
    fence: float | None = Field(description="Beyond this, residents are the wrong measure.")
    fence_note: str | None = Field(
        description="Why there is no fence; it takes 12 whole months of at least 20 wards."
    )
    warning: str | None = Field(description="Set where residents are the wrong measure.")


class CopyOut(Out):
    """A copy of what a source gave out."""

    source: str
    url: str
    licence: str
    retrieved_at: Instant
    sha256: str
    fictional: bool = Field(description="Made up for the demonstration.")


class CrimeMethodsOut(Out):
    """The exact names of the methods; see the page on recorded crime in the documentation."""

    rate: str
    change: str
    unusual: str
    minimum_base: int = Field(description="Below this many nothing is compared.")


class LatestYearOut(Out):
    """The latest 12 months, both ends included."""

    from_: str = Field(serialization_alias="from", validation_alias="from_", description=MONTH)
    to: str = Field(description=MONTH)


class CrimeOut(Out):
    """Recorded crime of an area."""

    source: str
    source_name: str
    months: list[str]
    missing_months: list[str] = Field(description="Months within that are not known.")
    latest_year: LatestYearOut | None
    residents: CrimeResidentsOut
    note: str | None = Field(description="Why there is nothing to show.")
    methods: CrimeMethodsOut
    provenance: list[CopyOut]


class WardCrimeOut(CrimeOut):
    """Recorded crime of a ward."""

    ward: AreaOut
    borough: AreaOut
    kinds: list[WardCrimeKindOut]


class BoroughCrimeOut(CrimeOut):
    """Recorded crime of a borough."""

    borough: AreaOut
    wards: list[str] = Field(
        description="Codes of the wards in the sum: all that are in force, or none."
    )
    missing_wards: list[str] = Field(
        description="Wards in force that are not counted; while there is one, nothing is told."
    )
    kinds: list[CrimeKindOut]


class CrimeSubcategoryOut(Out):
    """A part of a category, as its source tells it apart."""

    slug: str
    label: str


class CrimeCategoryOut(Out):
    """A kind of crime as one source sorts it."""

    source: str
    slug: str
    label: str
    subcategories: list[CrimeSubcategoryOut]


class BearingKindOut(Out):
    """A kind of crime that bears on a concern."""

    category: str
    subcategory: str | None = Field(description="Null: the whole category.")


class ConcernSourceOut(Out):
    """What one source counts about a concern, and what it does not say."""

    source: str
    kinds: list[BearingKindOut] = Field(description="Empty: nothing that it counts bears on it.")
    gap: str | None


class ConcernCrimeOut(Out):
    """What recorded crime says about one concern."""

    concern: str
    label: str
    trend_from: str | None = Field(
        description="The source whose trend a refresh weighs first; null: none has one."
    )
    sources: list[ConcernSourceOut]


class CrimeCategoriesOut(Out):
    """Every source's categories, and the concerns that they bear on."""

    categories: list[CrimeCategoryOut]
    concerns: list[ConcernCrimeOut]
