"""The outbox: a mail is written with what it is about, sealed, and sent by a chore afterwards."""

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, update

from app.database import Database, ReadSession, WriteSession
from app.errors import KeysMissingError
from app.keyring import Keyring
from app.models.base import new_id
from app.models.residents import Mail
from app.sources.mail import Letter, Send, UndeliverableError

logger = logging.getLogger(__name__)

PURPOSE = "mail"
BATCH = 20
FIRST_REST = timedelta(seconds=30)


def post_letter(
    session: WriteSession,
    keyring: Keyring,
    anchor: bytes,
    letter: Letter,
    *,
    due_at: datetime,
    expires_at: datetime,
) -> None:
    """Put a mail into the outbox; one that is due when it expires is never sent."""
    sealed = keyring.seal(PURPOSE, json.dumps(letter).encode())
    mail = Mail(id=new_id(), anchor=anchor, sealed=sealed, attempts=0)
    mail.due_at, mail.expires_at = due_at, expires_at
    session.add(mail)


async def list_letters(session: ReadSession, keyring: Keyring, anchor: bytes) -> list[Letter]:
    """Return the mails that wait for a mailbox, newest first: what evaluation mode shows."""
    waiting = (Mail.anchor == anchor) & (Mail.due_at < Mail.expires_at)
    statement = select(Mail.sealed).where(waiting).order_by(Mail.id.desc())
    return [_open(keyring, sealed) for sealed in await session.scalars(statement)]


def _open(keyring: Keyring, sealed: bytes) -> Letter:
    return Letter(*json.loads(keyring.unseal(PURPOSE, sealed)))


async def send_due(database: Database, keyring: Keyring, send: Send, *, now: datetime) -> int:
    """Send the mails that are due and delete those sent; return how many went out.

    Each is claimed for a while first, so that processes share the work and no transaction is open
    while a mail server thinks. Whoever dies in between lets a mail go out twice, never not at all.
    """
    async with database.reading() as session:
        waiting = select(Mail.id).where(Mail.due_at <= now, Mail.expires_at > now).limit(1)
        if (await session.execute(waiting)).first() is None:
            return 0
    async with database.writing() as session:
        claimed = await _claim(session, now)
    sent = await asyncio.gather(*(_send_one(keyring, send, mail) for mail in claimed))
    finished = [mail.id for mail, done in zip(claimed, sent, strict=True) if done]
    async with database.writing() as session:
        await session.execute(delete(Mail).where(Mail.id.in_(finished)))
    return len(finished)


class _Claimed(NamedTuple):
    id: UUID
    sealed: bytes


async def _claim(session: WriteSession, now: datetime) -> Sequence[_Claimed]:
    due = (
        select(Mail.id, Mail.sealed, Mail.attempts)
        .where(Mail.due_at <= now, Mail.expires_at > now)
        .order_by(Mail.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.execute(due)).all()
    for row in rows:
        again = now + FIRST_REST * 2**row.attempts
        later = update(Mail).where(Mail.id == row.id)
        await session.execute(later.values(attempts=row.attempts + 1, due_at=again))
    return [_Claimed(row.id, row.sealed) for row in rows]


async def _send_one(keyring: Keyring, send: Send, mail: _Claimed) -> bool:
    """Whether a mail is done with: sent, or never to be sent."""
    try:
        await send(_open(keyring, mail.sealed))
    except (UndeliverableError, KeysMissingError) as never:
        logger.warning("a mail cannot be delivered", extra={"cause": type(never).__name__})
    except Exception as fault:  # noqa: BLE001 - whatever a mail server does, the next turn tries
        logger.warning("a mail was not taken yet", extra={"cause": type(fault).__name__})
        return False
    return True


async def forget_mails(session: WriteSession, *, now: datetime) -> None:
    """Delete the mails whose codes are of no use any more."""
    await session.execute(delete(Mail).where(Mail.expires_at <= now))
