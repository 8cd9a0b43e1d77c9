"""Servers under load: alternating rounds, CPU time per request from the kernel's own accounts.

Wall-clock rates of one server move by a factor of two on a shared machine; the CPU time its
processes use per request hardly moves. Rounds of all cases alternate (A B C … C B A), and medians
are quoted.
"""

import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROUND_S = 2
READY_S = 60


@dataclass(frozen=True, slots=True)
class Load:
    """What one round of load showed."""

    requests: int
    per_second: float
    cpu_us: float
    failed: int
    p99_ms: float


@dataclass(slots=True)
class Case:
    """One address under load, with the rounds seen so far."""

    name: str
    url: str
    pids: Sequence[int]
    script: Path | None = None
    env: dict[str, str] = field(default_factory=dict)
    connections: int = 32
    rounds: list[Load] = field(default_factory=list)
    asked: int = 0

    def run(self) -> None:
        """Put the address under load for one round, going on where the last one stopped."""
        load = _wrk(self)
        self.asked += load.requests
        self.rounds.append(load)

    @property
    def per_second(self) -> float:
        """Median requests per second."""
        return statistics.median(load.per_second for load in self.rounds)

    @property
    def cpu_us(self) -> float:
        """Median CPU microseconds per request over the server's processes."""
        return statistics.median(load.cpu_us for load in self.rounds)

    @property
    def p99_ms(self) -> float:
        """Median of the rounds' 99th percentile latency."""
        return statistics.median(load.p99_ms for load in self.rounds)

    @property
    def failed(self) -> int:
        """Answers that were not 2xx or 3xx."""
        return sum(load.failed for load in self.rounds)


def alternate(cases: Sequence[Case], rounds: int) -> None:
    """Run every case `rounds` times, forth and back, after one round that is thrown away."""
    for case in cases:
        case.run()
        case.rounds.clear()
    for turn in range(rounds):
        for case in cases if turn % 2 == 0 else reversed(cases):
            case.run()
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def cpu_ns(pids: Sequence[int]) -> int:
    """Return the CPU nanoseconds these processes and their children have used."""
    total = 0
    for pid in _family(pids):
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                continue
    return total


def _family(pids: Sequence[int]) -> set[int]:
    family, pending = set(pids), list(pids)
    while pending:
        for children in Path(f"/proc/{pending.pop()}/task").glob("*/children"):
            try:
                found = {int(pid) for pid in children.read_text().split()} - family
            except (FileNotFoundError, ProcessLookupError):
                continue
            family |= found
            pending.extend(found)
    return family


def _wrk(case: Case) -> Load:
    command = ["wrk", "-t1", f"-c{case.connections}", f"-d{ROUND_S}s", "--latency"]
    if case.script is not None:
        command += ["-s", str(case.script)]
    before = cpu_ns(case.pids)
    env = os.environ | case.env | {"START": str(case.asked)}
    done = subprocess.run([*command, case.url], capture_output=True, text=True, check=True, env=env)
    used = cpu_ns(case.pids) - before
    out = done.stdout
    requests = int(_find(r"(\d+) requests in", out) or 0)
    return Load(
        requests=requests,
        per_second=float(_find(r"Requests/sec:\s+([\d.]+)", out) or 0),
        cpu_us=used / 1000 / max(requests, 1),
        failed=int(_find(r"Non-2xx or 3xx responses: (\d+)", out) or 0),
        p99_ms=_milliseconds(_find(r"99%\s+([\d.]+\w+)", out) or "0ms"),
    )


def _find(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found.group(1) if found else None


def _milliseconds(text: str) -> float:
    number = text.rstrip("msu")
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[text[len(number) :]]


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    application: str,
    *,
    env: dict[str, str] | None = None,
    workers: int = 1,
    ready: str = "/bare",
    http: str = "httptools",
) -> Iterator[tuple[str, int]]:
    """Run uvicorn on an application (`module:factory`) and give its address and process id."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", application, "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning", "--loop", "uvloop"]
    command += ["--http", http, "--workers", str(workers)]
    process = subprocess.Popen(command, env=os.environ | (env or {}))
    try:
        _await_ready(f"http://127.0.0.1:{port}{ready}", process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it was ready")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} was not ready within {READY_S} s")


def require_tools(*names: str) -> None:
    """Stop with a plain sentence when a program the benchmark needs is not installed."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"The benchmarks need {', '.join(missing)}: install them and run again.")
