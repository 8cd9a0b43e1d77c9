"""What jobs that read other publishers need to know."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.schemas.base import In, Text
from app.schemas.wards import BoroughCodeIn

MonthIn = Annotated[str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")]
FileUrl = Annotated[Text, Field(max_length=1000, pattern=r"^https?://[^\s/?#@]+/[^\s#]+$")]


class PoliceUkIn(In):
    """What of data.police.uk is read."""

    borough_code: BoroughCodeIn | None = Field(
        default=None, description="GSS code of the borough; all of London when left out."
    )
    since: MonthIn | None = Field(
        default=None, description="The first month of crime; else the latest three months."
    )
    dry_run: bool = Field(default=False, description="Whether only to look: nothing is kept.")


class BoundariesIn(In):
    """Which layer of the Office for National Statistics is read."""

    label: str = Field(pattern=r"^[a-z0-9-]{1,40}$", description="A label of geo/layers.json.")
    activate: bool = Field(default=True, description="Whether the edition takes its place.")
    dry_run: bool = Field(default=False, description="Whether only to look: nothing is kept.")


class FileIn(In):
    """Where a file is published, and under which terms."""

    url: FileUrl = Field(description="Its own address: a redirect is not followed.")
    licence: Annotated[Text, Field(max_length=200)] = "Open Government Licence v3.0"
    dry_run: bool = Field(default=False, description="Whether only to look: nothing is kept.")


class CrimeFileIn(FileIn):
    """The Met's ward level crime file."""

    accept_fewer: bool = Field(
        default=False,
        description="Whether a file is taken that counts far fewer offences in a ward than stored.",
    )


class CensusFileIn(FileIn):
    """A file of residents per ward by group."""

    census_on: date = date(2021, 3, 21)


class DeprivationFileIn(FileIn):
    """A file of deprivation scores per ward."""

    release: str = Field(pattern=r"^20\d{2}$", description="The year of the indices.")
