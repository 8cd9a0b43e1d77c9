"""The shapes of a ballot and its receipt."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.schemas.base import In, Out
from app.sealing import MAX_OPTIONS

EXAMPLE_ID = "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"


def refuse_repeats(options: list[UUID]) -> list[UUID]:
    """Return the options, or raise `ValueError` when one stands there twice."""
    if len(set(options)) != len(options):
        raise ValueError("an option may be approved once")
    return options


class BallotIn(In):
    """The options a voter approves: one or more, in any order, each once."""

    approved_options: Annotated[
        list[UUID],
        AfterValidator(refuse_repeats),
        Field(
            min_length=1,
            max_length=MAX_OPTIONS,
            description="Ids of the poll's options that you approve.",
            json_schema_extra={"uniqueItems": True},
            examples=[[EXAMPLE_ID]],
        ),
    ]


class BallotOut(Out):
    """The receipt of a recorded ballot; it says nothing of what was chosen."""

    poll_id: UUID
    round_id: UUID
    seq: int = Field(description="1 for your first ballot of the round; the last one counts.")
    leaf_hash: str = Field(
        description="SHA-256 of the sealed ballot and its place, in hex.",
        examples=["5f" * 32],
    )
    accepted: bool
