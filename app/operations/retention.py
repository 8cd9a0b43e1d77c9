"""Forgetting: what is over is deleted within minutes, by one process at a time; people singly."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, literal, or_, select

from app.database import Database, WriteSession, alone, take_turn
from app.domain.residents import (
    ANSWERS_KEPT,
    COUNTERS_KEPT,
    INACTIVE_AFTER,
    UNCONFIRMED_KEPT,
    Level,
)
from app.keyring import Keyring
from app.models.demographics import DemographicAnswer
from app.models.identity import IdempotentAnswer
from app.models.jobs import Job, JobEvent
from app.models.residents import (
    Declaration,
    Mail,
    ResidenceCode,
    Resident,
    ResidentSession,
    SignIn,
    SpentProof,
)
from app.operations.residence import unneeded_proofs
from app.operations.residents import erase_resident

AT_ONCE = 200
REST_S = 300.0
"""Seconds between two looks."""
JOBS_KEPT = timedelta(days=90)
"""How long a job that ended can still be looked up."""


class _Rule(NamedTuple):
    table: type[Any]
    is_over: ColumnElement[bool]


def _rules(now: datetime) -> Sequence[_Rule]:
    """Return which rows are of no use any more, table by table."""
    return (
        _Rule(SignIn, SignIn.expires_at <= now),
        _Rule(ResidentSession, ResidentSession.expires_at <= now),
        _Rule(Mail, Mail.expires_at <= now),
        _Rule(ResidenceCode, ResidenceCode.expires_at <= now),
        _Rule(Declaration, Declaration.stated_at <= now - COUNTERS_KEPT),
        _Rule(IdempotentAnswer, IdempotentAnswer.created_at <= now - ANSWERS_KEPT),
        _Rule(SpentProof, unneeded_proofs(now)),
        _Rule(DemographicAnswer, DemographicAnswer.kept_until < now.year),
    )


def _gone(now: datetime) -> ColumnElement[bool]:
    """Whether a resident stayed away for two years, or never stated a home for two days."""
    today = now.date()
    unconfirmed = (Resident.level == int(Level.NONE)) & (
        Resident.seen_on < today - UNCONFIRMED_KEPT
    )
    return or_(Resident.seen_on < today - INACTIVE_AFTER, unconfirmed)


async def forget_what_is_over(database: Database, keyring: Keyring, *, now: datetime) -> int:
    """Delete what is over and return how many rows that were; opens no write for nothing."""
    if not await _is_anything_over(database, now):
        return 0
    forgotten = 0
    async with database.writing() as session:
        if not await alone(session, "retention"):
            return 0
        for rule in _rules(now):
            gone = delete(rule.table).where(rule.is_over).returning(literal(1))
            forgotten += len((await session.execute(gone)).all())
        leaving = select(Resident.anchor).where(_gone(now)).limit(AT_ONCE)
        anchors = list(await session.scalars(leaving))
    for anchor in anchors:
        forgotten += await _erase_if_gone(database, keyring, anchor, now=now)
    await database.drop_old_pages()
    return forgotten


async def _erase_if_gone(
    database: Database, keyring: Keyring, anchor: bytes, *, now: datetime
) -> bool:
    """Erase a resident who has not come back by now, in a transaction that is about nobody else.

    Two in one would hold the first one's locks while it waits for the second, who may wait for it.
    """
    async with database.writing() as session:
        await take_turn(session, anchor)
        still = select(Resident.anchor).where(Resident.anchor == anchor, _gone(now))
        if (await session.execute(still)).first() is None:
            return False
        await erase_resident(session, keyring, anchor, now=now)
        return True


async def _is_anything_over(database: Database, now: datetime) -> bool:
    checks = [select(1).select_from(rule.table).where(rule.is_over) for rule in _rules(now)]
    checks.append(select(1).select_from(Resident).where(_gone(now)))
    async with database.reading() as session:
        for check in checks:
            if (await session.execute(check.limit(1))).first() is not None:
                return True
    return False


async def forget_ended_jobs(session: WriteSession, *, now: datetime) -> int:
    """Delete jobs that ended long ago, with all that was told of them; how many that were."""
    old = select(Job.id).where(Job.finished_at <= now - JOBS_KEPT).limit(AT_ONCE)
    gone = list(await session.scalars(old))
    await session.execute(delete(JobEvent).where(JobEvent.job_id.in_(gone)))
    await session.execute(delete(Job).where(Job.id.in_(gone)))
    return len(gone)
