"""More requests than connections: nobody waits for each other, the excess is told at once (P18)."""

import asyncio
import sqlite3

import pytest

from app import database as databases
from app.jobs.labour import THREADS
from tests.factories import ALDER
from tests.faults.rigs.overloads import POOL, overload
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

CROWD = 500
OTHERS = 4
"""The ballots, the pulse, the revision, a chore."""
OF_JOBS = 2 * THREADS + 2
"""Each thread takes from the queue and listens to it; one offers, one keeps the schedule."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_sheds_what_a_small_pool_cannot_take_and_stays_alive(settings):
    found = await overload(settings.database_url, settings.key_store, crowd=CROWD)
    assert found.surprises == []
    assert found.shed == CROWD
    assert found.shed_s < 4, "two seconds on an idle machine: see the table of rigs"
    assert found.health_errors == 0
    assert found.back_after_s < 2, found
    assert found.left_open <= POOL + OTHERS + OF_JOBS, "all that a process may hold, each named"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_MS", 300)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_says_come_again_while_another_program_holds_the_file(impatient, api: Api) -> None:
    leader = await api.as_("borough_superintendent", boroughs=(ALDER,))
    times = {"opens_at": "2125-01-01T09:00:00Z", "closes_at": "2125-01-15T09:00:00Z"}
    body = {"title": "A round", "borough": ALDER, **times}
    holder = sqlite3.connect(api.app.state.database.url.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    answers = await asyncio.gather(*(leader.post("/v1/rounds", json=body) for _ in range(20)))
    for answer in answers:
        assert_problem(answer, 503, "busy")
        assert answer.headers["retry-after"] == "1"
    assert (await api.get("/v1/boroughs")).status_code == 200
    holder.execute("ROLLBACK")
    holder.close()
    assert (await leader.post("/v1/rounds", json=body)).status_code == 201
