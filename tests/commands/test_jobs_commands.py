"""`python -m app jobs …` and `worker`: what they print, and with which code they end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.database import Database
from app.domain.jobs import JobState
from app.jobs.runner import Runner
from app.settings import Settings
from tests.conftest import ROOT
from tests.contracts.calls import STRANGER
from tests.faults.rigs.processes import wait_for
from tests.working import KINDS, asked, found

T = TypeVar("T")
STOP_S = 10.0


def on(url: str, act: Callable[[Database], Awaitable[T]]) -> T:
    """Return what an act on an open database returns."""

    async def run() -> T:
        database = Database(url, pool_size=2)
        try:
            return await act(database)
        finally:
            await database.close()

    return asyncio.run(run())


@pytest.fixture
def jobs(database_url: str) -> Any:
    """Run a command of the group."""

    def run(*arguments: object) -> Result:
        env = {"DATABASE_URL": database_url}
        return CliRunner(env=env).invoke(app, ["jobs", *map(str, arguments)])

    return run


def test_lists_jobs_and_says_the_same_as_json(jobs: Any, database_url: str) -> None:
    first = on(database_url, lambda database: asked(database, pieces=1))
    second = on(database_url, lambda database: asked(database, "stumble", pieces=1))
    plain = jobs("list")
    assert plain.exit_code == 0
    assert [line.split()[0] for line in plain.output.splitlines()] == [str(second), str(first)]
    listed = json.loads(jobs("list", "--json", "--kind", "tally", "--state", "queued").output)
    assert [job["id"] for job in listed] == [str(first)]
    assert jobs("list", "--state", "asleep").exit_code == 2


def test_shows_a_result_and_fails_with_a_job_that_failed(
    jobs: Any, database_url: str, settings: Settings
) -> None:
    good = on(database_url, lambda database: asked(database, pieces=2))
    bad = on(database_url, lambda database: asked(database, "stumble", pieces=1))
    for job in (good, bad):
        asyncio.run(Runner(settings, KINDS).carry_out(job))
    shown = jobs("show", good, "--follow")
    assert (shown.exit_code, '"pieces": 2' in shown.output) == (0, True), shown.output
    failed = jobs("show", bad, "--json")
    assert failed.exit_code == 1
    assert json.loads(failed.output)["problem"]["code"] == "internal_error"
    assert jobs("show", STRANGER).exit_code == 1


def test_cancels_a_job_once(jobs: Any, database_url: str) -> None:
    job = on(database_url, lambda database: asked(database, pieces=2))
    assert "Cancelled tally" in jobs("cancel", job).output
    again = jobs("cancel", job)
    assert (again.exit_code, "over (cancelled)" in again.output) == (1, True)


def start_worker(url: str, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "DATABASE_URL": url, "KEY_STORE": str(folder / "keys")}
    command = [sys.executable, "-m", "app", "worker", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_does_what_waits_and_stops_when_told(
    database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    async def ask(database: Database) -> UUID:
        return await asked(database, "overdue-reviews")

    job = on(database_url, ask)
    worker = start_worker(database_url, tmp_path, "--threads", "1")

    def is_done() -> bool:
        return on(database_url, lambda db: found(db, job)).state == JobState.SUCCEEDED

    try:
        wait_for(is_done, 60, "the worker does not do the job")
    finally:
        worker.send_signal(number)
        _, errors = worker.communicate(timeout=STOP_S)
    assert worker.returncode == 0, errors.decode()
    assert b"Traceback" not in errors


def test_a_worker_refuses_settings_that_are_not_safe(database_url: str, tmp_path: Path) -> None:
    env = {"DATABASE_URL": database_url, "MODE": "production", "OIDC_ISSUER": ""}
    result = CliRunner(env=env).invoke(app, ["worker"])
    assert result.exit_code == 1
    assert "OIDC_ISSUER" in result.output
