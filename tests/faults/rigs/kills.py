"""Kills with signal 9, among voters who do not stop: of PostgreSQL and of the service's workers."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.faults.rigs.accounts import Account, settle
from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.logs import drained, unproven
from tests.faults.rigs.scenes import crowd_at, running_copy
from tests.faults.rigs.services import Service
from tests.faults.rigs.voters import Crowd

PAUSE_S = (0.6, 1.6)
SEED = 20261122
Fault = Callable[[], None]
Repair = Callable[[], Awaitable[None]]


async def kill_postgresql(
    template: Cluster,
    ground: Path,
    *,
    postmasters: int,
    workers: int,
    weakness: str = "",
) -> Account:
    """Kill the whole database server, a backend of its, or a worker of the service, in turn."""
    chance = random.Random(SEED)
    with running_copy(template, ground / "data", ground / "run") as cluster:
        service = Service(cluster.url, ground / "keys", weakness=weakness)

        def restart() -> None:
            cluster.kill()
            cluster.start()

        def kill_worker() -> None:
            service.kill_worker(chance)

        faults = [restart] * postmasters + [kill_worker] * workers
        chance.shuffle(faults)
        async with crowd_at(service) as crowd:
            recoveries = await strike(crowd, faults, chance, PAUSE_S)
            log = await drained(cluster.url, crowd.stage)
        late = unproven(log, crowd.promised()) if not weakness else 0
        return await settle(cluster.url, crowd, len(faults), recoveries, late=late)


async def kill_sqlite(
    file: Path, ground: Path, *, servers: int, workers: int, weakness: str = ""
) -> Account:
    """Kill the whole service on an SQLite file, or one of its workers, in turn."""
    url, chance = f"sqlite:///{file}", random.Random(SEED)
    service = Service(url, ground / "keys", weakness=weakness)

    def restart() -> None:
        service.kill()
        service.launch()

    def kill_worker() -> None:
        service.kill_worker(chance)

    faults = [restart] * servers + [kill_worker] * workers
    chance.shuffle(faults)
    async with crowd_at(service) as crowd:
        recoveries = await strike(crowd, faults, chance, PAUSE_S)
    return await settle(url, crowd, len(faults), recoveries)


async def strike(
    crowd: Crowd,
    faults: Sequence[Fault],
    chance: random.Random,
    pause_s: tuple[float, float],
    repair: Repair | None = None,
) -> list[float]:
    """Let the crowd vote, strike at random moments, and return how long each recovery took."""
    recoveries = []
    async with crowd.voting():
        await crowd.next_receipt()
        for fault in faults:
            await asyncio.sleep(chance.uniform(*pause_s))
            begun = time.monotonic()
            await asyncio.to_thread(fault)
            if repair is not None:
                await repair()
            await crowd.next_receipt()
            recoveries.append(time.monotonic() - begun)
        await asyncio.sleep(chance.uniform(*pause_s))
    return recoveries
