"""Wards, boroughs, editions and the answer to "where am I?" as they cross the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.base import In, Instant, Out, Text

WardCodeIn = Annotated[str, Field(pattern=r"^E05\d{6}$")]
BoroughCodeIn = Annotated[str, Field(pattern=r"^E09\d{6}$")]


class AreaOut(Out):
    """A ward or borough by code and name."""

    code: str = Field(description="GSS code.", examples=["E05013714"])
    name: str = Field(examples=["Bellingham"])


class BoroughOut(AreaOut):
    """A borough or the City, and the force that polices it."""

    police_force: str = Field(examples=["metropolitan"])
    wards: int = Field(description="Wards in the edition in force.")


class EditionOut(Out):
    """The boundary edition an answer comes from."""

    label: str = Field(examples=["2025-05"])
    boundary_status: str = Field(
        description="`indicative` (about 98 in 100 addresses right) or `official`."
    )
    valid_from: date
    valid_to: date | None


class BoundaryEditionOut(EditionOut):
    """One release of all ward boundaries."""

    id: UUID
    status: str
    ward_count: int
    source: str
    licence: str
    attribution: str
    source_sha256: str
    loaded_at: Instant
    activated_at: Instant | None


class ActivationIn(In):
    """Why a loaded edition is put in its place."""

    reason: Annotated[
        Text, Field(max_length=500, examples=["Lines of the May order, as published by the ONS"])
    ]


class WardOut(AreaOut):
    """A ward in a list: where it belongs, who polices it, how well its shape is known."""

    borough: AreaOut
    police_force: str = Field(examples=["metropolitan"])
    boundary_status: str = Field(examples=["indicative"])


class RelativeOut(AreaOut):
    """A ward that another went to or came from."""

    share_of_area: float = Field(
        description="Share of the asked ward's area that lies in this one; the shares sum to 1.",
        examples=[0.62],
    )


class PlaceOut(Out):
    """A point in WGS 84 degrees."""

    lat: float
    lng: float


class WardDetailOut(WardOut):
    """One ward of a boundary edition, in force or retired, and its place in time."""

    status: Literal["active", "retired"] = Field(
        description="`retired`: the code is not among the wards in force; see `successors`."
    )
    edition: EditionOut
    valid_from: date = Field(description="First day of the edition this ward is told from.")
    valid_to: date | None = Field(description="The day that edition ended; null while in force.")
    successors: list[RelativeOut] = Field(
        description="Wards in force that this one went to; empty when it still stands."
    )
    predecessors: list[RelativeOut] = Field(
        description="Wards of the edition before that it came from; empty when it was there."
    )
    area_km2: float
    centroid: PlaceOut


class LocationOut(Out):
    """The ward, borough and force of a place, and how well that is known."""

    ward: AreaOut
    borough: AreaOut
    police_force: str = Field(examples=["metropolitan"])
    edition: EditionOut
    matched_by: Literal["point", "postcode"]
    certainty: Literal["exact", "official", "indicative"] = Field(
        description="`exact`: from the postcode table; else the status of the boundaries."
    )
    distance_to_boundary_m: float | None = Field(
        description="Metres from the point to the ward's nearest boundary; null for a postcode."
    )
    near_boundary: bool = Field(
        description="Whether an indicative boundary this near may put the point in the wrong ward."
    )
    postcode: str | None = Field(examples=["SE13 6LG"])


Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
