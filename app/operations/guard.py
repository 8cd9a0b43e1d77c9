"""Whether the service may run on this database: what only the database can tell.

Evaluation mode stamps a database once and for ever, since its tokens are for anyone: production
refuses a stamped database, and evaluation one that real people use.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import exists, inspect, select, text

from app.database import Database, ReadSession, database_now, insert_for, on_postgresql
from app.keyring import Keyring
from app.models.audit import AuditEntry
from app.models.polls import Poll
from app.models.running import EvaluationStamp
from app.models.teams import Officer
from app.operations.rights import CHANGES, MAY_NEVER_CHANGE
from app.operations.running import expected_schema
from app.safety import UnsafeError

MAX_SKEW_S = 2.0
DURABLE = {"on", "remote_apply", "remote_write"}
DEMONSTRATION = "demonstration"
"""Who builds the demonstration, in the audit trail; nothing else acts under that name."""
UNFINISHED = ("draft", "scheduled", "open", "closed")

POWERS = text(
    """
    SELECT rolsuper OR rolbypassrls OR rolreplication OR rolcreaterole AS is_mighty,
        EXISTS (
            SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE nspname = 'public' AND relkind IN ('r', 'p')
                AND relname = ANY (:tables) AND pg_has_role(rolname, relowner, 'MEMBER')
        ) AS is_owner,
        has_schema_privilege(rolname, 'public', 'CREATE') AS may_create
    FROM pg_roles WHERE rolname = session_user
    """
)
RIGHTS = text(
    """
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'public' AND relname = ANY (:tables)
        AND has_table_privilege(session_user, pg_class.oid, :changes)
    ORDER BY relname
    """
)
UNGUARDED = text(
    """
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'public' AND relname = ANY (:tables) AND NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = pg_class.oid AND tgname = 'append_only' AND tgenabled = 'A'
    ) ORDER BY relname
    """
)


async def refuse_unsafe(
    database: Database, keyring: Keyring, *, evaluation: bool, now: datetime
) -> None:
    """Raise `UnsafeError` with the first objection to running on this database."""
    async with database.reading() as session:
        if evaluation:
            await _refuse_real_people(session)
            return
        async for objection in objections(session, keyring, now=now):
            raise UnsafeError(objection)


async def objections(
    session: ReadSession, keyring: Keyring, *, now: datetime
) -> AsyncIterator[str]:
    """Yield every objection to relying on this database."""
    schema = await _schema(session)
    if schema != expected_schema():
        yield (
            f"The schema is at {schema or 'no migration'}, this release needs {expected_schema()}: "
            "run `python -m app migrate` as the owner of the database, then `grant`."
        )
        return
    if await is_stamped(session):
        yield "This database was used in evaluation mode, where tokens are for anyone; use another."
    skew = abs((await database_now(session) - now).total_seconds())
    if skew > MAX_SKEW_S:
        yield f"The clocks of this machine and of the database are {skew:.0f} seconds apart."
    if on_postgresql(session):
        async for objection in _postgresql_objections(session):
            yield objection
    async for objection in _key_objections(session, keyring):
        yield objection


async def _postgresql_objections(session: ReadSession) -> AsyncIterator[str]:
    for setting in ("fsync", "full_page_writes"):
        if (await _ask(session, setting)) != "on":
            yield f"PostgreSQL runs with {setting}=off: a power cut would lose ballots."
    commit = await _ask(session, "synchronous_commit")
    if commit not in DURABLE:
        yield f"PostgreSQL acknowledges too early (synchronous_commit={commit}): set it to on."
    tables = {"tables": list(MAY_NEVER_CHANGE)}
    role = (await session.execute(POWERS, tables)).one()
    if role.is_mighty or role.is_owner or role.may_create:
        what = "owns the tables" if role.is_owner else "may create tables"
        what = "is a superuser or nearly one" if role.is_mighty else what
        yield f"The database role {what}: run as a role made by `python -m app grant`."
        return
    for table in await session.scalars(RIGHTS, {**tables, "changes": CHANGES}):
        yield f"The database role may change {table}: run `python -m app grant` again."
    for table in await session.scalars(UNGUARDED, tables):
        yield f"The trigger that keeps {table} from being changed is gone or off."


async def _ask(session: ReadSession, setting: str) -> str:
    asked = select(text("current_setting(:name)")).params(name=setting)
    return str((await session.execute(asked)).scalar_one())


async def _key_objections(session: ReadSession, keyring: Keyring) -> AsyncIterator[str]:
    unfinished = select(Poll.round_id).where(Poll.status.in_(UNFINISHED)).distinct()
    for round_id in await session.scalars(unfinished):
        if not keyring.has_round(round_id):
            yield (
                f"KEY_STORE lacks keys of the round {round_id}, which is not counted yet: "
                "restore the key store."
            )
            return


async def _schema(session: ReadSession) -> str | None:
    if "alembic_version" not in await _tables(session):
        return None
    found = await session.execute(text("SELECT version_num FROM alembic_version"))
    return found.scalar_one_or_none()


async def _tables(session: ReadSession) -> list[str]:
    def names(sync_session: Any) -> list[str]:
        found: list[str] = inspect(sync_session.connection()).get_table_names()
        return found

    return await session.run_sync(names)


async def is_stamped(session: ReadSession) -> bool:
    """Whether evaluation mode has used this database."""
    return (await session.scalars(select(EvaluationStamp.id))).first() is not None


async def _refuse_real_people(session: ReadSession) -> None:
    tables = await _tables(session)
    if "officer" not in tables:
        return
    if "evaluation_stamp" in tables and await is_stamped(session):
        return
    if await session.scalar(select(exists().where(AuditEntry.actor == DEMONSTRATION))):
        return
    if await session.scalar(select(exists().where(Officer.fictional.is_(False)))):
        raise UnsafeError(
            "This database holds real officers, and evaluation mode hands tokens to anyone: set "
            "MODE=production, or name another database."
        )


async def stamp(database: Database) -> None:
    """Mark the database as used in evaluation mode, unless it is; there is no way back."""
    async with database.reading() as session:
        if await is_stamped(session):
            return
    async with database.writing() as session:
        mark = insert_for(session, EvaluationStamp)
        values = {"id": 1, "stamped_at": await database_now(session)}
        await session.execute(mark.values(**values).on_conflict_do_nothing())
