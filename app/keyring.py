"""The secret keys that keep a person apart from their ballot: files outside the database.

Whoever holds the database alone cannot turn a resident into a slot (that takes the identity key and
the round's slot key), nor an envelope into a choice (that takes the round's seal key), nor sign a
head of a log (that takes the log key).
"""

import hmac
import secrets
import unicodedata
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.domain.addresses import canonical_address
from app.errors import KeysMissingError
from app.secret_files import read_or_create_secret, remove_secret, sync_folder
from app.signing import NoteSigner

SLOT_BYTES = 16
IDENTITY, LOG = "identity", "log"
LOG_NAME = "ward-priorities"
RESIDENTS = "residents"
DEMOGRAPHICS = "demographics"
NONCE_BYTES = 12
SLOT_SUFFIX, SEAL_SUFFIX = "slot", "seal"


class Keyring:
    """The keys of one key store; what casting needs stays in memory once it was read.

    Processes on one folder share its keys. A key is made only with its round: one that went missing
    later is a fault, since a fresh key would give everybody a second slot.
    """

    def __init__(self, folder: Path, *, log_name: str = LOG_NAME) -> None:
        self._folder, self._log_name = folder, log_name
        self._log_signer: NoteSigner | None = None
        self._keyed: dict[UUID | None, hmac.HMAC] = {}
        self._residents: hmac.HMAC | None = None
        self._demographics: hmac.HMAC | None = None

    def create_round(self, round_id: UUID) -> bytes:
        """Make a round's two keys, durably, and return the public key its ballots are sealed to.

        Run it before the round's row commits. Doing it again returns the same key.
        """
        self.ensure_identity()
        read_or_create_secret(self._path(round_id, SLOT_SUFFIX))
        seal = read_or_create_secret(self._path(round_id, SEAL_SUFFIX))
        return X25519PrivateKey.from_private_bytes(seal).public_key().public_bytes_raw()

    @property
    def log_signer(self) -> NoteSigner:
        """Who signs heads and promises; the key is made at first use and is the same ever after.

        A poll's manifest and a log's last head name it, so that a fresh one does not go unnoticed.
        """
        if self._log_signer is None:
            secret = read_or_create_secret(self._folder / LOG)
            self._log_signer = NoteSigner(self._log_name, secret)
        return self._log_signer

    def ensure_identity(self) -> None:
        """Make the identity key if there never was one; a lost one is not replaced."""
        identity = self._folder / IDENTITY
        if identity.exists():
            return
        # A process beside this one may have made the identity and then a round since that look.
        if any(self._folder.glob(f"round-*.{SLOT_SUFFIX}")) and not identity.exists():
            raise KeysMissingError("The identity key is gone from the key store; restore it.")
        read_or_create_secret(identity)

    def has_round(self, round_id: UUID) -> bool:
        """Whether the keys that a round's ballots need are in the store."""
        needed = [self._folder / IDENTITY]
        needed += [self._path(round_id, suffix) for suffix in (SLOT_SUFFIX, SEAL_SUFFIX)]
        return all(path.exists() for path in needed)

    def has_log_key(self) -> bool:
        """Whether the key that signs heads is in the store."""
        return (self._folder / LOG).exists()

    def anchor(self, kind: str, subject: str) -> bytes:
        """Return what stands for a person in every round: HMAC-SHA256(K_id, kind:subject)."""
        text = f"{kind}:{normalised(kind, subject)}"
        return self._mac(None, text.encode())

    def slot(self, round_id: UUID, anchor: bytes) -> bytes:
        """Return a person's one place in a round: HMAC-SHA256(K_round, anchor), 16 bytes."""
        return self._mac(round_id, anchor)[:SLOT_BYTES]

    def keyed(self, purpose: str, message: bytes) -> bytes:
        """Return a keyed hash for one purpose: what is short or guessable, stored without a trace.

        Its key is made at first use. Losing it voids waiting codes, mails and counters, no more.
        """
        if self._residents is None:
            secret = read_or_create_secret(self._folder / RESIDENTS)
            self._residents = hmac.new(secret, digestmod="sha256")
        mac = self._residents.copy()
        mac.update(purpose.encode() + b"\x00" + message)
        return mac.digest()

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Return the sealed form of what must be read again here and by nobody else."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher(purpose).encrypt(nonce, plain, None)

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """Return what was sealed for this purpose, or raise `KeysMissingError`."""
        try:
            return self._cipher(purpose).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as cause:
            raise KeysMissingError("This was sealed with another key.") from cause

    def _cipher(self, purpose: str) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(self.keyed("seal", purpose.encode()))

    def pseudonym(self, anchor: bytes) -> bytes:
        """Return what stands for a person where their demographics lie, and nowhere else."""
        return self._demographic("pseudonym", anchor)

    def seal_answers(self, pseudonym: bytes, plain: bytes) -> bytes:
        """Return a resident's demographics, sealed and bound to their pseudonym."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        key = self._demographic("seal", b"")
        return nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, pseudonym)

    def unseal_answers(self, pseudonym: bytes, sealed: bytes) -> bytes:
        """Return the demographics sealed under this pseudonym, or raise `KeysMissingError`."""
        key, nonce = self._demographic("seal", b""), sealed[:NONCE_BYTES]
        try:
            return ChaCha20Poly1305(key).decrypt(nonce, sealed[NONCE_BYTES:], pseudonym)
        except (InvalidTag, ValueError) as cause:
            raise KeysMissingError("These answers were sealed with another key.") from cause

    def _demographic(self, purpose: str, message: bytes) -> bytes:
        """Return a keyed hash under the key of demographics, made at its first use."""
        if self._demographics is None:
            secret = read_or_create_secret(self._folder / DEMOGRAPHICS)
            self._demographics = hmac.new(secret, digestmod="sha256")
        mac = self._demographics.copy()
        mac.update(purpose.encode() + b"\x00" + message)
        return mac.digest()

    def private_key(self, round_id: UUID) -> bytes:
        """Return the key that opens a round's ballots; it is read for each opening and not kept."""
        return self._load(self._path(round_id, SEAL_SUFFIX))

    def destroy_round(self, round_id: UUID) -> None:
        """Delete a round's keys, so that nobody can link its slots or open its envelopes again.

        Doing it again is no fault. Other processes forget a slot key they hold soon after.
        """
        for suffix in (SEAL_SUFFIX, SLOT_SUFFIX):
            remove_secret(self._path(round_id, suffix))
        sync_folder(self._folder)
        self.forget_round(round_id)

    def held_rounds(self) -> list[UUID]:
        """Return the rounds whose slot key is in this process's memory."""
        return [round_id for round_id in self._keyed if round_id is not None]

    def forget_round(self, round_id: UUID) -> None:
        """Forget a round's slot key."""
        self._keyed.pop(round_id, None)

    def _path(self, round_id: UUID, suffix: str) -> Path:
        return self._folder / f"round-{round_id}.{suffix}"

    def _mac(self, round_id: UUID | None, message: bytes) -> bytes:
        """Return HMAC-SHA256 under a round's slot key, or without a round the identity key."""
        keyed = self._keyed.get(round_id)
        if keyed is None:
            path = self._path(round_id, SLOT_SUFFIX) if round_id else self._folder / IDENTITY
            keyed = self._keyed[round_id] = hmac.new(self._load(path), digestmod="sha256")
        mac = keyed.copy()
        mac.update(message)
        return mac.digest()

    @staticmethod
    def _load(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as cause:
            raise KeysMissingError(
                "A key that ballots need is not in the key store; nothing was recorded."
            ) from cause


def normalised(kind: str, subject: str) -> str:
    """Return the spelling of a subject that counts: of an address the one of its mailbox."""
    if kind == "email":
        return canonical_address(subject)
    return unicodedata.normalize("NFC", subject.strip())
