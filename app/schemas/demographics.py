"""What residents may say of themselves, as it crosses the wire; every answer is optional."""

from typing import Literal

from pydantic import Field

from app.schemas.base import In, Out

Age = Literal["16-24", "25-44", "45-64", "65-and-over", "prefer-not-to-say"]
Sex = Literal["female", "male", "prefer-not-to-say"]
Ethnicity = Literal["asian", "black", "mixed", "other", "white", "prefer-not-to-say"]
Disability = Literal["disabled", "not-disabled", "prefer-not-to-say"]


class DemographicsIn(In):
    """Your answers, as the Census 2021 asks them, only coarser; leave out what you like."""

    age: Age | None = Field(default=None, examples=["25-44"])
    sex: Sex | None = Field(default=None, examples=["female"])
    ethnicity: Ethnicity | None = Field(default=None, examples=["prefer-not-to-say"])
    disability: Disability | None = Field(default=None, examples=["not-disabled"])


class DemographicsOut(Out):
    """Your answers as they are kept: sealed, apart from your ballot and from your account."""

    age: Age | None
    sex: Sex | None
    ethnicity: Ethnicity | None
    disability: Disability | None
    kept_until: int | None = Field(
        description="The last year in which they are kept, unless you give them again."
    )


class WithdrawnOut(Out):
    """That your answers are gone."""

    withdrawn: bool
    stays: str = Field(description="What cannot be taken back, in one sentence.")
