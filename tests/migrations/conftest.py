"""An empty database for each migration test."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.conftest import _run_admin


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The address of an empty database, once on each."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.sqlite3"
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"wp_migrations_{abs(hash(str(tmp_path))) % 10**10}"
    asyncio.run(_run_admin(server, f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_run_admin(server, f"DROP DATABASE {name} WITH (FORCE)"))
