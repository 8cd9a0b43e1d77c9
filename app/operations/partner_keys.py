"""Partners' keys: made by one admin, put in force by another, taken back by either."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.database import ReadSession, WriteSession
from app.domain.identity import Caller
from app.domain.partners import KeyStatus, require_move, require_span, status_at, write_key
from app.errors import NotFoundError, SecondPersonRequiredError
from app.models.base import new_id, require_version
from app.models.partner_keys import PartnerKey
from app.operations import audit
from app.operations.wards import get_borough
from app.pagination import Key, Page, PageRequest, fetch_page
from app.schemas.partner_keys import PartnerKeyIn, PartnerKeyOut

HANDLE = "abcdefghijklmnopqrstuvwxyz0123456789"
HANDLE_LENGTH, SECRET_BYTES = 12, 32


async def make_partner_key(
    session: WriteSession, caller: Caller, *, wanted: PartnerKeyIn, now: datetime
) -> tuple[PartnerKey, str]:
    """Make a key that opens nothing yet; return it with the text that only its partner keeps."""
    require_span(wanted.expires_at, now)
    for code in wanted.boroughs:
        await get_borough(session, code)
    handle = "".join(secrets.choice(HANDLE) for _ in range(HANDLE_LENGTH))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = PartnerKey(
        id=new_id(),
        handle=handle,
        secret_sha256=secret_hash(secret),
        partner=wanted.partner,
        scopes=sorted({scope.value for scope in wanted.scopes}),
        boroughs=sorted(set(wanted.boroughs)),
        status=KeyStatus.INACTIVE.value,
        expires_at=wanted.expires_at,
        made_by=caller.subject,
        created_at=now,
        updated_at=now,
        version=1,
    )
    session.add(key)
    await session.flush()
    _note(session, caller, "make_partner_key", key, now=now)
    return key, write_key(handle, secret)


def secret_hash(secret: str) -> bytes:
    """Return what is stored of a secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


async def change_partner_key(
    session: WriteSession,
    caller: Caller,
    key_id: UUID,
    *,
    to: KeyStatus,
    expected: int | None,
    now: datetime,
) -> PartnerKey:
    """Put a key in force, which its maker may not, or take it back, which one admin may.

    All keys of the partner are locked, so that no two become the third live one together.
    """
    found = await get_partner_key(session, key_id)
    siblings = await _lock_keys_of(session, found.partner)
    key = next(one for one in siblings if one.id == key_id)
    require_version(key, expected)
    live = sum(_status(one, now) is KeyStatus.ACTIVE for one in siblings if one is not key)
    require_move(_status(key, now), to, live=live)
    if to is KeyStatus.ACTIVE:
        if key.made_by == caller.subject and not caller.signs_alone:
            raise SecondPersonRequiredError("You made this key; another admin must activate it.")
        key.activated_by, key.activated_at = caller.subject, now
    else:
        key.revoked_by, key.revoked_at = caller.subject, now
    key.status, key.version, key.updated_at = to.value, key.version + 1, now
    verb = "activate" if to is KeyStatus.ACTIVE else "revoke"
    _note(session, caller, f"{verb}_partner_key", key, now=now)
    return key


async def _lock_keys_of(session: WriteSession, partner: str) -> Sequence[PartnerKey]:
    statement = select(PartnerKey).where(PartnerKey.partner == partner).order_by(PartnerKey.id)
    fresh = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(fresh)).all()


async def get_partner_key(session: ReadSession | WriteSession, key_id: UUID) -> PartnerKey:
    """Return one key."""
    found = await session.get(PartnerKey, key_id)
    if found is None:
        raise NotFoundError("partner key", key_id)
    return found


async def list_partner_keys(session: ReadSession, page: PageRequest) -> Page[PartnerKey]:
    """Return every key ever made, newest first."""
    keys = select(PartnerKey)
    return await fetch_page(session, keys, page, [Key.uuid(PartnerKey.id)], descending=True)


def _status(key: PartnerKey, at: datetime) -> KeyStatus:
    return status_at(key.status, expires_at=key.expires_at, at=at)


def show_partner_key(key: PartnerKey, *, at: datetime) -> PartnerKeyOut:
    """Return a key in the shape that crosses the wire."""
    facts = {name: getattr(key, name) for name in PartnerKeyOut.model_fields}
    return PartnerKeyOut.model_validate({**facts, "status": _status(key, at)})


def _note(
    session: WriteSession, caller: Caller, action: str, key: PartnerKey, *, now: datetime
) -> None:
    detail = {"handle": key.handle, "partner": key.partner, "scopes": key.scopes}
    detail |= {"boroughs": key.boroughs, "made_by": key.made_by}
    audit.record(session, caller, action, ("partner_key", key.id), now=now, detail=detail)
