"""Signed notes: who signs a log's heads and promises, and whether a note was signed by a key."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from app.domain.checkpoints import key_id, signatures_of, signed_note, text_of, verifier_key


class NoteSigner:
    """One Ed25519 key under the name by which verifiers know it."""

    def __init__(self, name: str, private_key: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(private_key)
        self.name = name
        self.public_key = self._private.public_key().public_bytes_raw()
        self.verifier_key = verifier_key(name, self.public_key)

    def sign(self, text: str) -> str:
        """Return the text as a signed note; it must end its last line."""
        signature = self._private.sign(text.encode())
        return signed_note(text, self.name, self.public_key, signature)

    def has_signed(self, note: str) -> bool:
        """Whether a note carries a good signature of this key."""
        return is_signed(note, self.name, self.public_key)


def is_signed(note: str, name: str, public_key: bytes) -> bool:
    """Whether a note carries a good signature of this key under this name."""
    try:
        signature = signatures_of(note).get((name, key_id(name, public_key)), b"")
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text_of(note).encode())
    except (InvalidSignature, ValueError):
        return False
    return True
