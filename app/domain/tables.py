"""CSV as the service writes it: RFC 4180, with cells that a spreadsheet would run disarmed."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Signs with which a spreadsheet begins a formula, also in their full width."""


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as lines of a CSV file; a text that could be a formula begins with `'`."""
    output = io.StringIO()
    csv.writer(output, lineterminator="\r\n").writerows([disarmed(c) for c in row] for row in rows)
    return output.getvalue()


def disarmed(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, str) and cell[:1] in FORMULA_STARTS:
        return f"'{cell}"
    return cell
