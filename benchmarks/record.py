"""What a run measured, printed as it comes and kept for the README's tables."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import Case

RECORD = Path(__file__).with_name("figures.json")


class Record:
    """The figures of one run, with its day and machine."""

    def __init__(self, rounds: int) -> None:
        self.database = ""
        self._run: dict[str, Any] = {
            "day": datetime.now(UTC).date().isoformat(),
            "machine": f"{os.cpu_count()} shared cores ({_processor()})",
            "python": platform.python_version(),
            "rounds": rounds,
            "load_before": round(os.getloadavg()[0], 1),
        }
        self._compared: dict[str, dict[str, Any]] = {}
        self._single: list[dict[str, Any]] = []

    def opening(self) -> str:
        """Return the day and the machine in one line."""
        told = self._run
        return f"{told['day']}, Python {told['python']}, {told['machine']}, {told['rounds']} rounds"

    def report(self, name: str, figure: float, unit: str, goal: str = "") -> None:
        """Keep and print one figure."""
        print(f"{name:<52} {figure:>10.2f} {unit:<6} {goal}", flush=True)
        self._single.append(
            {
                "what": name,
                "database": self.database,
                "figure": round(figure, 3),
                "unit": unit,
                "goal": goal,
            }
        )

    def compare(self, name: str, case: Case, base: Case, goal: str = "") -> None:
        """Keep and print how a case stands to another; 1 means equal, more is better."""
        cpu, rate = base.cpu_us / case.cpu_us, case.per_second / base.per_second
        told = f"{case.cpu_us:.0f} us, {case.per_second:.0f}/s, p99 {case.p99_ms:.1f} ms"
        failed = f", {case.failed} not 2xx" if case.failed else ""
        print(
            f"{name:<52} {cpu:>6.2f} by CPU {rate:>6.2f} by req/s  ({told}{failed}) {goal}",
            flush=True,
        )
        row = self._compared.setdefault(name, {"goal": goal})
        row[self.database] = {"cpu": round(cpu, 3), "rate": round(rate, 3), "p99_ms": case.p99_ms}

    def keep(self) -> None:
        """Write the run to `benchmarks/figures.json`, where the README's tables are made from."""
        document = {"run": self._run, "compared": self._compared, "single": self._single}
        RECORD.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
