"""Clients that take for ever are let go, while good ones are served, without any proxy."""

import asyncio

import httpx
import pytest

from tests.faults.rigs.servers import PLAIN_UVICORN, port_of, server
from tests.faults.rigs.slow_clients import (
    HELD_BY_PLAIN_UVICORN,
    WAYS,
    Probe,
    allow_files,
    besiege,
    upload,
)

pytestmark = pytest.mark.anyio

EACH, AT_MOST_S = 40, 10.0
HELD_S = 7.0
DEAF, FEW = {name for name, way in WAYS.items() if not way.reads}, 5
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("workers", [1, 2])
async def test_lets_every_kind_of_slow_client_go_in_ten_seconds_and_serves_the_good(
    settings, workers
):
    each = EACH // workers
    allow_files(4 * EACH * len(WAYS))
    over, probe = asyncio.Event(), Probe()
    async with server(settings.database_url, settings.key_store, WORKERS=str(workers)) as client:
        port = port_of(client)
        probing = asyncio.create_task(probe.run(port, "/v1/boroughs", over))
        fair = asyncio.create_task(upload(port, size=260_000, bytes_a_second=40_000))
        held, deaf = await asyncio.gather(
            besiege(port, set(WAYS) - DEAF, each, AT_MOST_S),
            besiege(port, DEAF, FEW, 2 * AT_MOST_S),
        )
        over.set()
        await probing
        assert (await fair).startswith(b"HTTP/1.1 4"), "a body that keeps coming is waited for"
    for way, times in (held | deaf).items():
        assert None not in times, f"a client that {way} was held for {AT_MOST_S} s"
    assert probe.errors == []
    assert probe.quantile(0.99) < 0.5, "the figure of an idle machine is in the table of rigs"


@on_sqlite
async def test_plain_uvicorn_holds_them(settings):
    """The control: without our protocol the same clients stay."""
    async with server(settings.database_url, settings.key_store, PLAIN_UVICORN) as client:
        held = await besiege(port_of(client), HELD_BY_PLAIN_UVICORN, 4, HELD_S)
    for way, times in held.items():
        assert times == [None] * 4, f"plain uvicorn let go of one that {way}"


@on_sqlite
async def test_beyond_the_limit_those_who_waited_longest_make_room(settings):
    limit = 40
    async with server(
        settings.database_url, settings.key_store, MAX_CONNECTIONS=str(limit)
    ) as client:
        crowd = [
            await asyncio.open_connection("127.0.0.1", port_of(client)) for _ in range(3 * limit)
        ]
        async with httpx.AsyncClient(base_url=client.base_url, trust_env=False) as newcomer:
            assert (await newcomer.get("/healthz")).status_code == 200
        gone = [await is_closed(reader) for reader, _ in crowd]
        for _, writer in crowd:
            writer.transport.abort()
    assert gone.count(False) <= limit
    assert gone[: 2 * limit].count(True) > gone[2 * limit :].count(True)


async def is_closed(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(0.01):
            return await reader.read(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False
