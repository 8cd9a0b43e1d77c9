"""Processes to be stopped in mid-air: found through the kernel's own table, never by name."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

GONE = frozenset("ZX")
STOPPED = frozenset("Tt") | GONE
STOP_S = 10.0


def children_of(pid: int) -> list[int]:
    """Return the processes that this one started and that are still there."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        return found
    return found


def family_of(pid: int) -> list[int]:
    """Return the process and all that descend from it, elders first."""
    family = [pid]
    for member in family:
        family += children_of(member)
    return family


def command_of(pid: int) -> str:
    """Return how a process names itself; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to each of the processes that are still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def kill_family(pid: int) -> None:
    """Kill the process and all that descend from it; none of them is there any more after it."""
    family = family_of(pid)
    send(family, signal.SIGKILL)
    late = family_of(pid)[1:]
    send(late, signal.SIGKILL)
    _wait_for_states((*family, *late), GONE)


def freeze(pids: list[int]) -> None:
    """Stop the processes where they are, and return when none of them runs any more."""
    send(pids, signal.SIGSTOP)
    _wait_for_states(pids, STOPPED)


def _wait_for_states(pids: Iterable[int], states: frozenset[str]) -> None:
    names = f"processes {list(pids)} do not reach the state {'/'.join(sorted(states))}"
    wait_for(lambda: all(state_of(pid) in states for pid in pids), STOP_S, names)


def state_of(pid: int) -> str:
    """Return the kernel's letter for what a process does; `X` when it is gone.

    A process whose first thread is dead is not over before its last one is, and holds its files.
    """
    try:
        threads = [path.name for path in Path(f"/proc/{pid}/task").iterdir()]
        letters = {
            Path(f"/proc/{pid}/task/{thread}/stat").read_text().rpartition(")")[2].split()[0]
            for thread in threads
        }
    except (FileNotFoundError, ProcessLookupError):
        return "X"
    return letters.pop() if len(letters) == 1 else "R"


def wait_for(done: Callable[[], bool], at_most_s: float, otherwise: str) -> None:
    """Return as soon as something holds, or raise `TimeoutError` saying what did not."""
    deadline = time.monotonic() + at_most_s
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.01)
