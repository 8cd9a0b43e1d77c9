"""Rivals on the same machine and data: tipg's collections, and pgbench's bare upserts."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from benchmarks.measure import free_port

ROOM = Path("var/bench-rivals")
READY_S = 60
UPSERT = """
\\set slot random(1, 1000000)
INSERT INTO bench_envelope (slot, sealed, seq) VALUES (:slot, repeat('x', 120), 1)
ON CONFLICT (slot) DO UPDATE SET sealed = excluded.sealed, seq = bench_envelope.seq + 1;
"""


@dataclass(frozen=True, slots=True)
class Rival:
    """A rival's server: where it listens and the address of its ward collection."""

    address: str
    path: str
    pid: int


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def tipg_serving(database_url: str) -> Iterator[Rival | None]:
    """Run tipg on the database, from an environment of its own; `None` where it cannot be had."""
    python = _install_tipg()
    if python is None:
        print("tipg is not to be had here: left out.", file=sys.stderr)
        yield None
        return
    port = free_port()
    env = os.environ | {"DATABASE_URL": _plain(database_url), "TIPG_CATALOG_TTL": "3600"}
    command = [str(python), "-m", "uvicorn", "tipg.main:app", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(command, env=env)
    try:
        _await(f"http://127.0.0.1:{port}/collections/public.ward", process)
        path = "/collections/public.ward/items?limit=1&properties=code,name&geom-column=none"
        yield Rival(f"http://127.0.0.1:{port}", path, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _install_tipg() -> Path | None:
    python = ROOM / "bin" / "python"
    if not python.exists():
        venv.create(ROOM, with_pip=True)
    wanted = [str(python), "-m", "pip", "install", "-q", "tipg", "uvicorn[standard]"]
    done = subprocess.run(wanted, check=False)
    return python if done.returncode == 0 else None


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} was not ready")


def pgbench_tps(database_url: str) -> float:
    """Return the upserts a second that pgbench reaches, one durable commit each."""
    url = _plain(database_url)
    pgbench = shutil.which("pgbench") or max(
        map(str, Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    )
    table = (
        "SET client_min_messages = warning; DROP TABLE IF EXISTS bench_envelope;"
        " CREATE TABLE bench_envelope (slot int PRIMARY KEY, sealed text, seq int)"
    )
    subprocess.run(["psql", "-q", "-c", table, url], check=True)  # noqa: S607 - found on the path, as pgbench is
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(UPSERT)
        script.flush()
        command = [pgbench, "-n", "-M", "prepared", "-c", "16", "-j", "1", "-T", "5"]
        done = subprocess.run(
            [*command, "-f", script.name, url], capture_output=True, text=True, check=True
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError("pgbench named no rate")
    return float(found.group(1))
