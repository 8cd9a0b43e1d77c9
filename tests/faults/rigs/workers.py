"""Workers in processes of their own, to be killed in the middle of a job."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.faults.rigs.processes import kill_family, send, signal, wait_for

LASTS_S = 1.5
STOP_S = 10.0
PROGRAM = """
import asyncio, os
from datetime import timedelta
from app.commands.worker import labour_until_told
from app.database import Database
from app.jobs.kinds import KINDS
from app.jobs.labour import Labour
from app.settings import Settings
from tests import working

settings = Settings()
database = Database(settings.database_url, pool_size=2)
kinds = {**KINDS, **working.KINDS}
lasts = timedelta(seconds=float(os.environ["LASTS_S"]))
labour = Labour(settings, database, kinds=kinds, schedules=working.schedules(), lasts=lasts)
asyncio.run(labour_until_told(labour, database, 1))
"""
"""What `python -m app worker` does, with synthetic kinds of jobs and a shorter lease."""


class Worker:
    """One worker; it is there until it is killed or stopped."""

    def __init__(self, url: str, folder: Path, **env: str) -> None:
        self._log = (folder / "worker.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": url,
                "KEY_STORE": str(folder / "keys"),
                "PYTHONPATH": str(ROOT),
                "LASTS_S": str(LASTS_S),
                **env,
            },
            start_new_session=True,
            stdout=self._log,
            stderr=self._log,
        )

    @property
    def is_there(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill it with signal 9."""
        if self.is_there:
            kill_family(self._process.pid)
        self._process.wait(STOP_S)
        self._log.close()

    def stop(self) -> None:
        """Ask it to stop, and return when it has; raises `TimeoutError` when it does not."""
        send([self._process.pid], signal.SIGTERM)
        wait_for(lambda: not self.is_there, STOP_S, "the worker does not stop")
        self._log.close()
