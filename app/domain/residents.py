"""Residents: how sure the service is of one, the codes they type, and how long anything is kept."""

import secrets
from datetime import timedelta
from enum import IntEnum
from ipaddress import IPv6Address, ip_address


class Level(IntEnum):
    """How well it is proven where a resident lives."""

    NONE = 0
    STATED = 1
    PROVEN = 2


CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 letters: none is taken for another; 8 of them hold 40 bits."""

CODE_LENGTH = 8
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

TRIES = 5
"""Wrong codes after which a sign-in is locked, whoever typed them."""

SIGN_IN_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
CODE_LIFE = timedelta(hours=48)
COUNTERS_KEPT = timedelta(hours=24)
ANSWERS_KEPT = timedelta(hours=24)
UNCONFIRMED_KEPT = timedelta(days=2)
INACTIVE_AFTER = timedelta(days=730)

TOKEN_MARK = "wpr_"  # noqa: S105 - how residents' tokens begin, not one of them
TOKEN_BYTES = 32


def new_code() -> str:
    """Return a random code of 40 bits."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """Return a code as people read it: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def typed_code(text: str) -> str:
    """Return what a person typed in the spelling of codes: capitals, misread letters mended."""
    return text.upper().translate(_MISREAD)


def new_token() -> str:
    """Return a fresh access token of a resident: 256 random bits."""
    return TOKEN_MARK + secrets.token_urlsafe(TOKEN_BYTES)


def network_of(address: str | None) -> str:
    """Return the network that a cap counts for an address: its /24, or /48 in IPv6."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return found.exploded[:14]
        found = found.ipv4_mapped
    return str(found).rpartition(".")[0]
