"""The audit trail: one chained entry per staff write, in that write's own transaction."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select, text, update
from sqlalchemy.orm import aliased

from app.database import REVISION_CHANNEL, ReadSession, WriteSession, on_postgresql
from app.domain.audit import GENESIS, PUBLIC_SUBJECTS
from app.domain.identity import OVERSEERS, Caller
from app.models.audit import AuditEntry, Revision
from app.pagination import Key, Page, PageRequest, fetch_page
from app.schemas.audit import AuditEntryOut

BLIND_BYTES = 16
_PENDING = "audit_entries"


def record(  # noqa: PLR0913 - the fields of an entry, each asked for by name
    session: WriteSession,
    caller: Caller,
    action: str,
    subject: tuple[str, object],
    *,
    now: datetime,
    borough_code: str | None = None,
    ward_code: str | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Note what the caller did; the entry is chained and written when the transaction is sealed."""
    entry = AuditEntry(
        at=now,
        actor=caller.subject,
        role=caller.role.value,
        action=action,
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        borough_code=borough_code,
        ward_code=ward_code,
        reason=reason,
        detail=_storable(detail or {}),
        blind=new_blind(),
    )
    session.info.setdefault(_PENDING, []).append(entry)


def new_blind() -> str:
    """Return what keeps an entry's hash from being guessed."""
    return secrets.token_hex(BLIND_BYTES)


def has_notes(session: WriteSession) -> bool:
    """Whether anything was noted in this transaction that is still to be written."""
    return bool(session.info.get(_PENDING))


def _storable(value: Any) -> Any:
    """Return a JSON value whose numbers every database gives back as they were written."""
    if isinstance(value, dict):
        return {key: _storable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def entry_hash(entry: Any) -> str:
    """Return the hash that seals an entry to the one before it: SHA-256 over canonical JSON.

    Takes an entry or its plain row. The blind keeps anybody from trying names and reasons until the
    public hash fits; entries from before there were blinds have none.
    """
    content = {
        "position": entry.position,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "role": entry.role,
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "borough_code": entry.borough_code,
        "ward_code": entry.ward_code,
        "reason": entry.reason,
        "detail": entry.detail,
        "previous_hash": entry.previous_hash,
    }
    if entry.blind is not None:
        content["blind"] = entry.blind
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


async def seal(session: WriteSession) -> int:
    """Raise the revision, chain and write the noted entries, wake other processes at commit.

    Runs last in every writing transaction, so that the one row all writers share is held briefly.
    Returns the new revision.
    """
    await session.flush()
    raised = update(Revision).values(number=Revision.number + 1).returning(Revision.number)
    revision: int = (await session.execute(raised)).scalar_one()
    entries: list[AuditEntry] = session.info.pop(_PENDING, [])
    if entries:
        last = (
            await session.execute(
                select(AuditEntry.position, AuditEntry.entry_hash)
                .order_by(AuditEntry.position.desc())
                .limit(1)
            )
        ).first()
        position, previous = (last.position, last.entry_hash) if last else (0, GENESIS)
        for entry in entries:
            position += 1
            entry.position, entry.previous_hash = position, previous
            entry.entry_hash = previous = entry_hash(entry)
        session.add_all(entries)
        await session.flush()
    if on_postgresql(session):
        notify = text("SELECT pg_notify(:channel, :revision)")
        await session.execute(notify, {"channel": REVISION_CHANNEL, "revision": str(revision)})
    return revision


async def current_revision(session: ReadSession) -> int:
    """Return the number that every editorial write raises."""
    return (await session.execute(select(Revision.number))).scalar_one()


async def list_entries(
    session: ReadSession, page: PageRequest, *, ward_code: str | None, borough_code: str | None
) -> Page[AuditEntry]:
    """Return audit entries, newest first, optionally of one ward or borough."""
    statement = select(AuditEntry)
    if ward_code is not None:
        statement = statement.where(AuditEntry.ward_code == ward_code)
    if borough_code is not None:
        statement = statement.where(AuditEntry.borough_code == borough_code)
    return await fetch_page(
        session, statement, page, [Key.integer(AuditEntry.position)], descending=True
    )


def has_public_hash(position: Any) -> ColumnElement[bool]:
    """Whether the hash of the entry at a position may be known: it has a blind."""
    entry = aliased(AuditEntry)
    return exists().where(entry.position == position, entry.blind.is_not(None))


async def show_entries(
    session: ReadSession, entries: Sequence[AuditEntry], caller: Caller | None
) -> list[AuditEntryOut]:
    """Return entries as the caller may see them: whole for overseers, else without who and why."""
    if caller is not None and caller.role in OVERSEERS:
        return [AuditEntryOut.model_validate(entry) for entry in entries]
    before = AuditEntry.position.in_([entry.position - 1 for entry in entries])
    blinded = select(AuditEntry.position).where(before, AuditEntry.blind.is_not(None))
    linked = {0, *await session.scalars(blinded)}
    return [_show_in_public(entry, linked=entry.position - 1 in linked) for entry in entries]


def _show_in_public(entry: AuditEntry, *, linked: bool) -> AuditEntryOut:
    hidden = {"actor", "reason", "detail", "blind"}
    if entry.subject_kind not in PUBLIC_SUBJECTS:
        hidden.add("subject_id")
    if entry.blind is None:
        hidden.add("entry_hash")
    if not linked:
        hidden.add("previous_hash")
    return AuditEntryOut.model_validate(entry).model_copy(update=dict.fromkeys(hidden))
