"""Fixed-length sealed ballots: X25519, HKDF-SHA256 and ChaCha20-Poly1305 to a round's public key.

Layout, 93 bytes whatever was chosen: version (1), ephemeral public key (32), nonce (12), ciphertext
of options as bits (16) and random tracker (16), its tag (16). The key of one ballot is
HKDF-Expand(HKDF(X25519(ephemeral, round), salt = version, ephemeral, round), info = nonce).

One key agreement (about 0.1 ms) serves the ballots that a process seals to a round within a second.
That gives nothing away: the process has seen every choice anyway, never keeps the ephemeral private
key, and forgets what was agreed within two seconds; each ballot has a key of its own; and that some
ballots came together is known already, by the transactions that wrote them one after another. A
client that seals for itself agrees anew each time, which opens alike.
"""

import secrets
import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

VERSION = b"\x01"
KEY_BYTES, NONCE_BYTES, MASK_BYTES, TRACKER_BYTES, TAG_BYTES = 32, 12, 16, 16, 16
HEAD_BYTES = len(VERSION) + KEY_BYTES
SEALED_BYTES = HEAD_BYTES + NONCE_BYTES + MASK_BYTES + TRACKER_BYTES + TAG_BYTES
AGREED_S = 1.0
MAX_OPTIONS = MASK_BYTES * 8
CONTEXT = b"ward-priorities ballot v1"


class Choice(NamedTuple):
    """What goes into one envelope: options as bits, a random tracker, and what it is bound to."""

    mask: int
    tracker: bytes
    associated: bytes


class DamagedEnvelopeError(ValueError):
    """The envelope was not sealed to this key, for this poll, in this form; or it was altered."""


def associated_data(poll_id: UUID, manifest_sha256: str) -> bytes:
    """Return what every envelope of a poll is bound to: the poll and its frozen manifest."""
    return poll_id.bytes + bytes.fromhex(manifest_sha256)


def new_tracker() -> bytes:
    """Return a random tracker."""
    return secrets.token_bytes(TRACKER_BYTES)


class Sealer:
    """Seals one process's ballots; a key agreement serves for a second and is then forgotten."""

    def __init__(self) -> None:
        self._agreed: dict[bytes, tuple[float, bytes, bytes]] = {}

    def seal(self, public_key: bytes, choices: Sequence[Choice]) -> list[bytes]:
        """Return the sealed form of each choice, in order; `ValueError` for an unusable key."""
        until, head, secret = self._agreed.get(public_key, (0.0, b"", b""))
        if until < time.monotonic():
            head, secret = _agree(public_key)
            self._agreed[public_key] = (time.monotonic() + AGREED_S, head, secret)
        return [_seal(secret, head, choice) for choice in choices]

    @property
    def remembers(self) -> bool:
        """Whether anything that was agreed is still in memory."""
        return bool(self._agreed)

    def forget(self) -> None:
        """Drop the agreements that are over."""
        now = time.monotonic()
        self._agreed = {key: kept for key, kept in self._agreed.items() if kept[0] >= now}


def seal_batch(public_key: bytes, choices: Sequence[Choice]) -> list[bytes]:
    """Return the sealed form of each choice, in order, under one fresh key agreement."""
    return Sealer().seal(public_key, choices)


def _agree(public_key: bytes) -> tuple[bytes, bytes]:
    """Return the head of envelopes under a fresh ephemeral key, and the secret agreed by it."""
    ephemeral = X25519PrivateKey.generate()
    head = VERSION + ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
    return head, _batch_secret(shared, head, public_key)


def _seal(secret: bytes, head: bytes, choice: Choice) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = choice.mask.to_bytes(MASK_BYTES, "big") + choice.tracker
    return head + nonce + _cipher(secret, nonce).encrypt(nonce, plain, choice.associated)


class Opener:
    """Opens envelopes with a round's private key; each key agreement is worked out once."""

    def __init__(self, private_key: bytes) -> None:
        self._private = X25519PrivateKey.from_private_bytes(private_key)
        self._public = self._private.public_key().public_bytes_raw()
        self._secrets: dict[bytes, bytes] = {}

    def unseal(self, sealed: bytes, associated: bytes) -> tuple[int, bytes]:
        """Return an envelope's options as bits and its tracker, or raise `DamagedEnvelopeError`."""
        if len(sealed) != SEALED_BYTES or not sealed.startswith(VERSION):
            raise DamagedEnvelopeError("not an envelope of this version")
        head, nonce = sealed[:HEAD_BYTES], sealed[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES]
        try:
            cipher = _cipher(self._secret_of(head), nonce)
            plain = cipher.decrypt(nonce, sealed[HEAD_BYTES + NONCE_BYTES :], associated)
        except (InvalidTag, ValueError) as cause:
            raise DamagedEnvelopeError("the envelope does not open") from cause
        return int.from_bytes(plain[:MASK_BYTES], "big"), plain[MASK_BYTES:]

    def _secret_of(self, head: bytes) -> bytes:
        secret = self._secrets.get(head)
        if secret is None:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(head[1:]))
            secret = self._secrets[head] = _batch_secret(shared, head, self._public)
        return secret


def unseal_alone(private_key: bytes, sealed: bytes, associated: bytes) -> tuple[int, bytes]:
    """Return one envelope's options and tracker, worked out from the layout above and nothing else.

    The auditor's way: no memory of other envelopes, and none of the steps that `Opener` takes.
    """
    if len(sealed) != SEALED_BYTES or sealed[:1] != VERSION:
        raise DamagedEnvelopeError("not an envelope of this version")
    ephemeral, nonce, box = sealed[1:33], sealed[33:45], sealed[45:]
    own = X25519PrivateKey.from_private_bytes(private_key)
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        salt = sealed[:33] + own.public_key().public_bytes_raw()
        secret = HKDF(SHA256(), 32, salt=salt, info=b"ward-priorities ballot v1").derive(shared)
        key = HKDFExpand(SHA256(), 32, info=nonce).derive(secret)
        plain = ChaCha20Poly1305(key).decrypt(nonce, box, associated)
    except (InvalidTag, ValueError) as cause:
        raise DamagedEnvelopeError("the envelope does not open") from cause
    return int.from_bytes(plain[:16], "big"), plain[16:]


def _batch_secret(shared: bytes, head: bytes, public_key: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=head + public_key, info=CONTEXT).derive(shared)


def _cipher(secret: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDFExpand(SHA256(), KEY_BYTES, info=nonce).derive(secret))
