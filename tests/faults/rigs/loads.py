"""The long runs of crowds, slow clients and absences: `make faults` prints their table as well.

A name's part as the first argument runs only what bears it, as in `python -m … rushes`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT, fill, migrated
from tests.faults.rigs.absences import (
    BACK_S,
    READY_S,
    WRITE_S,
    Witness,
    find_wrong,
    judge,
    staff_token,
)
from tests.faults.rigs.closings import Closing, close_by_hand, close_by_the_clock
from tests.faults.rigs.clusters import CannotBeHadError, Cluster, make_template, private_ground
from tests.faults.rigs.overloads import overload
from tests.faults.rigs.rushes import rush_to_vote, vote_naively
from tests.faults.rigs.scenes import running_copy
from tests.faults.rigs.servers import PLAIN_UVICORN, port_of, server, wait_until
from tests.faults.rigs.slow_clients import (
    HELD_BY_PLAIN_UVICORN,
    WAYS,
    Probe,
    allow_files,
    besiege,
)
from tests.faults.rigs.stage import set_stage
from tests.faults.rigs.wires import wire_to

SLOW_CLIENTS, LAST_SECOND, CROWD = 2_000, 5_000, 500
RESIDENTS, EACH = 1_000, 40
AWAY_S, OPEN_S = 60.0, 10.0
FILES = 3 * LAST_SECOND
REPORT = ROOT / "build" / "loads.md"


class Load(NamedTuple):
    """One long run: what was done, what came of it, what its control found."""

    name: str
    measured: str
    control: str
    held: bool


Run = Callable[[str, Path], Awaitable[Load]]


async def slow_clients(url: str, ground: Path) -> Load:
    """Two thousand clients, slow in every way, at once; good ones meanwhile (P4)."""
    senders = [name for name, way in WAYS.items() if way.reads]
    over, probe = asyncio.Event(), Probe()
    async with server(url, ground / "keys") as client:
        probing = asyncio.create_task(probe.run(port_of(client), "/v1/boroughs", over))
        held, deaf = await asyncio.gather(
            besiege(port_of(client), senders, SLOW_CLIENTS // len(senders), 12.0),
            besiege(port_of(client), set(WAYS) - set(senders), 20, 12.0),
        )
        over.set()
        await probing
    async with server(url, ground / "keys", PLAIN_UVICORN) as client:
        plain = await besiege(port_of(client), HELD_BY_PLAIN_UVICORN, 20, 12.0)
    times = [borne for way in (held | deaf).values() for borne in way]
    longest = max((borne for borne in times if borne is not None), default=0.0)
    kept, p99 = times.count(None), 1000 * probe.quantile(0.99)
    still = sum(way.count(None) for way in plain.values())
    return Load(
        f"{len(times):,} slow clients in {len(WAYS)} ways",
        f"all gone after {longest:.1f} s, {kept} kept; {len(probe.latencies)} good requests: "
        f"p99 {p99:.0f} ms, {len(probe.errors)} errors",
        f"plain uvicorn kept {still} of {20 * len(plain)} for 12 s",
        kept == 0 and longest <= 10 and not probe.errors and still > 0,
    )


async def rushes(url: str, ground: Path) -> Load:
    """A thousand residents, forty ballots each at once (P2)."""
    found = await rush_to_vote(url, ground / "keys", RESIDENTS, EACH)
    naive = await vote_naively(url, 50, EACH) if url.startswith("postgresql") else None
    extra = found.written - found.acknowledged
    return Load(
        f"{RESIDENTS:,} residents x {EACH} ballots at once ({url.partition(':')[0]})",
        f"{found.acknowledged:,} acknowledged, {found.refused} asked to come again, "
        f"{found.slots:,} ballots kept, {extra} written without an answer",
        "-" if naive is None else f"check before insert: {naive} rows of 50 residents",
        (found.slots, found.opened, found.strangers) == (RESIDENTS, RESIDENTS, 0)
        and 0 <= extra <= found.refused
        and not found.surprises
        and naive != 50,
    )


async def closings(url: str, ground: Path) -> Load:
    """Thousands of clients in the last ten seconds of a poll (P3)."""
    found = await close_by_the_clock(
        url, ground / "keys", voters=LAST_SECOND, open_s=OPEN_S, workers=2
    )
    return _closing(f"{LAST_SECOND:,} clients in the last {OPEN_S:.0f} s", found)


async def early_closings(url: str, ground: Path) -> Load:
    """Two people close a poll while hundreds vote (P3)."""
    found = await close_by_hand(url, ground / "keys", voters=CROWD, open_s=OPEN_S)
    return _closing(f"{CROWD} clients, closed early in {found.closed_in_s:.1f} s", found)


def _closing(name: str, found: Closing) -> Load:
    told = ", ".join(f"{count:,} x {status}" for status, count in sorted(found.statuses.items()))
    return Load(
        name,
        f"{told}; {found.late} late, {found.lost} lost, {found.opened_wrong} opened wrong, "
        f"{len(found.surprises)} surprises; p99 {found.p99_ms:.0f} ms",
        "-",
        found.late + found.lost + found.opened_wrong + len(found.surprises) == 0,
    )


async def overloads(url: str, ground: Path) -> Load:
    """Five hundred slow requests before eight connections (P18)."""
    found = await overload(url, ground / "keys", crowd=CROWD)
    return Load(
        f"{CROWD} slow requests at once, 8 connections",
        f"{found.shed} shed in {found.shed_s:.1f} s, health p99 {found.health_p99_ms:.0f} ms, "
        f"back after {found.back_after_s:.1f} s, {len(found.surprises)} surprises",
        "-",
        not found.surprises and found.health_errors == 0 and found.back_after_s < 2,
    )


async def absences(cluster: Cluster, ground: Path) -> AsyncIterator[Load]:
    """A minute without the database, three times (P17)."""
    stage = await set_stage(cluster.url, ground / "keys", residents=200)
    async with wire_to(cluster.run) as wire, server(wire.url, ground / "keys") as client:
        await wait_until(client, "/readyz", 200)
        witness = Witness(client, stage, await staff_token(client))
        async with witness.asking():
            await asyncio.sleep(1)
            async with witness.absence():
                await asyncio.to_thread(cluster.stop)
                await asyncio.sleep(AWAY_S)
                await asyncio.to_thread(cluster.start)
            for begin in (wire.cut, wire.silence):
                async with witness.absence():
                    begin()
                    await asyncio.sleep(AWAY_S)
                    wire.mend()
    wrong = find_wrong(witness)
    for name, moments in zip(("stopped", "cut off", "silent"), witness.absences, strict=True):
        found = judge(witness, *moments)
        within = found.not_ready_after <= READY_S and found.slowest_refusal <= WRITE_S
        yield Load(
            f"database {name} for {AWAY_S:.0f} s",
            f"not ready after {found.not_ready_after:.1f} s; {found.refused:,} writes refused, "
            f"slowest {found.slowest_refusal:.1f} s; back after {found.back_after:.1f} s; "
            f"{len(wrong)} wrong answers in all three",
            "without the pulse: see tests/faults/test_database_away.py",
            not wrong and within and found.back_after <= BACK_S,
        )


async def run_loads(cluster: Cluster, sqlite: str, ground: Path, part: str) -> AsyncIterator[Load]:
    """Run everything on a running cluster of its own and on a file, and say how each went."""
    allow_files(FILES)
    runs: list[tuple[Run, str]] = [
        (slow_clients, sqlite),
        (overloads, cluster.url),
        (early_closings, cluster.url),
        (closings, cluster.url),
        (rushes, sqlite),
        (rushes, cluster.url),
    ]
    for run, url in runs:
        if part in run.__name__:
            yield await run(url, ground)
    if part in absences.__name__:
        async for load in absences(cluster, ground):
            yield load


def as_rows(loads: Sequence[Load]) -> str:
    """Return the runs as a table in Markdown."""
    lines = ["| what was done | what came of it | control | held |", "| --- | --- | --- | --- |"]
    for one in loads:
        held = "yes" if one.held else "**no**"
        lines.append(f"| {one.name} | {one.measured} | {one.control} | {held} |")
    return "\n".join(lines) + "\n"


async def run_in(ground: Path, part: str) -> list[Load]:
    """Run the loads in a folder of their own."""
    file, loads = ground / "london.sqlite3", []
    await asyncio.to_thread(migrated, f"sqlite:///{file}")
    await fill(f"sqlite:///{file}")
    template = await asyncio.to_thread(make_template, ground)
    with running_copy(template, ground / "loads", ground / "run-loads") as cluster:
        async for load in run_loads(cluster, f"sqlite:///{file}", ground, part):
            loads.append(load)
            print(load, file=sys.stderr, flush=True)
    return loads


def main() -> int:
    """Run everything, print the table, keep it; 1 if a promise broke or a control found nothing."""
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        with private_ground() as ground:
            loads = asyncio.run(run_in(ground, part))
    except CannotBeHadError as reason:
        print(f"NOT RUN: {reason}.", file=sys.stderr)
        return 1
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(as_rows(loads), encoding="utf-8")
    print(as_rows(loads))
    return 0 if all(load.held for load in loads) else 1


if __name__ == "__main__":
    sys.exit(main())
