"""The service as it ships, in processes of its own, to be killed and frozen in mid-request."""

import os
import random
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.conftest import ROOT
from tests.faults.rigs import weakened
from tests.faults.rigs.processes import (
    children_of,
    command_of,
    family_of,
    freeze,
    kill_family,
    wait_for,
)
from tests.ports import keep_port, port_of

READY_S, STOP_S = 60.0, 20.0
AS_IT_SHIPS = "app.main:create_app"
WEAKENED = "tests.faults.rigs.weakened:create_app"


class Service:
    """One uvicorn with its workers on a port of its own; `weakness` names what a control breaks."""

    def __init__(
        self, url: str, key_store: Path, *, workers: int = 2, weakness: str = "", **env: str
    ) -> None:
        self._keeper = keep_port()
        self.port = port_of(self._keeper)
        self.url, self.key_store, self.workers = url, key_store, workers
        self._factory = WEAKENED if weakness else AS_IT_SHIPS
        self._env = {
            **os.environ,
            "DATABASE_URL": url,
            "KEY_STORE": str(key_store),
            "PYTHONPATH": str(ROOT),
            "LOG_INTERVAL_S": "1",
            weakened.VARIABLE: weakness,
            **env,
        }
        self._log = (key_store.parent / "service.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that was started: the one worker, or the elder of several."""
        assert self._process is not None, "the service was not started"
        return self._process.pid

    def launch(self) -> None:
        """Start the processes, without waiting for them."""
        where = ("--port", str(self.port), "--workers", str(self.workers))
        quiet = ("--no-access-log", "--log-level", "critical")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--factory", self._factory, *where, *quiet],
            cwd=ROOT,
            env=self._env,
            start_new_session=True,
            stdout=self._log,
            stderr=self._log,
        )

    def start(self) -> None:
        """Start the processes and return when one of them answers and all are there."""
        self.launch()
        wait_for(self._answers, READY_S, "the service does not answer")
        wait_for(lambda: len(self.worker_pids()) == self.workers, READY_S, "a worker is missing")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the service ended by itself"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def worker_pids(self) -> list[int]:
        """Return the processes that answer requests."""
        if self.workers == 1:
            return [self.pid]
        return [pid for pid in children_of(self.pid) if "spawn_main" in command_of(pid)]

    def kill_worker(self, chance: random.Random) -> None:
        """Kill one worker with signal 9; the elder of several puts another in its place."""
        wait_for(lambda: bool(self.worker_pids()), READY_S, "no worker was put in another's place")
        kill_family(chance.choice(self.worker_pids()))

    def freeze(self) -> None:
        """Stop every process of the service where it is."""
        freeze([self.pid])
        freeze(family_of(self.pid))

    def kill(self) -> None:
        """Kill every process of the service with signal 9."""
        if self._process is not None:
            kill_family(self.pid)
            self._process.wait(STOP_S)
            self._process = None

    def close(self) -> None:
        """Kill what runs, give the port up and put the log away."""
        self.kill()
        self._keeper.close()
        self._log.close()
