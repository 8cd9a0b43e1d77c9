"""The database goes away and comes back, or is not there at first: nobody meets a fault (P17)."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.outages import Outage
from tests.faults.rigs.absences import (
    BACK_S,
    DONE,
    READ,
    READY_S,
    WRITE_S,
    Witness,
    find_wrong,
    judge,
    staff_token,
)
from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.servers import AS_IT_SHIPS, server, wait_until
from tests.faults.rigs.stage import set_stage
from tests.faults.rigs.wires import Wire, wire_to
from tests.support import assert_problem

pytestmark = pytest.mark.anyio

AWAY_S = 4.0
PAGE, PAGES, STILL_S = 8_192, 20_000, 0.5
WITHOUT_PULSE = f"from app.outages import Pulse; Pulse.TICKS = 10**6; {AS_IT_SHIPS}"
AS_AN_OPERATOR = "from app.cli import app; app(['serve'])"


@pytest.fixture
def cluster(cluster_template: Cluster, ground: Path):
    own = Cluster(ground / "data", ground / "run")
    cluster_template.copy_to(own.data)
    yield own
    own.stop()


@contextlib.asynccontextmanager
async def watched(
    cluster: Cluster, ground: Path, program: str = AS_IT_SHIPS
) -> AsyncIterator[tuple[Wire, Witness]]:
    cluster.start()
    stage = await set_stage(cluster.url, ground / "keys", residents=40)
    async with (
        wire_to(ground / "run") as wire,
        server(wire.url, ground / "keys", program) as client,
    ):
        await wait_until(client, "/readyz", 200)
        await wait_until(client, READ, 200)
        witness = Witness(client, stage, await staff_token(client))
        async with witness.asking():
            await asyncio.sleep(1)
            yield wire, witness


async def test_nobody_meets_a_fault_while_the_database_is_stopped_cut_off_or_silent(
    cluster, ground
):
    async with watched(cluster, ground) as (wire, witness):
        async with witness.absence():
            await asyncio.to_thread(cluster.stop)
            await asyncio.sleep(AWAY_S)
            await asyncio.to_thread(cluster.start)
        for begin in (wire.cut, wire.silence):
            async with witness.absence():
                begin()
                await asyncio.sleep(AWAY_S)
                wire.mend()
    assert find_wrong(witness) == []
    for away, back in witness.absences:
        found = judge(witness, away, back)
        assert found.refused > 0
        assert found.not_ready_after <= READY_S, found
        assert found.slowest_refusal <= WRITE_S, found
        assert found.back_after <= BACK_S, found


async def test_finds_those_left_waiting_where_nobody_feels_the_pulse(cluster, ground):
    """The control: silence is no refusal, so a process that does not ask waits with its callers."""
    async with watched(cluster, ground, WITHOUT_PULSE) as (wire, witness), witness.absence():
        wire.silence()
        await asyncio.sleep(READY_S + 0.5)
        wire.mend()
    found = judge(witness, *witness.absences[0])
    assert found.not_ready_after > READY_S, found


async def test_a_slow_way_to_the_database_is_no_absence(cluster, ground):
    async with watched(cluster, ground) as (wire, witness):
        wire.latency_s = 0.1
        await asyncio.sleep(AWAY_S)
    assert find_wrong(witness) == []
    assert {s.status for s in witness.samples} <= DONE


async def test_starts_without_the_database_and_serves_when_it_comes(cluster, ground):
    async with server(cluster.url, ground / "keys", AS_AN_OPERATOR) as client:
        assert_problem(await client.get("/readyz"), 503, "not_ready")
        away = await client.get(READ)
        assert_problem(away, 503, "busy")
        assert away.headers["retry-after"]
        await asyncio.to_thread(cluster.start)
        begun = time.monotonic()
        await wait_until(client, "/readyz", 200)
        assert time.monotonic() - begun <= BACK_S
        assert (await client.get(READ)).status_code == 200


async def write_until_cut(connection: Any, wire: Wire) -> bool:
    """Write far more rows than the wire holds, cut it, and return whether the writer was told."""
    await connection.execute("CREATE TEMPORARY TABLE page (content bytea)")
    statement = "INSERT INTO page VALUES ($1)"
    await connection.executemany(statement, [(b"",)])  # asks for the types while it can
    wire.silence()
    taken = before = 0

    def pages() -> Iterator[tuple[bytes]]:
        nonlocal taken
        while taken < PAGES:
            taken += 1
            yield (bytes(PAGE),)

    writing = asyncio.ensure_future(connection.executemany(statement, pages()))
    while not taken or taken > before:
        before = taken
        await asyncio.sleep(STILL_S)
    assert taken < PAGES, "the wire holds it all"
    wire.cut()
    done, _ = await asyncio.wait({writing}, timeout=BACK_S)
    writing.cancel()
    fault = (await asyncio.gather(writing, return_exceptions=True))[0]
    assert isinstance(fault, asyncpg.ConnectionDoesNotExistError)
    return bool(done)


async def test_who_writes_many_rows_is_told_that_the_database_is_gone(cluster, ground, caplog):
    cluster.start()
    async with wire_to(ground / "run") as wire:
        assert await write_until_cut(await Outage().connect(wire.url), wire)
        assert "socket.send() raised exception." not in caplog.messages
        wire.mend()
        # The control: asyncpg waits for room to write, and tells nobody that there will be none.
        assert not await write_until_cut(await asyncpg.connect(wire.url), wire)
