"""Partners' keys as they cross the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.domain.partners import KeyStatus, Scope
from app.schemas.base import In, Instant, InstantIn, Out, Text
from app.schemas.wards import BoroughCodeIn


class PartnerKeyIn(In):
    """A key to be made for a partner's program."""

    partner: Annotated[Text, Field(max_length=120, examples=["Alder Safer Neighbourhood Board"])]
    scopes: list[Scope] = Field(
        min_length=1, max_length=len(Scope), description="What it may do.", examples=[[*Scope]]
    )
    boroughs: list[BoroughCodeIn] = Field(
        min_length=1, max_length=33, description="Where.", examples=[["E09000023"]]
    )
    expires_at: InstantIn = Field(
        description="When it ends, within twelve months.", examples=["2027-03-01T00:00:00Z"]
    )


class PartnerKeyPatchIn(In):
    """A key put in force by somebody else than its maker, or taken back by anyone."""

    status: Literal["active", "revoked"]


class PartnerKeyOut(Out):
    """A partner's key, without its secret."""

    id: UUID
    handle: str = Field(description="The part of the key that is no secret.")
    partner: str
    scopes: list[Scope]
    boroughs: list[str]
    status: KeyStatus
    made_by: str
    activated_by: str | None
    activated_at: Instant | None
    revoked_by: str | None
    revoked_at: Instant | None
    expires_at: Instant
    last_used_on: date | None = Field(description="The last day in London on which it was used.")
    created_at: Instant
    updated_at: Instant
    version: int


class PartnerKeyMadeOut(PartnerKeyOut):
    """A new key with its secret, which is shown in this one answer and kept nowhere."""

    key: str | None = Field(
        description="Send it as `Authorization: Bearer …`. Null when this answer is repeated."
    )
