"""Lost primaries: killed, their folder deleted, the standby promoted in their place."""

import asyncio
import random
import shutil
import time
from pathlib import Path

from tests.faults.rigs.accounts import Account, settle
from tests.faults.rigs.clusters import Cluster, address
from tests.faults.rigs.kills import SEED, strike
from tests.faults.rigs.processes import children_of, command_of, freeze
from tests.faults.rigs.scenes import crowd_at, running_copy
from tests.faults.rigs.services import Service

PAUSE_S = (0.8, 2.0)
STALL_S = 0.4
STANDBY = "standby"
SYNCHRONOUS = {"synchronous_standby_names": STANDBY}
IN_STEP = "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'"
FOLLOWING = "SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming'"


class Pair:
    """A primary, a standby that follows it, and the link under which the service finds the first.

    A standby starts with the settings of the first primary. Where these ask for a standby in step,
    a promoted one acknowledges nothing before a standby of its own follows.
    """

    def __init__(self, ground: Path, primary: Cluster) -> None:
        self._ground = ground
        self.primary, self.standby = primary, primary
        self._made = 0
        self.link = ground / "primary"
        self.link.symlink_to(primary.run)

    async def protect(self) -> None:
        """Give the primary a standby, in step with it where the settings ask for one."""
        await asyncio.to_thread(self._follow)
        is_synchronous = SYNCHRONOUS.items() <= self.primary.settings.items()
        await self.primary.wait_until(IN_STEP if is_synchronous else FOLLOWING)

    def _follow(self) -> None:
        self._made += 1
        data, run = (self._ground / f"{name}-{self._made}" for name in ("data", "run"))
        self.standby = Cluster(data, run, **self.primary.settings)
        source = f"host={self.primary.run} user=postgres application_name={STANDBY}"
        how = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        self.primary.command("pg_basebackup", "--dbname", source, "--pgdata", data, *how)
        self.standby.start()

    def destroy_primary(self) -> None:
        """Stall the replication, kill the primary, delete its folder, promote the standby."""
        senders = [pid for pid in children_of(self.primary.pid) if "walsender" in command_of(pid)]
        freeze(senders)
        time.sleep(STALL_S)
        self.primary.kill()
        shutil.rmtree(self.primary.data)
        self.standby.command("pg_ctl", "promote", "--wait", "--pgdata", self.standby.data)
        self.primary = self.standby
        beside = self._ground / "promoted"
        beside.symlink_to(self.primary.run)
        beside.replace(self.link)

    def stop(self) -> None:
        """Stop both servers."""
        self.standby.stop()
        self.primary.stop()


async def destroy_primaries(
    template: Cluster, ground: Path, *, primaries: int, synchronous: bool = True
) -> Account:
    """Destroy one primary after another under the service, and settle on the last one promoted."""
    chance = random.Random(SEED)
    settings = SYNCHRONOUS if synchronous else {}
    with running_copy(template, ground / "data-0", ground / "run-0", **settings) as first:
        pair = Pair(ground, first)
        service = Service(address(pair.link), ground / "keys")
        faults = [pair.destroy_primary] * primaries
        try:
            await pair.protect()
            async with crowd_at(service) as crowd:
                recoveries = await strike(crowd, faults, chance, PAUSE_S, pair.protect)
            return await settle(service.url, crowd, primaries, recoveries)
        finally:
            pair.stop()
