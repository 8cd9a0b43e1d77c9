"""`make faults`: the long runs, and one table of what they found.

`FAULTS` says how many faults there are in all (200 unless told otherwise), `POSTS` how many POSTs
are each sent three times, `ONLY` a part of the names of the rigs to run. The table is printed and
written to `build/faults.md`.
"""

import asyncio
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import ROOT, fill, migrated
from tests.faults.rigs.accounts import Account
from tests.faults.rigs.cancelled_waits import cancel_waits
from tests.faults.rigs.clusters import CannotBeHadError, Cluster, make_template, private_ground
from tests.faults.rigs.disks import require_loop_devices
from tests.faults.rigs.failovers import destroy_primaries
from tests.faults.rigs.kills import kill_postgresql, kill_sqlite
from tests.faults.rigs.power_cuts import cut_postgresql, cut_sqlite
from tests.faults.rigs.retries import retry_on_postgresql, retry_on_sqlite
from tests.faults.rigs.table import Line, as_markdown

FAULTS = int(os.environ.get("FAULTS", "200"))
POSTS = int(os.environ.get("POSTS", str(FAULTS * 25)))
ONLY = os.environ.get("ONLY", "")
REPORT = ROOT / "build" / "faults.md"
FEW = 3
Rig = Callable[[Path], Coroutine[Any, Any, Account]]


class Plan(NamedTuple):
    """One rig at length, and the same rig against a promise that is broken on purpose."""

    name: str
    rig: Rig
    broken: str
    control: Rig


def share(percent: int) -> int:
    """Return how many of all faults fall to a rig."""
    return max(1, round(FAULTS * percent / 100))


def plans_on_postgresql(template: Cluster) -> Iterator[Plan]:
    """Yield what is done to PostgreSQL, and to the service on it."""
    off, early = "synchronous_commit=off", "answer before commit, PostgreSQL"
    deaf, forgetful = "warnings unheard", "keys forgotten"
    yield Plan(
        "PostgreSQL: kill -9 of the server and its children",
        lambda ground: kill_postgresql(template, ground, postmasters=share(45), workers=0),
        off,
        lambda g: kill_postgresql(template, g, postmasters=FEW, workers=0, weakness=off),
    )
    yield Plan(
        "PostgreSQL: kill -9 of a worker of the service",
        lambda ground: kill_postgresql(template, ground, postmasters=0, workers=share(20)),
        "answered before the commit",
        lambda g: kill_postgresql(template, g, postmasters=0, workers=FEW, weakness=early),
    )
    yield Plan(
        "PostgreSQL: primary destroyed, synchronous standby promoted",
        lambda ground: destroy_primaries(template, ground, primaries=share(10)),
        "standby not synchronous",
        lambda ground: destroy_primaries(template, ground, primaries=1, synchronous=False),
    )
    yield Plan(
        "PostgreSQL: wait for an absent standby cancelled",
        lambda ground: cancel_waits(template, ground, cancels=share(50)),
        "warning not heard",
        lambda ground: cancel_waits(template, ground, cancels=share(5), weakness=deaf),
    )
    yield Plan(
        "PostgreSQL: every POST sent three times, among kills",
        lambda ground: retry_on_postgresql(template, ground, posts=POSTS, kills=share(20)),
        "keys forgotten",
        lambda g: retry_on_postgresql(template, g, posts=10, kills=1, weakness=forgetful),
    )


def plans_on_sqlite(file: Path) -> Iterator[Plan]:
    """Yield what is done to the service on SQLite."""
    early, forgetful = "answer before commit, SQLite", "keys forgotten"
    yield Plan(
        "SQLite: kill -9 of the service or a worker",
        lambda ground: kill_sqlite(file_in(ground, file), ground, servers=FEW, workers=share(5)),
        "answered before the commit",
        lambda g: kill_sqlite(file_in(g, file), g, servers=FEW, workers=0, weakness=early),
    )
    yield Plan(
        "SQLite: every POST sent three times, among kills",
        lambda g: retry_on_sqlite(file_in(g, file), g, posts=POSTS // 10, kills=share(5)),
        "keys forgotten",
        lambda g: retry_on_sqlite(file_in(g, file), g, posts=10, kills=1, weakness=forgetful),
    )


def plans_of_power(template: Cluster, file: Path) -> Iterator[Plan]:
    """Yield the power cuts, which need root and loop devices."""
    seldom = "synchronous=NORMAL"
    yield Plan(
        "PostgreSQL: power cut",
        lambda ground: cut_postgresql(template, ground, cuts=share(14)),
        "fsync=off",
        lambda ground: cut_postgresql(template, ground, cuts=1, fsync=False),
    )
    yield Plan(
        "SQLite: power cut",
        lambda ground: cut_sqlite(file, ground, cuts=share(6)),
        seldom,
        lambda ground: cut_sqlite(file, ground, cuts=1, weakness=seldom),
    )


def wanted(*plans: Plan) -> list[Plan]:
    """Return the plans that `ONLY` asks for."""
    return [plan for plan in plans if ONLY.lower() in plan.name.lower()]


def file_in(ground: Path, file: Path) -> Path:
    """Return a copy of the file that a rig may change."""
    copy = ground / "london.sqlite3"
    copy.write_bytes(file.read_bytes())
    return copy


def carry_out(plan: Plan) -> Line:
    """Run a rig and its control, and return their line."""
    accounts = []
    for rig in (plan.rig, plan.control):
        begun = time.monotonic()
        with private_ground() as ground:
            accounts.append(asyncio.run(rig(ground)))
        told = f"{plan.name}: {accounts[-1]} in {time.monotonic() - begun:.0f} s"
        print(told, file=sys.stderr, flush=True)
    return Line(plan.name, plan.broken, *accounts)


def run_all(ground: Path) -> list[Line]:
    """Run every rig that this machine allows."""
    file = ground / "template.sqlite3"
    migrated(f"sqlite:///{file}")
    asyncio.run(fill(f"sqlite:///{file}"))
    template = make_template(ground)
    plans = wanted(*plans_on_postgresql(template), *plans_on_sqlite(file))
    lines = [carry_out(plan) for plan in plans]
    plans = wanted(*plans_of_power(template, file))
    try:
        require_loop_devices()
    except CannotBeHadError as reason:
        return lines + [Line(plan.name, plan.broken, reason=str(reason)) for plan in plans]
    return lines + [carry_out(plan) for plan in plans]


def main() -> int:
    """Run everything, print the table, keep it; 1 if a promise broke or a control found nothing."""
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with private_ground() as ground:
            lines = run_all(ground)
    except CannotBeHadError as reason:
        print(f"NOT RUN: {reason}.", file=sys.stderr)
        return 1
    minutes = (time.monotonic() - begun) / 60
    where = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    when = datetime.now(UTC).date().isoformat()
    told = f"{when}, {where}, in {minutes:.0f} minutes\n\n{as_markdown(lines)}"
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(told, encoding="utf-8")
    print(told)
    return 0 if all(line.is_good for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
