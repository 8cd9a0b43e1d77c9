"""Whether the database is there, at the right schema, with boundaries loaded."""

import asyncio
import logging
import time

from sqlalchemy import text

from app.database import Database, ReadSession
from app.operations.atlas import Atlas
from app.operations.wards import find_edition
from app.settings import ROOT

logger = logging.getLogger(__name__)

KNOWN_S = 1.0


def expected_schema() -> str:
    """Return the number of the newest migration that this release ships."""
    head = (ROOT / "migrations" / ".current-head").read_text().strip()
    return head.partition("_")[0]


async def describe_data(session: ReadSession) -> tuple[str | None, str | None]:
    """Return the schema's migration number and the label of the boundary edition in force."""
    schema = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    edition = await find_edition(session)
    return schema, edition.label if edition else None


class Readiness:
    """Whether one process is ready: asked of the database once a second at most."""

    def __init__(self, database: Database, atlas: Atlas) -> None:
        self.clock = time.monotonic
        self._database, self._atlas = database, atlas
        self._asking = asyncio.Lock()
        self._checks: dict[str, bool] = {}
        self._known_until = 0.0

    async def check(self) -> dict[str, bool]:
        """Return each check and whether it holds; never raises.

        A process with boundaries in force is ready once it has taken them over.
        """
        async with self._asking:
            if self._database.is_away or self.clock() >= self._known_until:
                self._checks = await self._ask()
                self._known_until = self.clock() + KNOWN_S
            return self._checks

    async def _ask(self) -> dict[str, bool]:
        try:
            async with self._database.reading() as session:
                schema, edition = await describe_data(session)
            if edition is not None:
                await self._atlas.get()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the service is not ready
            if not self._database.is_away:
                told = {"cause": type(fault).__name__}
                logger.warning("not ready: the database does not answer", extra=told)
            return {"database": False, "schema": False, "boundaries": False}
        return {
            "database": True,
            "schema": schema == expected_schema(),
            "boundaries": edition is not None,
        }
