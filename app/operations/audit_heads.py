"""Signed heads of the audit chain: one a day, in the database and in places outside it."""

import asyncio
import fcntl
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.database import Database, ReadSession, WriteSession, alone, database_now
from app.domain.audit import HEADS
from app.domain.checkpoints import Checkpoint, published
from app.keyring import Keyring
from app.models.audit import AuditEntry, AuditHead
from app.operations.audit import has_public_hash
from app.pagination import Key, Page, PageRequest, fetch_page
from app.signing import NoteSigner


async def list_heads(session: ReadSession, page: PageRequest) -> Page[AuditHead]:
    """Return the signed heads that say no more than may be known, newest first."""
    statement = select(AuditHead).where(has_public_hash(AuditHead.position))
    return await fetch_page(
        session, statement, page, [Key.day(AuditHead.signed_on)], descending=True
    )


async def is_due(session: ReadSession | WriteSession, today: date) -> bool:
    """Whether there are entries and today's head is not signed yet."""
    signed = select(AuditHead.signed_on).where(AuditHead.signed_on == today)
    if (await session.scalars(signed)).first() is not None:
        return False
    return (await session.scalars(select(AuditEntry.position).limit(1))).first() is not None


async def sign_head(session: WriteSession, signer: NoteSigner, *, now: datetime) -> AuditHead:
    """Sign the chain as it stands, as today's head."""
    newest = select(AuditEntry.position, AuditEntry.entry_hash)
    last = (await session.execute(newest.order_by(AuditEntry.position.desc()).limit(1))).one()
    said = Checkpoint(HEADS, last.position, bytes.fromhex(last.entry_hash), (published(now),))
    head = AuditHead(
        signed_on=now.date(),
        position=last.position,
        entry_hash=last.entry_hash,
        note=signer.sign(said.text()),
    )
    session.add(head)
    await session.flush()
    return head


async def keep_heads(database: Database, keyring: Keyring, file: Path | None) -> None:
    """Sign today's head where it is due, and bring the file of heads up to date."""
    async with database.reading() as session:
        now = await database_now(session)
        due = await is_due(session, now.date())
    if due:
        async with database.writing() as session:
            if await alone(session, "audit head") and await is_due(session, now.date()):
                await sign_head(session, keyring.log_signer, now=now)
    if file is not None:
        async with database.reading() as session:
            heads = list(await session.scalars(select(AuditHead).order_by(AuditHead.signed_on)))
        await asyncio.to_thread(append_heads, file, heads)


def line_of(head: AuditHead) -> str:
    """Return a head as one line of a file of heads."""
    return json.dumps(
        {
            "signed_on": head.signed_on.isoformat(),
            "position": head.position,
            "entry_hash": head.entry_hash,
            "note": head.note,
        }
    )


def append_heads(file: Path, heads: list[AuditHead]) -> None:
    """Append the heads that are younger than the file's last one; processes take turns."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        lines.seek(0)
        kept = {line["signed_on"] for line in map(json.loads, lines) if line}
        missing = [head for head in heads if head.signed_on.isoformat() not in kept]
        lines.writelines(f"{line_of(head)}\n" for head in missing)


def read_heads(file: Path) -> list[dict[str, Any]]:
    """Return the heads of a file, as they stand there; raise `ValueError` when it is none."""
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    if not all(isinstance(head, dict) for head in found):
        raise ValueError("a line is no head")
    return found
