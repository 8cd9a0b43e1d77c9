"""Who a token's bearer is today, and the answers remembered under their Idempotency-Keys."""

import hashlib
from datetime import date, datetime

from sqlalchemy import delete, or_, select

from app.database import ReadSession, WriteSession, insert_for
from app.domain.identity import STAFF, Caller, Role
from app.errors import IdempotencyKeyReusedError, NotAllowedError
from app.models.identity import IdempotentAnswer
from app.models.teams import Officer, Posting
from app.tokens import Claims

ROLES = {role.value: role for role in Role}


def find_unposted_caller(claims: Claims) -> Caller | None:
    """Return a resident or partner, whose area the token itself names, or `None` for staff."""
    role = ROLES.get(claims.role)
    if role is None or role in STAFF:
        return None
    return Caller(
        claims.subject, role, wards=claims.wards, boroughs=claims.boroughs, level=claims.level
    )


FORGOTTEN_AT_ONCE = 100


async def resolve_caller(session: ReadSession, claims: Claims, *, today: date) -> Caller:
    """Return the caller: role from the token, and for staff the area from today's postings."""
    role = ROLES.get(claims.role)
    if role is None:
        raise NotAllowedError("Your token's role is not one this service knows.")
    return await find_posted(session, claims.subject, role, today=today)


async def find_posted(
    session: ReadSession | WriteSession, subject: str, role: Role, *, today: date
) -> Caller:
    """Return somebody of the staff as a caller, with the area of today's postings."""
    live = (
        select(Posting.officer_id, Posting.ward_code, Posting.borough_code)
        .join(Officer, Officer.id == Posting.officer_id)
        .where(Officer.subject == subject, Posting.starts_on <= today)
        .where(or_(Posting.ends_on.is_(None), Posting.ends_on > today))
    )
    rows = (await session.execute(live)).all()
    return Caller(
        subject,
        role,
        officer_id=rows[0].officer_id if rows else None,
        wards=frozenset(row.ward_code for row in rows if row.ward_code is not None),
        boroughs=frozenset(row.borough_code for row in rows if row.ward_code is None),
    )


async def claim_key(
    session: WriteSession, caller: Caller, key: str, *, fingerprint: str, now: datetime
) -> tuple[IdempotentAnswer, bool]:
    """Return the answer row of this caller's key, and whether an earlier request already filled it.

    A second request under the same key waits here for the first to commit. Raises
    `IdempotencyKeyReusedError` when the key came with another request before.
    """
    name = hashlib.sha256(f"{caller.subject}\n{key}".encode()).hexdigest()
    claim = (
        insert_for(session, IdempotentAnswer)
        .values(caller_and_key=name, fingerprint=fingerprint, status=0, body=b"", created_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotentAnswer.caller_and_key)
    )
    fresh = (await session.execute(claim)).first() is not None
    answer = await session.get_one(IdempotentAnswer, name)
    if not fresh and answer.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError(
            "This Idempotency-Key was used with another request.", pointer="Idempotency-Key"
        )
    return answer, not fresh


async def forget_answers(session: WriteSession, *, before: datetime) -> None:
    """Delete the remembered answers that are older than the promise to keep them."""
    # What another request is forgetting already is skipped, so that neither waits for the other.
    old = (
        select(IdempotentAnswer.caller_and_key)
        .where(IdempotentAnswer.created_at < before)
        .limit(FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    keys = list(await session.scalars(old))
    if keys:
        gone = IdempotentAnswer.caller_and_key.in_(keys)
        await session.execute(delete(IdempotentAnswer).where(gone))
