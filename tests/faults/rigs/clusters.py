"""PostgreSQL clusters of a rig's own: in a folder of its choice, killed and frozen at will.

They listen on a socket in a private folder and on no port. The service reaches them through a link,
so that a promoted standby takes a lost primary's place as behind a floating address.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import asyncpg

from tests.conftest import ROOT, fill, migrated
from tests.faults.rigs.processes import family_of, freeze, kill_family, send

START_S, STOP_S, PAUSE_S = 30.0, 30.0, 0.05
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    # What was not asked to be durable stays volatile for long, so that a control shows it.
    "wal_writer_delay": "10s",
    "wal_writer_flush_after": "1GB",
}


class CannotBeHadError(Exception):
    """This machine has not what a rig needs; says what."""


class RuinedError(Exception):
    """A cluster does not start any more; says what its log said."""


def load_provider() -> Any:
    """Return `scripts/with_postgresql`, which knows where the programs are and who runs them."""
    loader = SourceFileLoader("with_postgresql", str(ROOT / "scripts/with_postgresql"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


PROVIDER = load_provider()


def find_programs() -> Path:
    """Return the folder of PostgreSQL's programs, or raise `CannotBeHadError`."""
    found = PROVIDER.find_programs()
    if found is None:
        raise CannotBeHadError("PostgreSQL's own programs with PostGIS are not on this machine")
    folder: Path = found
    return folder


def give_to_owner(path: Path) -> None:
    """Let the user the server runs as have a file or a folder."""
    user = PROVIDER.owner()
    if os.geteuid() == 0:
        os.chown(path, user.pw_uid, user.pw_gid)


@contextlib.contextmanager
def private_ground() -> Iterator[Path]:
    """Yield a short-named folder that the server's user owns, and remove it with its content."""
    ground = Path(tempfile.mkdtemp(prefix="wp-rig-"))
    give_to_owner(ground)
    try:
        yield ground
    finally:
        PROVIDER.remove(ground)


class Cluster:
    """One cluster: its data, its socket folder, and the server over them while it runs."""

    def __init__(self, data: Path, run: Path, **settings: str) -> None:
        self.data, self.run = data, run
        self.settings = SETTINGS | settings
        self._programs = find_programs()
        self._server: subprocess.Popen[bytes] | None = None
        run.mkdir(mode=0o700, exist_ok=True)
        give_to_owner(run)

    @property
    def url(self) -> str:
        """The address of the database on this very server."""
        return address(self.run)

    @property
    def pid(self) -> int:
        """The postmaster, which must have been started."""
        assert self._server is not None, "the server was not started"
        return self._server.pid

    def command(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs as the server's user, and fail with what it said."""
        done = subprocess.run(
            [self._programs / program, *arguments],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **PROVIDER.as_owner(PROVIDER.owner()),
        )
        assert done.returncode == 0, f"{program}: {done.stdout.decode(errors='replace')}"

    def init(self) -> None:
        """Make the data folder: an empty cluster that trusts whoever reaches its socket."""
        options = ("--no-sync", "--username=postgres", "--auth=trust")
        where = ("--encoding=UTF8", "--locale=C.UTF-8", "--pgdata", self.data)
        self.command("initdb", *options, *where)

    def copy_to(self, data: Path) -> None:
        """Copy the data of this cluster, which must be stopped, to another folder."""
        subprocess.run(["cp", "--archive", self.data, data], check=True)

    def start(self) -> None:
        """Start the server and return when it answers.

        After a kill it is tried again until the old one's shared memory is gone. Raises
        `RuinedError` with the end of its log when it never starts.
        """
        deadline = time.monotonic() + START_S
        while not self._start_once(deadline):
            if time.monotonic() > deadline:
                raise RuinedError(f"does not start: {self.log()[-2000:]}")
            time.sleep(PAUSE_S)

    def _start_once(self, deadline: float) -> bool:
        options = [part for item in self.settings.items() for part in ("-c", "=".join(item))]
        with (self.run / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", self.data, "-k", self.run, *options],
                stdout=log,
                stderr=log,
                **PROVIDER.as_owner(PROVIDER.owner()),
            )
        ready = [self._programs / "pg_isready", "--quiet", f"--host={self.run}"]
        while self._server.poll() is None and time.monotonic() < deadline:
            if subprocess.run(ready, check=False).returncode == 0:
                return True
            time.sleep(PAUSE_S)
        return False

    def log(self) -> str:
        """Return what the server said so far."""
        return (self.run / "log").read_text(errors="replace")

    def stop(self) -> None:
        """Stop the server cleanly, if it runs."""
        if self._server is not None:
            send(self.family(), signal.SIGCONT)
            PROVIDER.stop_server(self._server)
            self._server = None

    def kill(self) -> None:
        """Kill the postmaster and all its children with signal 9."""
        kill_family(self.pid)
        assert self._server is not None
        self._server.wait(STOP_S)

    def freeze(self) -> None:
        """Stop every process of the server where it is, the postmaster first."""
        freeze([self.pid])
        freeze(self.family())

    def family(self) -> list[int]:
        """Return the postmaster and its children."""
        return family_of(self.pid)

    async def ask(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement as the superuser and return its rows."""
        return await self.ask_in("postgres", statement, *values)

    async def ask_in(self, database: str, statement: str, *values: Any) -> list[Any]:
        """Do the same in another database of the server."""
        connection = await asyncpg.connect(self.url, database=database, timeout=10)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            connection.terminate()  # a server that is busy or frozen may take long to say goodbye

    async def wait_until(self, statement: str, wait_s: float = 30.0) -> None:
        """Return when a statement's first value is true."""
        async with asyncio.timeout(wait_s):
            while True:
                rows = await self.ask(statement)
                if rows and rows[0][0]:
                    return
                await asyncio.sleep(PAUSE_S)


def address(run: Path) -> str:
    """Return the address of the database whose server listens in this folder."""
    return f"postgresql://postgres@/postgres?host={run}"


def make_template(ground: Path) -> Cluster:
    """Return a stopped cluster with the newest schema and small London, to be copied by rigs."""
    cluster = Cluster(ground / "template", ground / "run-template", fsync="off")
    cluster.init()
    cluster.start()
    try:
        migrated(cluster.url)
        asyncio.run(fill(cluster.url))
    finally:
        cluster.stop()
    return cluster
