"""Alive, ready, which version, and what a problem means."""

import asyncio
import time

import pytest
from sqlalchemy import text

from app.database import ReadSession
from app.operations import running
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def run(api: Api, statement: str) -> None:
    async with api.app.state.database.write_connection() as connection:
        await connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "failing"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", {"schema"}),
        ("UPDATE boundary_edition SET status = 'inactive'", {"boundaries"}),
        ("DROP TABLE alembic_version", {"database", "schema", "boundaries"}),
    ],
)
async def test_is_not_ready_while_something_is_missing(
    api: Api, statement: str, failing: set[str]
) -> None:
    await run(api, statement)
    problem = assert_problem(await api.get("/readyz"), 503, "not_ready")
    assert {item["pointer"] for item in problem["errors"]} == failing
    assert (await api.get("/healthz")).json() == {"status": "alive"}


async def test_is_ready_with_schema_and_boundaries(api: Api) -> None:
    ready = (await api.get("/readyz")).json()
    assert ready == {"ready": True, "checks": dict.fromkeys(ready["checks"], True)}
    version = (await api.get("/version")).json()
    assert version["boundary_edition"] == "synthetic"


async def test_asks_the_database_once_a_second_whoever_asks(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    describe = running.describe_data

    async def counted(session: ReadSession) -> tuple[str | None, str | None]:
        nonlocal asked
        asked += 1
        return await describe(session)

    monkeypatch.setattr(running, "describe_data", counted)
    await asyncio.gather(*(api.get("/readyz") for _ in range(20)))
    assert asked == 1
    api.app.state.database.outage.is_on = True
    assert_problem(await api.get("/readyz"), 503, "not_ready")
    api.app.state.database.outage.is_on = False
    api.app.state.readiness.clock = lambda: time.monotonic() + 1
    assert (await api.get("/readyz")).status_code == 200
    assert asked == 2


async def test_explains_every_problem_it_names(api: Api) -> None:
    problem = (await api.get("/v1/nothing")).json()
    page = (await api.get(problem["type"])).json()
    assert page["code"] == problem["code"]
    assert_problem(await api.get("/problems/no-such-problem"), 404, "not_found")
