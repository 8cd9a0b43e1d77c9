"""What a ballot is apart from its storage: options as bits, leaf hashes, what is known of it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

LEAF_PREFIX = b"\x00"


class Promise(NamedTuple):
    """A signed word that a leaf will be in its poll's log by an hour: its place under a head."""

    by: datetime
    note: str
    place: int
    path: list[bytes]


class Record(NamedTuple):
    """What the database says of a ballot once it is committed."""

    seq: int
    leaf_hash: bytes


class Receipt(NamedTuple):
    """What a voter gets back: where the ballot stands, and nothing of what it says."""

    round_id: UUID
    poll_id: UUID
    seq: int
    leaf_hash: bytes
    promise: Promise


@dataclass(frozen=True, slots=True)
class OpenedChoices:
    """Every ballot of a poll after its close, shuffled, with what was counted beside them."""

    choices: list[tuple[str, ...]]
    by_level: dict[int, int]
    closing_commitment: bytes


def options_of(mask: int, options: Sequence[str]) -> tuple[str, ...]:
    """Return the options whose bits are set; raise `ValueError` for a bit that no option has."""
    if mask <= 0 or mask >> len(options):
        raise ValueError("the ballot names no option, or one that the poll does not have")
    return tuple(option for place, option in enumerate(options) if mask >> place & 1)


def leaf_hash(round_id: UUID, poll_id: UUID, *, slot: bytes, seq: int, sealed: bytes) -> bytes:
    """Return SHA-256 over 0x00, round, poll, slot, seq (4 bytes) and sealed (RFC 9162 §2.1.1)."""
    parts = (LEAF_PREFIX, round_id.bytes, poll_id.bytes, slot, seq.to_bytes(4, "big"), sealed)
    return hashlib.sha256(b"".join(parts)).digest()


def closing_commitment(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return SHA-256 over a poll's leaf hashes in ascending order."""
    return hashlib.sha256(b"".join(sorted(leaf_hashes))).digest()
