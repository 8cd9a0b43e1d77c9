"""Officers, postings, abstractions and a ward's team as they cross the wire."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, Field, WithJsonSchema
from pydantic.functional_serializers import PlainSerializer

from app.domain.teams import AbstractionReason, PostingRole
from app.schemas.base import In, Instant, Out, Text
from app.schemas.wards import AreaOut

Amount = Annotated[Decimal, PlainSerializer(float, return_type=float)]
"""An exact amount of at most two decimals, written as a JSON number."""

FteIn = Annotated[
    Decimal,
    Field(gt=0, le=1, max_digits=3, decimal_places=2),
    WithJsonSchema(
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "multipleOf": 0.01, "examples": [1]}
    ),
]
"""A share of one full-time officer, in hundredths."""

DisplayName = Annotated[
    Text, Field(max_length=80, description="Name shown to the public.", examples=["PC Ada Example"])
]
Rank = Annotated[Text, Field(max_length=40, examples=["Police Constable"])]
Subject = Annotated[
    Text,
    Field(
        max_length=120,
        description="The sign-in this officer's token carries; never public.",
        examples=["ada.example"],
    ),
]
StartsOn = Annotated[date, Field(description="First day.", examples=["2026-03-01"])]
EndsOn = Annotated[date, Field(description="The day after the last one.", examples=["2026-09-01"])]
EndReason = Annotated[Text, Field(max_length=200, examples=["Promoted"])]


class OfficerIn(In):
    """A new officer."""

    display_name: DisplayName
    rank: Rank
    subject: Subject | None = None
    hidden: bool = Field(default=False, description="Whether the public sees only the role.")
    fictional: bool = Field(default=False, description="Whether this is a demonstration officer.")


class OfficerPatchIn(In):
    """What may change about an officer; what is left out stays."""

    display_name: DisplayName | MISSING = MISSING
    rank: Rank | MISSING = MISSING
    subject: Subject | MISSING | None = MISSING
    hidden: bool | MISSING = Field(
        default=MISSING, description="Hides the officer from every public answer at once."
    )


class OfficerOut(Out):
    """An officer as their leaders see them."""

    id: UUID
    display_name: str
    rank: str
    subject: str | None
    hidden: bool
    fictional: bool
    created_at: Instant
    updated_at: Instant
    version: int


class PostingIn(In):
    """An officer's posting to the team of one ward, or of one borough when no ward is named."""

    officer_id: UUID
    role: PostingRole = Field(examples=["dedicated_ward_officer"])
    ward_code: str | None = Field(
        default=None,
        pattern=r"^E05\d{6}$",
        description="The ward; leave out for the borough team.",
        examples=["E05013714"],
    )
    borough_code: str | None = Field(
        default=None,
        pattern=r"^E09\d{6}$",
        description="The borough; may be left out when a ward is named.",
        examples=["E09000023"],
    )
    fte: FteIn = Decimal(1)
    starts_on: StartsOn
    ends_on: EndsOn | None = None


class PostingPatchIn(In):
    """What may change about a posting; what is left out stays. Ending it needs a reason."""

    fte: FteIn | MISSING = MISSING
    starts_on: StartsOn | MISSING = MISSING
    ends_on: EndsOn | MISSING | None = MISSING
    end_reason: EndReason | MISSING | None = MISSING


class PostingOut(Out):
    """An officer's posting, as staff see it."""

    id: UUID
    officer_id: UUID
    role: PostingRole
    ward_code: str | None
    borough_code: str
    fte: Amount
    starts_on: date
    ends_on: date | None
    end_reason: str | None
    created_at: Instant
    updated_at: Instant
    version: int


class AbstractionIn(In):
    """Days on which a posted officer is taken away; sickness and leave do not belong here."""

    starts_on: StartsOn
    ends_on: EndsOn
    reason: AbstractionReason = Field(examples=["public_order"])
    exceptional: bool = Field(description="Whether the circumstances were exceptional (plan C21).")
    note: Annotated[Text, Field(max_length=500)] | None = Field(
        default=None, description="For staff only.", examples=[None]
    )


class AbstractionPatchIn(In):
    """What may be corrected about an abstraction, as when somebody came back early."""

    starts_on: StartsOn | MISSING = MISSING
    ends_on: EndsOn | MISSING = MISSING
    reason: AbstractionReason | MISSING = MISSING
    exceptional: bool | MISSING = MISSING
    note: Annotated[Text, Field(max_length=500)] | MISSING | None = MISSING


class AbstractionWithdrawalIn(In):
    """Why days that were recorded as taken away were not."""

    reason: Annotated[Text, Field(max_length=500)] = Field(examples=["Entered for another officer"])


class AbstractionOut(Out):
    """Days on which a posted officer was taken away, as staff see them."""

    id: UUID
    posting_id: UUID
    starts_on: date
    ends_on: date
    reason: AbstractionReason
    exceptional: bool
    note: str | None
    recorded_at: Instant
    recorded_by: str
    version: int


class TeamMemberOut(Out):
    """One member as the public sees them; a hidden one is known by role alone."""

    officer_id: UUID | None
    display_name: str | None
    rank: str | None
    role: PostingRole
    starts_on: date | None
    ends_on: date | None
    hidden: bool
    fictional: bool


class VacancyOut(Out):
    """A role whose postings do not add up to the standard on that day."""

    role: str
    required: int
    posted: Amount = Field(description="Full-time equivalents posted.")
    missing: Amount = Field(description="Full-time equivalents still to be posted.")


class TeamOut(Out):
    """Who is posted to a ward on a day, who leads its borough, and which posts stand empty."""

    ward: AreaOut
    borough: AreaOut
    on: date
    measured: bool = Field(description="Whether the standard applies to this ward on that day.")
    reason: str | None = Field(description="Why the standard does not apply.")
    members: list[TeamMemberOut]
    borough_team: list[TeamMemberOut]
    vacancies: list[VacancyOut]
    fictional: bool = Field(description="Whether any of these officers is a demonstration officer.")


class CoverageStandardOut(Out):
    """How many officers (FTE) of a role a ward must have, on the days `[valid_from, valid_to)`."""

    id: UUID
    role: str
    minimum: int
    ward_code: str | None = Field(description="The ward it holds for; null for every ward.")
    valid_from: date
    valid_to: date | None
    source: str
