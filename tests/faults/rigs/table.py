"""The one table of `make faults`."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.rigs.accounts import Account

HEADINGS = (
    "what was done, among voters",
    "faults",
    "acknowledged",
    "lost",
    "counted twice",
    "other promises broken",
    "next receipt after, median / longest",
    "the same with one promise broken on purpose",
)


@dataclass(frozen=True)
class Line:
    """One rig in the table; without an account it says why there is none."""

    name: str
    broken: str
    found: Account | None = None
    control: Account | None = None
    reason: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing was wrong, and the rig would have said so."""
        if self.found is None or self.control is None:
            return False
        return self.found.is_clean and self.control.lost + self.control.twice > 0

    def cells(self) -> tuple[str, ...]:
        """Return what stands in the line."""
        if self.found is None or self.control is None:
            return (self.name, *("not run",) * (len(HEADINGS) - 2), self.reason)
        found = self.found
        counts = (found.faults, found.acknowledged, found.lost, found.twice, found.broken)
        waits = found.recoveries
        wait = f"{statistics.median(waits):.1f} s / {max(waits):.1f} s" if waits else "-"
        return (self.name, *(f"{count:,}" for count in counts), wait, self._of_control())

    def _of_control(self) -> str:
        assert self.control is not None
        kinds = {"lost": self.control.lost, "counted twice": self.control.twice}
        told = " and ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count)
        return f"{self.broken}: {told or 'NOTHING FOUND'} of {self.control.acknowledged:,}"


def as_markdown(lines: Sequence[Line]) -> str:
    """Return the table, columns lined up for people who read it as text."""
    rows = [HEADINGS, *(line.cells() for line in lines), _total(lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    ruler = tuple("-" * width for width in widths)
    return "".join(_row(row, widths) for row in (rows[0], ruler, *rows[1:]))


def _total(lines: Sequence[Line]) -> tuple[str, ...]:
    found = [line.found for line in lines if line.found is not None]
    sums = (
        sum(account.faults for account in found),
        sum(account.acknowledged for account in found),
        sum(account.lost for account in found),
        sum(account.twice for account in found),
        sum(account.broken for account in found),
    )
    return ("together", *(f"{number:,}" for number in sums), "", "")


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |\n"
