"""Partners' keys: how one is written, what it may open, and how long it lasts."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.errors import InvalidRequestError, PartnerKeyMoveRefusedError

MARK = "wpk_"
"""What every partner's key begins with, so that nobody takes it for a token."""
WRITTEN = re.compile(r"wpk_live_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
LONGEST = timedelta(days=366)
MAX_LIVE = 2
"""Keys of one partner that may be live at once: the old one and its successor."""


class Scope(StrEnum):
    """What a key may do; a scope that it does not name stays shut."""

    EVIDENCE_WRITE = "evidence:write"
    DISPUTES_WRITE = "disputes:write"


class KeyStatus(StrEnum):
    """Where a key stands."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


FROM = {
    KeyStatus.ACTIVE: frozenset({KeyStatus.INACTIVE}),
    KeyStatus.REVOKED: frozenset({KeyStatus.INACTIVE, KeyStatus.ACTIVE}),
}
"""For each status that people give, those a key may come from."""


class PresentedKey(NamedTuple):
    """A key as a caller sends it: the public handle and the secret."""

    handle: str
    secret: str


def read_key(text: str) -> PresentedKey | None:
    """Return the parts of a key that is written as ours are."""
    found = WRITTEN.fullmatch(text)
    return None if found is None else PresentedKey(found[1], found[2])


def write_key(handle: str, secret: str) -> str:
    """Return a key as its partner keeps it."""
    return f"{MARK}live_{handle}_{secret}"


def status_at(stored: str, *, expires_at: datetime, at: datetime) -> KeyStatus:
    """Return where a key stands at an instant: the clock ends what nobody revoked."""
    status = KeyStatus(stored)
    return KeyStatus.EXPIRED if status is not KeyStatus.REVOKED and at >= expires_at else status


def require_span(expires_at: datetime, now: datetime) -> None:
    """Raise unless a key ends in the future, within a year."""
    if not now < expires_at <= now + LONGEST:
        raise InvalidRequestError("A key ends within twelve months.", pointer="/expires_at")


def require_move(status: KeyStatus, to: KeyStatus, *, live: int) -> None:
    """Raise unless a key may come to a status, its partner having so many live ones besides."""
    if status not in FROM[to]:
        raise PartnerKeyMoveRefusedError(f"The key is {status}; it cannot become {to}.")
    if to is KeyStatus.ACTIVE and live >= MAX_LIVE:
        raise PartnerKeyMoveRefusedError(
            f"The partner has {live} live keys; revoke one before another becomes active."
        )
