"""Whose key a program calls with: known in each process for a few seconds, no longer."""

import hmac
import time
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select, update

from app.database import Database
from app.domain.identity import Caller, Role
from app.domain.partners import MARK, KeyStatus, read_key
from app.errors import NotAuthenticatedError
from app.models.partner_keys import PartnerKey
from app.operations.partner_keys import secret_hash

KNOWN_S = 3.0
"""How long a process believes what it read; a revocation reaches it within five seconds."""
REMEMBERED = 2_000
USES_EVERY_S = 60.0
"""How often the days of last use are written down."""


class _Known(NamedTuple):
    secret_sha256: bytes
    caller: Caller
    expires_at: datetime
    until: float


class PartnerKeyBook:
    """The partners' keys that one process has seen in the last few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Known] = {}
        self._used: dict[str, date] = {}

    async def get(self, text: str, *, now: datetime, today: date) -> Caller:
        """Return the partner a key stands for, or raise `NotAuthenticatedError`."""
        presented = read_key(text)
        known = None if presented is None else await self._find(presented.handle)
        if (
            presented is None
            or known is None
            or not hmac.compare_digest(known.secret_sha256, secret_hash(presented.secret))
            or now >= known.expires_at
        ):
            raise NotAuthenticatedError("This partner key is not accepted.")
        self._used[presented.handle] = today
        return known.caller

    async def _find(self, handle: str) -> _Known | None:
        known = self._known.get(handle)
        if known is not None and known.until > time.monotonic():
            return known
        asked_at = time.monotonic()
        async with self._database.reading() as session:
            live = PartnerKey.status == KeyStatus.ACTIVE
            row = (
                await session.scalars(select(PartnerKey).where(PartnerKey.handle == handle, live))
            ).one_or_none()
        if row is None:
            self._known.pop(handle, None)
            return None
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        found = _Known(row.secret_sha256, _caller_of(row), row.expires_at, asked_at + KNOWN_S)
        self._known[handle] = found
        return found

    async def write_uses(self) -> None:
        """Write down on which day each key was last used; a fault loses no more than that."""
        used, self._used = self._used, {}
        if not used:
            return
        async with self._database.writing() as session:
            for handle, day in sorted(used.items()):
                mine, last = PartnerKey.handle == handle, PartnerKey.last_used_on
                earlier = or_(last.is_(None), last < day)
                await session.execute(
                    update(PartnerKey).where(mine, earlier).values(last_used_on=day)
                )


def _caller_of(key: PartnerKey) -> Caller:
    caller = Caller(f"{MARK}{key.handle}", Role.PARTNER, boroughs=frozenset(key.boroughs))
    return replace(caller, scopes=frozenset(key.scopes))


def is_partner_key(token: str) -> bool:
    """Whether a bearer token is a partner's key and no signed token."""
    return token.startswith(MARK)
