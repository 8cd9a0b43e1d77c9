"""Many more slow requests than there are connections to the database (P18)."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.database import driver_url
from tests.faults.rigs.crowds import DONE, Request, Told, quantile, rush, tell
from tests.faults.rigs.servers import LONG_S, port_of, server, wait_until
from tests.faults.rigs.voters import Connection

POOL = 8
SLOW = "/v1/boroughs/E09000101"


@dataclass
class Overload:
    """What a crowd met while every connection was taken."""

    asked: int
    done: int
    shed: int
    shed_s: float
    """How long all waited but those few who had a connection, and waited for the lock with it."""
    surprises: list[str]
    health_p99_ms: float
    health_errors: int
    back_after_s: float
    left_open: int


async def overload(url: str, key_store: Path, *, crowd: int) -> Overload:
    """Make a public read slow by a lock on its table, and let a crowd ask for it at once."""
    address = driver_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    holder = await asyncpg.connect(address)
    kept = {"DATABASE_POOL_SIZE": str(POOL), "KEEP_ALIVE_S": LONG_S}
    async with server(url, key_store, **kept) as client:
        await wait_until(client, "/readyz", 200)
        port, over = port_of(client), asyncio.Event()
        async with holder.transaction():
            await holder.execute("LOCK TABLE borough IN ACCESS EXCLUSIVE MODE")
            health = asyncio.create_task(watch_health(port, over))
            slow = [Request("GET", SLOW)] * crowd
            told = await rush(port, slow)
        freed = time.time()
        await wait_until(client, SLOW, 200)
        back_after_s = time.time() - freed
        over.set()
        pulses = await health
        named = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        left_open = await holder.fetchval(named) - 1
    await holder.close()
    return Overload(
        asked=crowd,
        done=sum(t.status in DONE for t in told),
        shed=sum(t.is_plain_refusal for t in told),
        shed_s=quantile((t.took_s for t in told), 1 - 2 * POOL / crowd),
        surprises=[str(t.status) for t in told if t.status not in DONE and not t.is_plain_refusal],
        health_p99_ms=1000 * quantile((t.took_s for t in pulses), 0.99),
        health_errors=sum(t.status not in DONE for t in pulses),
        back_after_s=back_after_s,
        left_open=left_open,
    )


async def watch_health(port: int, over: asyncio.Event) -> list[Told]:
    """Ask whether the process is alive, again and again."""
    connection, told = Connection(port), []
    while not over.is_set():
        told.append(await tell(connection, Request("GET", "/healthz")))
        await asyncio.sleep(0.02)
    await connection.close()
    return told
