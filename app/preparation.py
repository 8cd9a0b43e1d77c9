"""Brings a database to where the service can serve: schema, geography, demonstration."""

from collections.abc import Callable
from datetime import date, datetime

from alembic import command
from alembic.config import Config
from sqlalchemy import select

from app.database import Database
from app.demonstration.build import build_demonstration, find_missing, has_real_officers
from app.demonstration.checks import check_in_hindsight
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.models.wards import Postcode
from app.operations import guard
from app.operations.commitment_rows import find_last_run
from app.operations.commitment_runs import run_checks
from app.operations.geography import load_shipped_geography
from app.operations.wards import find_edition
from app.settings import ROOT, Settings

OPERATOR = Caller("operator", Role.ADMIN)
MET_BOROUGHS = 32


def migrate(database_url: str) -> None:
    """Bring the schema of a database to the newest migration."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


async def has_geography(database: Database) -> bool:
    """Whether an edition is in force and postcodes are there; a quick look, for every start."""
    async with database.reading() as session:
        postcode = (await session.scalars(select(Postcode.postcode).limit(1))).first()
        return postcode is not None and await find_edition(session) is not None


async def prepare(
    settings: Settings, *, now: datetime, today: date, begin: Callable[[str], None]
) -> None:
    """Load what ships, and in evaluation mode the demonstration, where they are not there yet."""
    database = Database(settings.database_url, pool_size=4)
    try:
        if settings.evaluation:
            await guard.stamp(database)
        begin("wards, boroughs and postcodes")
        if not await has_geography(database):
            async with unit_of_work(database) as session:
                await load_shipped_geography(session, ROOT / "geo", OPERATOR, now=now, today=today)
        if settings.evaluation and (missing := await find_missing(database)):
            keyring = Keyring(settings.key_store, log_name=settings.log_name)
            await build_demonstration(
                database, keyring, missing=missing, now=now, today=today, begin=begin
            )
        if settings.evaluation:
            await check_once(database, now=now, today=today, begin=begin)
    finally:
        await database.close()


async def check_once(
    database: Database, *, now: datetime, today: date, begin: Callable[[str], None]
) -> None:
    """Run the commitment checks where they never ran, so that the register has a first day.

    Where everybody is made up, earlier runs are too, so that promises can be seen to turn.
    """
    async with database.reading() as session:
        if await find_last_run(session) is not None:
            return
    begin("the first runs of the commitment checks")
    if not await has_real_officers(database):
        await check_in_hindsight(database, now=now, today=today)
    await run_checks(database, lambda: unit_of_work(database), OPERATOR, today=today, now=now)
