"""The scene of every fault: a database with an open poll, the service on it, a crowd to vote."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.services import Service
from tests.faults.rigs.stage import set_stage
from tests.faults.rigs.voters import Crowd


@contextmanager
def running_copy(template: Cluster, data: Path, run: Path, **settings: str) -> Iterator[Cluster]:
    """Yield a running copy of a stopped cluster; it is stopped afterwards."""
    cluster = Cluster(data, run, **settings)
    template.copy_to(data)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@asynccontextmanager
async def crowd_at(service: Service) -> AsyncIterator[Crowd]:
    """Open a poll in the database of a service, start it, and yield the crowd invited to it."""
    stage = await set_stage(service.url, service.key_store)
    try:
        await asyncio.to_thread(service.start)
        yield Crowd(stage, service.port)
    finally:
        await asyncio.to_thread(service.close)
