"""What evaluation mode takes and gives for a token."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.identity import Role
from app.schemas.base import In, Out, Text
from app.schemas.wards import BoroughCodeIn, WardCodeIn


class TokenIn(In):
    """Whose token is wanted."""

    role: Role = Field(examples=["ward_officer"])
    wards: list[WardCodeIn] = Field(
        default=[],
        max_length=30,
        description="Wards of the posting; for a resident the first is home.",
        examples=[["E05013714"]],
    )
    boroughs: list[BoroughCodeIn] = Field(default=[], max_length=33, examples=[[]])
    subject: Annotated[Text, Field(max_length=60)] = Field(
        description="Any stable name; the same name is the same person.", examples=["sam"]
    )


class TokenOut(Out):
    """An access token, in OAuth's shape."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds until the token is no longer accepted.")
