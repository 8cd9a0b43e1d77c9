"""`python -m app sync …` against a server on this machine: codes, dry runs, kills in the middle."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from app.cli import app
from app.database import Database
from app.dependencies import LONDON
from app.models.crime import CrimeCount
from app.models.police_uk import PoliceUkListing, PoliceUkPriority
from tests.factories import A1, ALDER
from tests.police_uk import FakePoliceUk, crime, dump, failing, fake, priority

WHOLE = 3 + 3 * 4 + 3 * 3


@pytest.fixture
def there() -> FakePoliceUk:
    """The publisher that the server stands for."""
    found = fake()
    found.lists[f"metropolitan/{A1}/priorities"] = [priority("One")]
    found.crimes = [crime(1, A1)]
    return found


@pytest.fixture
def server(there: FakePoliceUk) -> Iterator[str]:
    """The address of a server that answers as the publisher does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            request = httpx.Request(self.command, f"http://x{self.path}", content=body)
            given = there.answer(request)
            self.send_response(given.status_code)
            self.send_header("content-length", str(len(given.content)))
            self.end_headers()
            self.wfile.write(given.content)

        do_POST = do_GET  # noqa: N815 - the name that the server looks for

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}/api"
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def environment(database_url: str, server: str) -> dict[str, str]:
    """What the command reads: the database, the server, and leave to call this machine."""
    return {
        "DATABASE_URL": database_url,
        "POLICE_UK_URL": server,
        "OUTSIDE_PRIVATE_HOSTS": "127.0.0.1",
    }


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on small London."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, ["sync", *arguments])


def held(url: str, *statements: Any) -> list[Any]:
    async def ask() -> list[Any]:
        database = Database(url, pool_size=1)
        async with database.reading() as session:
            found = [await session.scalar(statement) for statement in statements]
        await database.close()
        return found

    return asyncio.run(ask())


def dumped(url: str) -> str:
    async def ask() -> str:
        database = Database(url, pool_size=1)
        found = await dump(database)
        await database.close()
        return found

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "arguments",
    [
        ("police-uk", "--borough", "Lewisham"),
        ("police-uk", "--since", "September"),
        ("police-uk", "--since", "2026-13"),
        ("boundaries", "2031-05"),
        ("boundaries",),
    ],
)
def test_wrong_usage_is_2_and_asks_nobody(
    run: Any, there: FakePoliceUk, arguments: tuple[str, ...]
) -> None:
    assert run(*arguments).exit_code == 2
    assert there.total() == 0


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    run: Any, there: FakePoliceUk, database_url: str
) -> None:
    before = dumped(database_url)
    result = run("police-uk", "--borough", ALDER, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "new: 1 priorities" in result.output
    assert "Nothing was written (dry run)." in result.output
    assert dumped(database_url) == before
    assert there.total() == WHOLE


def test_done_is_0_and_nothing_new_is_3(run: Any, there: FakePoliceUk, database_url: str) -> None:
    first = run("police-uk", "--borough", ALDER)
    assert first.exit_code == 0, first.output
    assert "2 exact, 1 suffix" in first.output
    assert "3 wards read, 0 read today already; 24 requests." in first.output
    today = datetime.now(LONDON).date()
    second = run("police-uk", "--borough", ALDER)
    if datetime.now(LONDON).date() == today:  # not around midnight
        assert second.exit_code == 3, second.output
        assert there.total() == WHOLE
    assert held(database_url, select(func.count()).select_from(PoliceUkPriority)) == [1]


def test_what_could_not_be_read_is_1(run: Any, there: FakePoliceUk) -> None:
    there.faults = [failing(f"{A1}/events", httpx.Response(200, content=b"[{"), forever=True)]
    result = run("police-uk", "--borough", ALDER)
    assert result.exit_code == 1
    assert f"{A1}/events is malformed" in " ".join(result.output.split())


def test_a_server_of_our_own_network_is_called_only_where_it_is_named(
    run: Any, there: FakePoliceUk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTSIDE_PRIVATE_HOSTS", "")
    monkeypatch.setattr("app.sources.publisher.FIRST_WAIT_S", 0.0)
    result = run("police-uk")
    assert result.exit_code == 1
    assert "http is not called from here" in " ".join(result.output.split())
    assert there.total() == 0


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_killed_in_the_middle_it_loses_nothing_and_asks_for_little_again(
    environment: dict[str, str], there: FakePoliceUk, database_url: str, by: signal.Signals
) -> None:
    command = [sys.executable, "-m", "app", "sync", "police-uk", "--borough", ALDER]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    )
    ends_at = time.monotonic() + 60
    while there.total() < 9 and time.monotonic() < ends_at:
        time.sleep(0.02)
    process.send_signal(by)
    _, told = process.communicate(timeout=30)
    assert process.returncode == (-9 if by is signal.SIGKILL else 1), told
    if by is signal.SIGINT:
        assert "goes on from here" in told
    before = there.total()
    (wards,) = held(database_url, select(func.count(PoliceUkListing.ward_code.distinct())))
    assert 1 <= wards < 3
    done = subprocess.run(command, env={**os.environ, **environment}, check=False, timeout=120)
    assert done.returncode == 0
    assert there.total() - before == WHOLE - 3 - 4 * wards
    assert there.total() <= WHOLE + 4  # at most the ward it was at is asked for again
    expected = select(func.sum(CrimeCount.count)), select(func.count()).select_from(CrimeCount)
    assert held(database_url, *expected) == [1, 3 * 3 * 2]
