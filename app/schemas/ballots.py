"""The shapes of a ballot and its receipt."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.schemas.base import In, Instant, Out
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


class PromiseOut(Out):
    """A signed word that the ballot's leaf will be in its poll's log, to be checked by anyone."""

    note: str = Field(
        description="Signed note (C2SP): the head of a small tree of the ballots recorded in one "
        "moment, with the hour by which they are in their logs; `/v1/log-key` checks it.",
    )
    index: int = Field(description="The leaf's place in that tree.")
    path: list[str] = Field(
        description="From the leaf to the tree's root (RFC 9162 \u00a72.1.3), in hex.",
        examples=[["5f" * 32]],
    )


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
    in_log_by: Instant = Field(description="By then a head of the poll's log holds the leaf.")
    promise: PromiseOut
