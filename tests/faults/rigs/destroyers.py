"""A process that dies by signal 9 while it destroys a round's keys, at a moment of its choosing.

    python -m tests.faults.rigs.destroyers DATABASE_URL KEY_STORE ROUND MOMENT

`commit first` is the control: it says that the keys are gone before they are.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.operations.key_destruction import destroy_keys

BEFORE, BETWEEN, AFTER, COMMITTED = "before", "between", "after", "committed"
MOMENTS = (BEFORE, BETWEEN, AFTER, COMMITTED)
COMMIT_FIRST = "commit first"
AUDITOR = Caller("auditor-who-dies", Role.AUDITOR)


def die() -> None:
    """End this process at once, with nothing tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(Keyring):
    """A keyring whose process dies at a moment of destroying a round's keys."""

    def __init__(self, folder: Path, moment: str) -> None:
        super().__init__(folder)
        self.store, self.moment = folder, moment

    def destroy_round(self, round_id: UUID) -> None:
        """Delete the files, unless the process dies first or the control puts it off."""
        if self.moment == COMMIT_FIRST:
            return
        if self.moment == BEFORE:
            die()
        if self.moment == BETWEEN:
            next(self.store.glob(f"round-{round_id}.*")).unlink()
            die()
        super().destroy_round(round_id)
        if self.moment == AFTER:
            die()


async def destroy(url: str, folder: Path, round_id: UUID, moment: str) -> None:
    """Sign as the second person and destroy the keys, as far as the process lives."""
    keyring, now = Dying(folder, moment), datetime.now(UTC)
    async with unit_of_work(Database(url, pool_size=1)) as session:
        await destroy_keys(session, keyring, AUDITOR, round_id=round_id, now=now)
    die()


if __name__ == "__main__":
    asyncio.run(destroy(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), sys.argv[4]))
