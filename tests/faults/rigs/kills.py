"""Kills with signal 9, among voters who do not stop: of PostgreSQL and of the service's workers."""

import asyncio
import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.faults.rigs.accounts import Account, settle
from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.services import Service, serving
from tests.faults.rigs.stage import set_stage
from tests.faults.rigs.voters import Crowd

PAUSE_S = (0.6, 1.6)
SEED = 20261122
Fault = Callable[[], None]


async def kill_postgresql(
    template: Cluster,
    ground: Path,
    *,
    postmasters: int,
    workers: int,
    weakness: str = "",
    pause_s: tuple[float, float] = PAUSE_S,
) -> Account:
    """Kill the whole database server, a backend of its, or a worker of the service, in turn."""
    cluster = Cluster(ground / "data", ground / "run")
    template.copy_to(cluster.data)
    chance = random.Random(SEED)
    with ExitStack() as stack:
        stack.callback(cluster.stop)
        cluster.start()
        stage = await set_stage(cluster.url, ground / "keys")
        service = Service(cluster.url, ground / "keys", weakness=weakness)
        await asyncio.to_thread(stack.enter_context, serving(service))
        crowd = Crowd(stage, service.port)

        def restart() -> None:
            cluster.kill()
            cluster.start()

        def kill_worker() -> None:
            service.kill_worker(chance)

        faults = [restart] * postmasters + [kill_worker] * workers
        chance.shuffle(faults)
        recoveries = await strike(crowd, faults, chance, pause_s)
        await asyncio.to_thread(service.kill)
        return await settle(cluster.url, crowd, len(faults), recoveries)


async def kill_sqlite(
    file: Path, ground: Path, *, servers: int, workers: int, weakness: str = ""
) -> Account:
    """Kill the whole service on an SQLite file, or one of its workers, in turn."""
    url, chance = f"sqlite:///{file}", random.Random(SEED)
    stage = await set_stage(url, ground / "keys")
    service = Service(url, ground / "keys", weakness=weakness)
    with ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, serving(service))
        crowd = Crowd(stage, service.port)

        def restart() -> None:
            service.kill()
            service.launch()

        def kill_worker() -> None:
            service.kill_worker(chance)

        faults = [restart] * servers + [kill_worker] * workers
        chance.shuffle(faults)
        recoveries = await strike(crowd, faults, chance, PAUSE_S)
        await asyncio.to_thread(service.kill)
        return await settle(url, crowd, len(faults), recoveries)


async def strike(
    crowd: Crowd, faults: list[Fault], chance: random.Random, pause_s: tuple[float, float]
) -> list[float]:
    """Let the crowd vote, strike at random moments, and return how long each recovery took."""
    recoveries = []
    async with crowd.voting():
        await crowd.next_receipt()
        for fault in faults:
            await asyncio.sleep(chance.uniform(*pause_s))
            await asyncio.to_thread(fault)
            recoveries.append(await crowd.next_receipt())
        await asyncio.sleep(chance.uniform(*pause_s))
    return recoveries
