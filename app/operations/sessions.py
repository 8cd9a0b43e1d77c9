"""Residents' sessions: who a token belongs to, known in each process for a few seconds."""

import hashlib
import time
from datetime import datetime

from sqlalchemy import delete, select

from app.database import Database, ReadSession, WriteSession, take_turn
from app.domain.identity import Caller, Role
from app.domain.residents import TOKEN_MARK
from app.errors import NotAuthenticatedError
from app.models.residents import Resident, ResidentSession

KNOWN_S = 4.0
"""How long a process believes what it read; a sign-out reaches it within five seconds."""

REMEMBERED = 20_000


class SessionBook:
    """The residents' sessions that one process has seen in the last few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[Caller, float]] = {}

    def find_known(self, token: str) -> Caller | None:
        """Return the resident of a token that was read a moment ago, without asking anybody."""
        known = self._known.get(token_hash(token))
        return known[0] if known is not None and known[1] > time.monotonic() else None

    async def get(self, token: str, *, now: datetime) -> Caller:
        """Return the resident whose session this token opens, or raise `NotAuthenticatedError`."""
        caller = self.find_known(token)
        if caller is not None:
            return caller
        asked_at = time.monotonic()
        async with self._database.reading() as session:
            found = await _find_caller(session, token_hash(token), now)
        if found is None:
            raise NotAuthenticatedError("This session is over; sign in again.")
        if len(self._known) >= REMEMBERED:
            self.forget_all()
        self._known[token_hash(token)] = found, asked_at + KNOWN_S
        return found

    def forget(self, caller: Caller) -> None:
        """Believe nothing about a resident any more, since something about them has changed."""
        stale = [key for key, (known, _) in self._known.items() if known.anchor == caller.anchor]
        for key in stale:
            del self._known[key]

    def forget_all(self) -> None:
        """Believe nothing any more."""
        self._known.clear()


def is_session_token(token: str) -> bool:
    """Whether a bearer token is a resident's session and no signed token."""
    return token.startswith(TOKEN_MARK)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


async def _find_caller(session: ReadSession, hashed: bytes, now: datetime) -> Caller | None:
    statement = (
        select(Resident.anchor, Resident.ward_code, Resident.level, Resident.quarantined)
        .join(ResidentSession, ResidentSession.anchor == Resident.anchor)
        .where(ResidentSession.token_hash == hashed, ResidentSession.expires_at > now)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    return Caller(
        f"resident:{hashlib.sha256(row.anchor).hexdigest()[:32]}",
        Role.RESIDENT,
        wards=frozenset({row.ward_code} - {None}),
        level=row.level,
        quarantined=row.quarantined,
        anchor=row.anchor,
    )


async def require_not_erased(session: WriteSession, caller: Caller) -> None:
    """Keep a resident registered until the commit, without a trace of that in their row.

    Raises `NotAuthenticatedError` for whoever was erased a moment ago, in whichever process.
    """
    if caller.anchor is None:
        return
    await take_turn(session, caller.anchor, shared=True)
    mine = select(Resident.anchor).where(Resident.anchor == caller.anchor)
    if (await session.execute(mine)).first() is None:
        raise NotAuthenticatedError("This session is over; sign in again.")


async def end_session(session: WriteSession, token: str) -> None:
    """End one session."""
    mine = ResidentSession.token_hash == token_hash(token)
    await session.execute(delete(ResidentSession).where(mine))


async def forget_sessions(session: WriteSession, *, now: datetime) -> None:
    """Delete the sessions that are over."""
    await session.execute(delete(ResidentSession).where(ResidentSession.expires_at <= now))
