"""More than 40 bad configurations, real processes: none starts, each says why in a sentence (P21).

The control is the configuration that all of them change in one point: it serves.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from app.database import Database
from app.operations.rights import grant_rights
from tests.conftest import ROOT
from tests.faults.rigs.clusters import Cluster, private_ground
from tests.faults.rigs.misconfigurations import (
    DATABASES,
    FILES,
    RELOADED,
    ROLE,
    SETTINGS,
    Case,
    Ground,
    set_traps,
)
from tests.faults.rigs.scenes import running_copy
from tests.ports import keep_port, port_of

WALL_S = 30.0
LOADS = 3
"""How many times over a refusal may cost the processor what loading the service costs."""
CASES = (*SETTINGS, *FILES, *DATABASES)
SERVE = (sys.executable, "-m", "app", "serve")
LOAD = (sys.executable, "-c", "import app.main, app.serving")
DIRECTLY = (sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app")


class End(NamedTuple):
    """How a process ended: its code, what it said on stderr, and the processor time it took."""

    code: int
    said: str
    cpu_s: float


def environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), **settings}


def run(command: tuple[str, ...], settings: dict[str, str], log: Path) -> End:
    """Run a command until it ends by itself; one that serves is killed in the end."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(settings),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    deadline = time.monotonic() + WALL_S
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            said = log.read_text(encoding="utf-8")
            return End(process.returncode, said, usage.ru_utime + usage.ru_stime)
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.05)


@pytest.fixture(scope="module")
def world(cluster_template: Cluster) -> Iterator[tuple[Cluster, Ground]]:
    """A cluster with a granted role and every trap, and a folder that only we can read."""
    with private_ground() as folder, keep_port() as keeper:
        folder.chmod(0o755)
        with running_copy(cluster_template, folder / "data", folder / "run") as cluster:
            cluster.run.chmod(0o755)
            ground = Ground(folder / "service", cluster.run, port_of(keeper))
            ground.folder.mkdir(mode=0o700)
            asyncio.run(_prepare(cluster, ground))
            yield cluster, ground


async def _prepare(cluster: Cluster, ground: Ground) -> None:
    database = Database(cluster.url, pool_size=1)
    assert await grant_rights(database, ROLE)
    await database.close()
    await set_traps(cluster, ground)


def refusal(ground: Ground, case: Case) -> tuple[Case, End]:
    settings = {**ground.good(), **case.change, **case.make(ground)}
    settings = {name: value for name, value in settings.items() if name == "MODE" or value}
    log = ground.folder / f"{case.name.replace(' ', '-')}.log".replace("/", "-")
    return case, run(SERVE, settings, log)


def complaint(case: Case, end: End, most_s: float) -> str | None:
    """Return what is wrong with how a bad configuration ended, or `None`."""
    lines = end.said.strip().splitlines()
    if end.code != 1:
        return f"{case.name}: left with {end.code}: {end.said[-300:]}"
    if len(lines) != 1 or case.words not in lines[0]:
        return f"{case.name}: said {end.said[-500:]!r}"
    if end.cpu_s > most_s:
        return f"{case.name}: took {end.cpu_s:.1f} s of {most_s:.1f}"
    return None


def test_no_bad_configuration_starts_and_each_says_why_in_one_sentence(
    world: tuple[Cluster, Ground],
) -> None:
    cluster, ground = world
    assert len({case.name for case in CASES}) + len(RELOADED) >= 40
    with ThreadPoolExecutor(3) as runners:
        ends = list(runners.map(lambda case: refusal(ground, case), CASES))
    for setting in RELOADED:
        asyncio.run(turn(cluster, setting, "off"))
        ends.append(refusal(ground, Case(setting, f"{setting}=off")))
        asyncio.run(turn(cluster, setting, "on"))
    most_s = LOADS * run(LOAD, {}, ground.folder / "load.log").cpu_s
    found = [told for case, end in ends if (told := complaint(case, end, most_s))]
    assert found == [], "\n".join(found)


async def turn(cluster: Cluster, setting: str, to: str) -> None:
    """Turn a setting on or off, and return when whoever comes next finds it so."""
    await cluster.ask(f"ALTER SYSTEM SET {setting} = {to}")
    await cluster.ask("SELECT pg_reload_conf()")
    await cluster.wait_until(f"SELECT current_setting('{setting}') = '{to}'")


def test_control_the_configuration_that_they_all_spoil_serves(
    world: tuple[Cluster, Ground],
) -> None:
    _, ground = world
    settings = ground.good()
    log = (ground.folder / "good.log").open("wb")
    process = subprocess.Popen(SERVE, cwd=ROOT, env=environment(settings), stderr=log)
    try:
        answer = wait_for_answer(f"http://127.0.0.1:{settings['PORT']}/v1/boroughs", process)
        assert answer.headers["strict-transport-security"]
        assert answer.headers["x-evaluation"] is None
    finally:
        process.terminate()
        process.wait(WALL_S)
        log.close()


def wait_for_answer(url: str, process: subprocess.Popen[bytes]) -> urllib.request.addinfourl:
    deadline = time.monotonic() + WALL_S
    while True:
        try:
            found: urllib.request.addinfourl = urllib.request.urlopen(url, timeout=5)  # noqa: S310 - ours
        except (urllib.error.URLError, OSError):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return found


@pytest.mark.parametrize(
    ("change", "words"),
    [({"OIDC_ISSUER": "http://login.example"}, "OIDC_ISSUER must"), ({"PORT": "0"}, "PORT: Input")],
)
def test_a_server_started_without_our_command_refuses_too(
    world: tuple[Cluster, Ground], change: dict[str, str], words: str
) -> None:
    _, ground = world
    end = run(DIRECTLY, {**ground.good(), **change}, ground.folder / "direct.log")
    assert end.code == 1
    assert end.said.strip().splitlines()[-1].startswith(words)
    assert "Traceback" not in end.said


def test_a_running_server_stops_once_it_sees_an_unsafe_database(
    world: tuple[Cluster, Ground],
) -> None:
    _, ground = world
    settings = {**ground.good(), "DATABASE_URL": ground.url(database="stamped")}
    command = (*DIRECTLY, "--port", settings["PORT"])
    end = run(command, settings, ground.folder / "running.log")
    assert end.code == -signal.SIGTERM, end
