"""What residents send and get: sign-ins, sessions, and what the service knows of them."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.schemas.base import In, Instant, Out, Text
from app.schemas.wards import WardCodeIn

Typed = Annotated[Text, Field(max_length=20)]
EXAMPLE_CODE = "7Q4K-M2ZT"
MAX_CODES = 50


class SignInIn(In):
    """Whose mailbox the code goes to."""

    email: Annotated[Text, Field(max_length=254)] = Field(examples=["sam@resident.example"])


class SignInOut(Out):
    """A sign-in that waits for its code; the same answer whether the mailbox is known or not."""

    id: UUID
    expires_at: Instant = Field(description="Until then the code and the link are good.")


class ProofIn(In):
    """The code of the mail, or the token of its link in the browser that asked."""

    code: Typed | None = Field(default=None, examples=[EXAMPLE_CODE])
    token: Annotated[str, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def require_one(self) -> Self:
        """Refuse none or both."""
        if (self.code is None) == (self.token is None):
            raise ValueError("send either code or token")
        return self


class SessionOut(Out):
    """An access token, in OAuth's shape."""

    access_token: str = Field(examples=["wpr_…"])
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds until the token is no longer accepted.")


class SignedOutOut(Out):
    """That the session is over, in every process within five seconds."""

    signed_out: bool


class ResidentOut(Out):
    """What the service knows of you; nothing else about you is stored."""

    ward: str | None = Field(description="GSS code of the ward you live in.")
    level: int = Field(description="0 nothing stated, 1 ward stated, 2 ward proven.")
    quarantined: bool = Field(
        description="Your ballot waits for two people's look before it counts, because unusually "
        "many people stated a ward from where you did. Proving your home ends that."
    )
    kept_by: Literal["service", "issuer"] = Field(
        description="`issuer`: your token says all this, and nothing is stored here."
    )
    registered_on: date | None
    seen_on: date | None = Field(description="The day you last signed in.")


class HomeIn(In):
    """Where you live: a ward, or a postcode, which is turned into its ward and forgotten."""

    ward: WardCodeIn | None = Field(default=None, examples=["E05013714"])
    postcode: Annotated[Text, Field(max_length=12)] | None = None

    @model_validator(mode="after")
    def require_one(self) -> Self:
        """Refuse none or both."""
        if (self.ward is None) == (self.postcode is None):
            raise ValueError("send either ward or postcode")
        return self


class ResidenceIn(In):
    """What proves where you live: a code handed out in person, or an issuer's signed proof."""

    code: Typed | None = Field(default=None, examples=[EXAMPLE_CODE])
    proof: Annotated[str, Field(max_length=8_000)] | None = Field(
        default=None, description="A JWT of the residence issuer, with a `postcode` claim."
    )

    @model_validator(mode="after")
    def require_one(self) -> Self:
        """Refuse none or both."""
        if (self.code is None) == (self.proof is None):
            raise ValueError("send either code or proof")
        return self


class ResidenceCodesIn(In):
    """How many codes are wanted for people met in person, and where."""

    ward: WardCodeIn = Field(examples=["E05013714"])
    number: int = Field(ge=1, le=MAX_CODES, examples=[10])
    event: UUID | None = Field(default=None, description="The event at which they are handed out.")


class ResidenceCodesOut(Out):
    """Codes to hand out, one to a person; they are shown this once."""

    ward: str
    codes: list[str]
    expires_at: Instant


class ErasureOut(Out):
    """What was erased, and what stays."""

    erased: bool
    stays: str = Field(description="What the service cannot take back, in one sentence.")


class QuarantineOut(Out):
    """How many ballots of a poll are held back: cast, kept, and not counted unless let go."""

    poll: UUID
    at_least: int
    rounded_down_to: int


class ReleaseIn(In):
    """Why the ballots held back should count."""

    reason: Annotated[Text, Field(max_length=500)] = Field(
        examples=["A hall of residence voted together; the warden confirmed it"]
    )


class MailOut(Out):
    """A mail that evaluation mode shows instead of sending it."""

    subject: str
    text: str


class MailsOut(Out):
    """The mails that wait for one mailbox."""

    items: list[MailOut]
