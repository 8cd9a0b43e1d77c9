"""Whether the database is there, at the right schema, with boundaries loaded."""

import logging

from sqlalchemy import text

from app.database import Database, ReadSession
from app.operations.atlas import Atlas
from app.operations.wards import find_edition
from app.settings import ROOT

logger = logging.getLogger(__name__)


def expected_schema() -> str:
    """Return the number of the newest migration that this release ships."""
    head = (ROOT / "migrations" / ".current-head").read_text().strip()
    return head.partition("_")[0]


async def describe_data(session: ReadSession) -> tuple[str | None, str | None]:
    """Return the schema's migration number and the label of the boundary edition in force."""
    schema = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    edition = await find_edition(session)
    return schema, edition.label if edition else None


async def check_readiness(database: Database, atlas: Atlas) -> dict[str, bool]:
    """Return each check of readiness and whether it holds; never raises.

    A process with boundaries in force is ready once it has taken them over.
    """
    try:
        async with database.reading() as session:
            schema, edition = await describe_data(session)
        if edition is not None:
            await atlas.get()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the service is not ready
        if not database.is_away:
            told = {"cause": type(fault).__name__}
            logger.warning("not ready: the database does not answer", extra=told)
        return {"database": False, "schema": False, "boundaries": False}
    return {
        "database": True,
        "schema": schema == expected_schema(),
        "boundaries": edition is not None,
    }
