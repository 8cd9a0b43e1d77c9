"""Rounds and polls as they cross the wire."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import MISSING, Field, model_validator

from app.domain.polls import MAX_LEVEL, PollStatus
from app.schemas.base import In, Instant, InstantIn, Out, Text
from app.schemas.wards import AreaOut

MIN_OPTIONS, MAX_OPTIONS, MAX_SEATS = 2, 20, 5

RuleName = Literal["phragmen", "equal_shares", "pav", "approval"]
WardField = Annotated[str, Field(pattern=r"^E05\d{6}$", examples=["E05013714"])]
BoroughField = Annotated[str, Field(pattern=r"^E09\d{6}$", examples=["E09000023"])]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$", examples=["drug-dealing"])]
Question = Annotated[Text, Field(max_length=200)]
Seats = Annotated[int, Field(ge=1, le=MAX_SEATS, description="How many concerns are chosen.")]
StatusFilter = Annotated[PollStatus, Field(description="The status by the clock.")]


class RoundIn(In):
    """A round to be made: when its polls are open, and how well a voter's ward must be proven."""

    title: Annotated[Text, Field(max_length=120, examples=["Spring 2026 refresh"])]
    borough: BoroughField | None = Field(
        default=None, description="The one borough it covers; only an admin may leave it out."
    )
    opens_at: InstantIn = Field(examples=["2026-03-02T09:00:00Z"])
    closes_at: InstantIn = Field(examples=["2026-03-16T21:00:00Z"])
    min_level: int = Field(
        default=0, ge=0, le=MAX_LEVEL, description="Least proof of residence: 0 stated, 2 checked."
    )


class RoundOut(Out):
    """The ward polls of one refresh, in which one resident has one ballot however they move."""

    id: UUID
    title: str
    borough: str | None = Field(description="GSS code; null for all of London.")
    opens_at: Instant
    closes_at: Instant
    status: PollStatus = Field(description="By the clock: `scheduled`, `open` or `closed`.")
    min_level: int
    seal_public_key: str = Field(description="X25519 key that ballots are sealed to, in hex.")
    keys_destroyed_at: Instant | None = Field(
        description="Since then nobody can open its envelopes or link its slots to anyone."
    )
    created_at: Instant
    updated_at: Instant
    version: int


class OptionIn(In):
    """One concern that voters may approve, in the poll's own words."""

    concern: Slug
    text: Annotated[Text, Field(max_length=200, examples=["Drug dealing around the station"])]


Options = Annotated[
    list[OptionIn],
    Field(
        min_length=MIN_OPTIONS,
        max_length=MAX_OPTIONS,
        examples=[
            [
                {"concern": "drug-dealing", "text": "Drug dealing around the station"},
                {"concern": "burglary", "text": "Burglary"},
                {"concern": "road-safety", "text": "Speeding on the high street"},
                {"concern": "shop-theft", "text": "Shop theft"},
            ]
        ],
    ),
]


class PollIn(In):
    """A poll to be drafted."""

    round: UUID
    ward: WardField
    question: Question = Field(examples=["What should your ward team work on until June?"])
    seats: Seats = 3
    rule: RuleName = "phragmen"
    options: Options


class PollPatchIn(In):
    """Changes to a draft, a move to another status, or both; what is absent stays as it is."""

    question: Question | MISSING = MISSING
    seats: Seats | MISSING = MISSING
    rule: RuleName | MISSING = MISSING
    options: Options | MISSING = MISSING
    status: (
        Literal["scheduled", "open", "closed", "counted", "published", "cancelled"] | MISSING
    ) = MISSING
    reason: Annotated[Text, Field(max_length=500)] | MISSING = Field(
        default=MISSING,
        description="Needed to close early and to cancel; what the first of the two says is told.",
    )

    @model_validator(mode="after")
    def refuse_an_empty_change(self) -> Self:
        """Refuse a body that changes nothing."""
        if not self.model_fields_set - {"reason"}:
            raise ValueError("name at least one field to change")
        return self


class OptionOut(Out):
    """One concern that voters may approve."""

    id: UUID
    concern: str
    text: str


class TurnoutOut(Out):
    """How many took part: coarse until the result is published."""

    at_least: int = Field(
        description="Ballots, rounded down to 10: until the close as of the log's newest head."
    )
    exact: int | None = Field(description="Null until the result tells it.")


class RoundRefOut(Out):
    """The round of a poll."""

    id: UUID
    title: str


class PollOut(Out):
    """One ward's question: which concerns should be its priorities."""

    id: UUID
    round: RoundRefOut
    ward: AreaOut
    borough: AreaOut
    boundary_edition: UUID
    question: str
    seats: int
    rule: str
    status: PollStatus = Field(
        description="By the clock, once two people have opened it: within `opens_at` to `closes_at`"
        " it is open, then closed."
    )
    awaits_second_person: bool = Field(
        description="Whether it is scheduled and takes no ballots until somebody else opens it."
    )
    status_reason: str | None
    opens_at: Instant
    closes_at: Instant
    min_level: int
    options: list[OptionOut]
    option_order: Literal["shuffle per voter"] = Field(
        description="Show the options to every voter in an order drawn for them."
    )
    turnout: TurnoutOut
    manifest_sha256: str | None = Field(description="What was frozen when it was scheduled.")
    closed_at: Instant | None
    counted_at: Instant | None
    published_at: Instant | None
    created_at: Instant
    updated_at: Instant
    version: int


class EditionRefOut(Out):
    """The boundary edition, and the shape the ward has in it."""

    id: UUID
    label: str
    ward_boundary_sha256: str


class PlaceOut(AreaOut):
    """The ward of a manifest."""

    borough: str


class ManifestOut(Out):
    """Everything that was fixed before the first ballot, hashed in canonical JSON."""

    format: str
    poll: UUID
    round: UUID
    ward: PlaceOut
    boundary_edition: EditionRefOut
    question: str
    options: list[OptionOut]
    seats: int
    rule: str
    counting: str = Field(description="Names the counting rules exactly.")
    tie_break: str
    opens_at: datetime
    closes_at: datetime
    min_level: int
    seal_public_key: str
    log_key: str = Field(description="The verifier key of this poll's log; see /v1/log-key.")
