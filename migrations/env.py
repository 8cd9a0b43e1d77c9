"""Runs the migrations on either database, each in a transaction, with the template's timeout."""

import asyncio
from typing import Any, Literal

from alembic import context
from geoalchemy2 import Geometry
from sqlalchemy import Connection, text

from app.database import Database
from app.geometry import Geo
from app.models import Base
from app.models.jobs import QUEUE_TABLES
from app.settings import DatabaseSettings

NOT_OURS = {"spatial_ref_sys", *QUEUE_TABLES}


def include_object(item: Any, name: str | None, kind: str, *rest: Any) -> bool:
    """Leave out the tables of PostGIS and huey, and indexes that only the other database has."""
    reflected, _ = rest
    if kind == "table" and reflected and name in NOT_OURS:
        return False
    condition = getattr(item, "_ddl_if", None)
    if kind == "index" and condition is not None:
        return bool(condition.dialect == context.get_bind().dialect.name)
    return True


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column types into new migrations by their plain constructor."""
    if kind == "type" and isinstance(item, Geo | Geometry):
        autogen.imports.add("from app.geometry import Geo")
        return f"Geo({item.geometry_type!r})"
    if kind == "type" and type(item).__name__ == "Instant":
        return "sa.DateTime(timezone=True)"
    return False


def release_rows(connection: Connection) -> None:
    """Let SQLite make a table anew although rows of others point to it; checked at the end.

    Within a transaction it would ignore that without a word, and the driver has begun one.
    """
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN")
    connection.commit()
    if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        raise RuntimeError("SQLite still holds on to rows that others point to.")
    connection.commit()


def migrate(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        release_rows(connection)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        render_item=render_item,
        render_as_batch=is_sqlite,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if is_sqlite:
        broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        connection.commit()
        if broken:
            raise RuntimeError(f"foreign keys broken after migration: {broken[:5]}")


async def migrate_configured_database() -> None:
    """Run the migrations on the database that the environment or the caller names."""
    url = context.config.attributes.get("database_url") or DatabaseSettings().database_url
    database = Database(url, pool_size=1)
    try:
        async with database.engine.execution_options(access="write").connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await database.close()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(migrate_configured_database())
