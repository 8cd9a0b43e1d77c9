"""The shapes of a poll's public log: keys, heads and proofs."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import Instant, Out

Hash = Annotated[str, Field(examples=["5f" * 32])]
"""A SHA-256 in hex."""


class LogKeyOut(Out):
    """The key that signs heads and promises."""

    name: str
    verifier_key: str = Field(
        description="As verifiers of signed notes take it (C2SP): name, id, kind and key."
    )
    public_key: str = Field(description="The Ed25519 public key in hex.")


class TreeHeadOut(Out):
    """One published head of a poll's log."""

    size: int = Field(
        description="Leaves in the log, a multiple of ten: ballots, replaced ballots and covers."
    )
    root: Hash = Field(description="Root of the Merkle tree (RFC 9162), in hex.")
    published_at: Instant
    checkpoint: str = Field(description="The head as it was signed: a C2SP checkpoint.")


class InclusionOut(Out):
    """Proof that a leaf stands in a poll's log (RFC 9162 §2.1.3)."""

    poll_id: UUID
    leaf_hash: Hash
    index: int = Field(description="The leaf's place in the log, from 0.")
    path: list[Hash] = Field(description="From the leaf to the root, in hex.")
    head: TreeHeadOut


class ConsistencyOut(Out):
    """Proof that a log only grew between two heads (RFC 9162 §2.1.4)."""

    poll_id: UUID
    first: TreeHeadOut
    second: TreeHeadOut
    path: list[Hash] = Field(description="In the order of RFC 9162, in hex.")
