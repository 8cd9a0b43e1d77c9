"""The text of a signed tree head: C2SP `tlog-checkpoint` inside a C2SP `signed-note`.

A head is a few lines (origin, size, root in base64, extension lines), an empty line, and a line per
signature. Everything here is text; who signs is `app.signing`.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

ED25519 = b"\x01"
"""The signature kind of a signed note (C2SP `signed-note`)."""
KEY_ID_BYTES = 4
PROMISES = "ward-priorities/promises"
"""The origin of the small trees that receipts are promised by, one for each batch of ballots."""


def origin_of(poll_id: UUID) -> str:
    """Return the name of a poll's log, the first line of each of its heads."""
    return f"ward-priorities/polls/{poll_id}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a head says: whose log it is, how long, under which root, and its extension lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the lines that are signed, each with its line end."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{x}\n" for x in (self.origin, self.size, root, *self.extensions))


def published(at: datetime) -> str:
    """Return the extension line that says since when a head is public, to the minute."""
    return f"published {at:%Y-%m-%dT%H:%M:00Z}"


def of_manifest(digest: str) -> str:
    """Return the extension line that says which manifest a head's ballots were cast under."""
    return f"manifest {digest}"


def promised(by: datetime) -> str:
    """Return the extension line that says by when the leaves of a batch are in their logs."""
    return f"in log by {by:%Y-%m-%dT%H:%M:00Z}"


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes by which a signature line names its key."""
    named = name.encode() + b"\n" + ED25519 + public_key
    return hashlib.sha256(named).digest()[:KEY_ID_BYTES]


def verifier_key(name: str, public_key: bytes) -> str:
    """Return a key as verifiers take it: name, id in hex, kind and public key in base64."""
    packed = base64.b64encode(ED25519 + public_key).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{packed}"


def signed_note(text: str, name: str, public_key: bytes, signature: bytes) -> str:
    """Return a text with its one signature line."""
    packed = base64.b64encode(key_id(name, public_key) + signature).decode()
    return f"{text}\n\N{EM DASH} {name} {packed}\n"


def text_of(note: str) -> str:
    """Return what a signed note says, without its signatures; raise `ValueError` without any."""
    text, parted, _ = note.rpartition("\n\n")
    if not parted:
        raise ValueError("a signed note has an empty line before its signatures")
    return text + "\n"


def signatures_of(note: str) -> dict[tuple[str, bytes], bytes]:
    """Return a signed note's signatures by the name and id of their key."""
    found: dict[tuple[str, bytes], bytes] = {}
    for line in note.rpartition("\n\n")[2].splitlines():
        dash, name, packed = line.split(" ")
        raw = base64.b64decode(packed, validate=True)
        if dash != "\N{EM DASH}":
            raise ValueError("a signature line begins with a dash")
        found[name, raw[:KEY_ID_BYTES]] = raw[KEY_ID_BYTES:]
    return found


def read_checkpoint(note: str) -> Checkpoint:
    """Return what a signed head says; raise `ValueError` when it is none. Checks no signature."""
    origin, size, root, *extensions = text_of(note).splitlines()
    return Checkpoint(origin, int(size), base64.b64decode(root, validate=True), tuple(extensions))
