"""Power cuts: everything that writes is frozen, the disk as it is then is all that is left."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from tests.faults.rigs.accounts import Account, settle
from tests.faults.rigs.clusters import Cluster, RuinedError
from tests.faults.rigs.disks import Disk, mounted, run
from tests.faults.rigs.kills import SEED, strike
from tests.faults.rigs.scenes import crowd_at, running_copy
from tests.faults.rigs.services import Service

PAUSE_S = (1.0, 3.0)
POSTGRESQL_MB, SQLITE_MB = 600, 64


async def cut_postgresql(
    template: Cluster, ground: Path, *, cuts: int, fsync: bool = True
) -> Account:
    """Cut the power of the database server; the service goes on, and so do the voters."""
    settings = {"fsync": "on" if fsync else "off"}
    with (
        mounted(ground, POSTGRESQL_MB) as disk,
        running_copy(template, disk.path / "data", ground / "run", **settings) as cluster,
    ):
        service = Service(cluster.url, ground / "keys")

        def cut() -> None:
            cluster.freeze()
            disk.photograph()
            cluster.kill()
            disk.replace()
            cluster.start()

        return await _account(service, disk, cut, cuts)


async def cut_sqlite(file: Path, ground: Path, *, cuts: int, weakness: str = "") -> Account:
    """Cut the power of the one machine on which the service and its SQLite file are."""
    with mounted(ground, SQLITE_MB) as disk:
        kept = disk.path / "london.sqlite3"
        run("cp", str(file), str(kept))
        service = Service(f"sqlite:///{kept}", ground / "keys", workers=1, weakness=weakness)

        def cut() -> None:
            service.freeze()
            disk.photograph()
            service.kill()
            disk.replace()
            service.launch()

        return await _account(service, disk, cut, cuts)


async def _account(service: Service, disk: Disk, cut: Callable[[], None], cuts: int) -> Account:
    """Return the account of some cuts; a database that is beyond recovery has lost everything."""
    async with crowd_at(service) as crowd:
        await asyncio.to_thread(disk.sync)
        try:
            recoveries = await strike(crowd, [cut] * cuts, random.Random(SEED), PAUSE_S)
        except RuinedError:
            return Account(cuts, crowd.acknowledged, lost=crowd.acknowledged, twice=0)
    return await settle(service.url, crowd, cuts, recoveries)
