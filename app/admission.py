"""Lets the service start only where it may: settings and files first, then the database.

Where the database does not answer the service starts, and each process asks again until it does.
"""

import asyncio
import logging
import signal
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from app import safety
from app.chores import Chore
from app.database import Database
from app.dependencies import read_clock
from app.errors import BusyError
from app.keyring import Keyring
from app.operations import guard
from app.outages import is_outage
from app.safety import UnsafeError
from app.settings import Settings

logger = logging.getLogger(__name__)

ASK_S = 4.0
AGAIN_S = 5.0
NOT_LET_IN = "The database does not let this role in: see DATABASE_URL."
NO_RIGHTS = {
    "28000": NOT_LET_IN,
    "28P01": NOT_LET_IN,
    "3D000": "DATABASE_URL names a database that is not there.",
    "42501": "The database role lacks rights: run `python -m app grant` as the owner.",
}
"""What PostgreSQL answers to a role, a password or a database that it does not know."""


def read_settings() -> Settings:
    """Return the settings of the environment, or raise `UnsafeError` with each mistake."""
    try:
        settings = Settings()
    except ValidationError as mistakes:
        told = []
        for mistake in mistakes.errors():
            where = ".".join(str(part).upper() for part in mistake["loc"])
            sentence = str(mistake["msg"]).removeprefix("Value error, ")
            told.append(f"{where}: {sentence}" if where else sentence)
        raise UnsafeError("\n".join(told)) from mistakes
    safety.refuse_unsafe(settings)
    return settings


def read_settings_or_leave() -> Settings:
    """Do the same for a server that was started without our command: leave with the sentence."""
    try:
        return read_settings()
    except UnsafeError as refusal:
        raise SystemExit(str(refusal)) from None


def check_database(settings: Settings) -> bool:
    """Raise `UnsafeError` when the service may not run on its database; whether it answered."""
    return asyncio.run(_check(settings))


async def _check(settings: Settings) -> bool:
    database = Database(settings.database_url, pool_size=1)
    keyring = Keyring(settings.key_store, log_name=settings.log_name)
    try:
        async with asyncio.timeout(ASK_S):
            await _ask(database, keyring, settings, await read_clock())
    except (OSError, DBAPIError, BusyError) as fault:  # a TimeoutError is an OSError
        state = _state_of(fault)
        if state in NO_RIGHTS:
            raise UnsafeError(NO_RIGHTS[state]) from None
        if not is_outage(fault):
            raise
        return False
    finally:
        await database.close()
    return True


def _state_of(fault: BaseException | None) -> str:
    """Return PostgreSQL's code of a fault, wherever in its causes it stands; or nothing."""
    while fault is not None:
        state = getattr(getattr(fault, "orig", fault), "sqlstate", None)
        if state:
            return str(state)
        fault = fault.__cause__ or fault.__context__
    return ""


async def _ask(database: Database, keyring: Keyring, settings: Settings, now: datetime) -> None:
    await guard.refuse_unsafe(database, keyring, evaluation=settings.evaluation, now=now)


class Admission:
    """Asks the database of a running process once whether it may be used; stops it if not."""

    def __init__(self, settings: Settings, database: Database, keyring: Keyring) -> None:
        self._settings, self._database, self._keyring = settings, database, keyring
        self._is_admitted = False

    def chore(self) -> Chore:
        """Return what the process does until it was admitted."""
        return Chore("be admitted", AGAIN_S, self.ask)

    async def ask(self) -> None:
        """Ask, unless that was done; an evaluation leaves its stamp."""
        if self._is_admitted:
            return
        try:
            await _ask(self._database, self._keyring, self._settings, await read_clock())
            if self._settings.evaluation:
                await guard.stamp(self._database)
        except UnsafeError as refusal:
            logger.critical("the service stops: %s", refusal)
            signal.raise_signal(signal.SIGTERM)
        self._is_admitted = True
