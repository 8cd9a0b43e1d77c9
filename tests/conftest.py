"""The databases, the application and the callers that tests use; no fakes in the middle."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import make_url, text

from app import database as databases
from app import outages
from app.database import Database
from app.dependencies import unit_of_work
from app.main import create_app
from app.settings import Settings
from tests.factories import make_london
from tests.held_connections import HeldConnections
from tests.support import Api

ROOT = Path(__file__).resolve().parent.parent
BACKENDS = ("sqlite", "postgresql")

# An example that the machine was too busy for is no counter-example: Hypothesis allows it 200 ms.
hypothesis_settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("patient")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def migrated(url: str) -> None:
    """Bring a database to the newest schema."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["database_url"] = url
    command.upgrade(config, "head")


async def _run_admin(server: str, *statements: str) -> None:
    database = Database(server, pool_size=1)
    async with database.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            await autocommit.execute(text(statement))
    await database.close()


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """The server to make databases on: `TEST_DATABASE_URL`, which `make test` provides."""
    url = os.environ.get("TEST_DATABASE_URL")
    if url is None:
        if os.environ.get("CI"):
            pytest.fail("CI=true, but there is no PostgreSQL to test on: set TEST_DATABASE_URL.")
        pytest.skip("PostgreSQL half not run: TEST_DATABASE_URL is not set (see `make test`).")
    return url


@pytest.fixture(scope="session")
def template_postgresql(postgresql_server: str) -> Iterator[str]:
    """A migrated PostgreSQL database holding small London, to be copied for each test."""
    name = f"wp_template_{os.getpid()}"
    asyncio.run(_run_admin(postgresql_server, f"CREATE DATABASE {name}"))
    url = make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    migrated(url)
    asyncio.run(fill(url))
    yield name
    asyncio.run(_run_admin(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def template_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file holding small London, to be copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    migrated(f"sqlite:///{path}")
    asyncio.run(fill(f"sqlite:///{path}"))
    return path


async def fill(url: str) -> None:
    """Put small London into a migrated database."""
    database = Database(url, pool_size=1)
    async with unit_of_work(database) as session:
        await make_london(session)
    if database.is_sqlite:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    await database.close()


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh copy of small London, once on each database."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("template_sqlite")
        path = tmp_path / "test.sqlite3"
        path.write_bytes(template.read_bytes())
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgresql_server")
    template_name: str = request.getfixturevalue("template_postgresql")
    name = f"wp_test_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**10}"
    creation = f"CREATE DATABASE {name} TEMPLATE {template_name} STRATEGY FILE_COPY"
    asyncio.run(_run_admin(server, creation))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_run_admin(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database holding small London."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Evaluation settings with a key store of the test's own."""
    return Settings(database_url=database_url, key_store=tmp_path / "keys")


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Any]:
    """The running application on that database."""
    application = create_app(settings)
    held = HeldConnections(application.state.database)
    async with application.router.lifespan_context(application):
        while application.state.answers.revision == 0:  # noqa: ASYNC110 - the watcher tells nobody
            await asyncio.sleep(0.005)
        yield application
    assert held.greedy == set(), "a request held two connections at once"


@pytest.fixture
async def api(app: Any) -> AsyncIterator[Api]:
    """A client of the application, able to call as anyone."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.example") as client:
        yield Api(client, app)


@pytest.fixture(autouse=True)
def _no_outside_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in {"127.0.0.1", "::1", "localhost", "local"}:
            raise RuntimeError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _patience_for_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests wait out a machine that is busy with others, instead of being told to come again.

    That the service sheds in time is shown on a process of its own: tests/faults/test_overload.py.
    """
    monkeypatch.setattr(databases, "POOL_WAIT_S", 10.0)
    monkeypatch.setattr(outages, "CONNECT_S", 10.0)
