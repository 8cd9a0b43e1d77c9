"""Signed notes as an outsider reads them: a head, or the promise in a receipt."""

from functools import lru_cache
from typing import Any

from app.domain.checkpoints import read_checkpoint
from app.domain.merkle import includes
from app.signing import is_signed

Signer = tuple[str, bytes]
"""The name of a key and the key."""


@lru_cache(maxsize=256)
def read_note(note: str, signer: Signer) -> tuple[int, bytes] | None:
    """Return the size and the root that a note states, `None` when this key did not sign it."""
    if not is_signed(note, *signer):
        return None
    head = read_checkpoint(note)
    return head.size, head.root


def is_promised(told: dict[str, Any], signer: Signer) -> bool:
    """Whether a receipt's leaf stands under the signed promise in it."""
    promise = told["promise"]
    stated = read_note(promise["note"], signer)
    if stated is None:
        return False
    size, root = stated
    leaf, path = bytes.fromhex(told["leaf_hash"]), list(map(bytes.fromhex, promise["path"]))
    return includes(root, size, leaf=leaf, index=promise["index"], path=path)
