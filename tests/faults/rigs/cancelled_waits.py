"""Cancelled waits for a standby: PostgreSQL calls that success, with a warning beside it."""

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.faults.rigs.accounts import Account, settle
from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.retries import Officers, count_events, token_of
from tests.faults.rigs.scenes import crowd_at, running_copy
from tests.faults.rigs.services import Service

ABSENT = "ALTER SYSTEM SET synchronous_standby_names = 'absent'"
NOBODY = "ALTER SYSTEM RESET synchronous_standby_names"
RELOAD = "SELECT pg_reload_conf()"
WAITING = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
ANNOUNCING = f"{WAITING} AND query = 'COMMIT;'"
PROBE = "SELECT pg_logical_emit_message(true, 'rig', 'probe')"
RELEASE_PROBE = f"SELECT pg_cancel_backend(pid) {WAITING} AND query LIKE '%emit_message%'"
PAUSE_S, SETTLED_S, TURNED_S = 0.05, 0.5, 30.0


async def demand_standby(cluster: Cluster) -> None:
    """Let every commit wait for a standby that is not there, and return when commits do wait.

    A reload alone does not say so: they wait from when the checkpointer has read the setting, and
    it reads it late while it flushes. A commit sent before that is a good one.
    """
    await cluster.ask(ABSENT)
    await cluster.ask(RELOAD)
    async with asyncio.timeout(TURNED_S):
        waited = False
        while not waited:
            probe = asyncio.create_task(cluster.ask(PROBE))
            while not probe.done():
                waited |= bool(await cluster.ask(RELEASE_PROBE))
                await asyncio.wait({probe}, timeout=PAUSE_S)
            await probe


async def cancel_waits(
    template: Cluster, ground: Path, *, cancels: int, weakness: str = ""
) -> Account:
    """Cancel ballots' waits for a standby that is not there, then let everybody vote again.

    What was acknowledged in the meantime counts as lost: no standby has it.
    """
    with running_copy(template, ground / "data", ground / "run") as cluster:
        service = Service(cluster.url, ground / "keys", weakness=weakness)
        async with crowd_at(service) as crowd, crowd.voting():
            await crowd.next_receipt()
            await asyncio.sleep(SETTLED_S)
            await demand_standby(cluster)
            await asyncio.sleep(SETTLED_S)
            before = crowd.acknowledged
            for _ in range(cancels):
                await cluster.wait_until(f"SELECT count(*) > 0 {WAITING}")
                await cluster.ask(f"SELECT pg_cancel_backend(pid) {WAITING}")
                await asyncio.sleep(PAUSE_S)
            unprotected = crowd.acknowledged - before
            await cluster.ask(NOBODY)
            await cluster.ask(RELOAD)
            recovery = await crowd.next_receipt()
        found = await settle(cluster.url, crowd, cancels, [recovery])
        return replace(found, lost=found.lost + unprotected)


async def cancel_an_announcement(
    template: Cluster, ground: Path, *, weakness: str = ""
) -> tuple[list[int], int]:
    """Cancel the wait of an officer's POST, then let the officer send it again.

    Returns both statuses, and how many events there are.
    """
    with running_copy(template, ground / "data", ground / "run") as cluster:
        service = Service(cluster.url, ground / "keys", workers=1, weakness=weakness)
        try:
            await asyncio.to_thread(service.start)
            officers = Officers(service.port, await token_of(service.port), wanted=1)
            await demand_standby(cluster)
            first = asyncio.create_task(officers.announce_once())
            await cluster.wait_until(f"SELECT count(*) > 0 {ANNOUNCING}")
            while not first.done():
                await cluster.ask(f"SELECT pg_cancel_backend(pid) {WAITING}")
                await asyncio.wait({first}, timeout=PAUSE_S)
            await cluster.ask(NOBODY)
            await cluster.ask(RELOAD)
            statuses = [await first, await officers.announce_once()]
        finally:
            await asyncio.to_thread(service.close)
        return statuses, sum((await count_events(cluster.url)).values())
