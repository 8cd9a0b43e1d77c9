"""What the role that runs the service may do: read, add, and change what is not append-only."""

import re
from collections.abc import Iterator

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database import Database
from app.errors import InvalidRequestError
from app.models import Base
from app.models.jobs import QUEUE_TABLES

ROLE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
MAY_NEVER_CHANGE = (
    "audit_entry",
    "audit_head",
    "commitment_check",
    "commitment_run",
    "dispute_event",
    "evaluation_stamp",
    "log_leaf",
    "opened_ballot",
    "poll_result",
    "tree_head",
)
"""Tables to which the service only adds; triggers of the migrations say the same to everyone."""
SIGNED_AGAIN = {"tree_head": "published_at, checkpoint, turnout"}
"""What may change in those after all: a head that says nothing new is signed again, later."""
MAY_NEVER_GO = ("envelope",)
"""Tables of which the service removes nothing."""
READ_ONLY = ("alembic_version", "evaluation_stamp")
CHANGES = "UPDATE, DELETE, TRUNCATE, TRIGGER"

ROLE = text(
    "SELECT rolsuper, pg_has_role(rolname, current_user, 'MEMBER') AS is_owner"
    " FROM pg_roles WHERE rolname = :role"
)
CREATION = text("SELECT format('CREATE ROLE %I LOGIN', CAST(:role AS text))")
PASSWORD = text(
    "SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:role AS text), CAST(:password AS text))"
)


async def grant_rights(database: Database, role: str, password: str | None = None) -> bool:
    """Give a role the rights of the service and no more; whether the role is new.

    Run it as the owner of the tables, after every migration.
    """
    if database.is_sqlite:
        raise InvalidRequestError("SQLite has no roles: whoever reads the file may change it.")
    if not ROLE_NAME.fullmatch(role):
        raise InvalidRequestError("A role's name has small letters, digits and underscores.")
    async with database.write_connection() as connection:
        known = (await connection.execute(ROLE, {"role": role})).one_or_none()
        if known is not None and (known.rolsuper or known.is_owner):
            raise InvalidRequestError(
                f"{role} is a superuser or the owner of the tables: nothing can be kept from it."
            )
        if known is None:
            await _carry_out(connection, CREATION, role=role)
        if password:
            await _carry_out(connection, PASSWORD, role=role, password=password)
        for statement in _grants(role, str(database.url.database)):
            await connection.execute(text(statement))
    return known is None


async def _carry_out(connection: AsyncConnection, formed: TextClause, **values: str) -> None:
    """Execute the statement that PostgreSQL itself writes from these values, quoted by it."""
    statement = (await connection.execute(formed, values)).scalar_one()
    await connection.exec_driver_sql(statement)


def _grants(role: str, database: str) -> Iterator[str]:
    yield f'GRANT CONNECT ON DATABASE "{database}" TO "{role}"'
    yield f'GRANT USAGE ON SCHEMA public TO "{role}"'
    for table in (*Base.metadata.tables, *QUEUE_TABLES, "alembic_version"):
        if table in READ_ONLY:
            rights = "SELECT"
        elif table in MAY_NEVER_CHANGE:
            rights = "SELECT, INSERT"
        elif table in MAY_NEVER_GO:
            rights = "SELECT, INSERT, UPDATE"
        else:
            rights = "SELECT, INSERT, UPDATE, DELETE"
        yield f'REVOKE ALL ON TABLE "{table}" FROM PUBLIC, "{role}"'
        yield f'GRANT {rights} ON TABLE "{table}" TO "{role}"'
    for table, columns in SIGNED_AGAIN.items():
        yield f'GRANT UPDATE ({columns}) ON TABLE "{table}" TO "{role}"'
