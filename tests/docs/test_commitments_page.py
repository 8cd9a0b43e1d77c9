"""docs/commitments.md tells how every check works, and no check that is not there."""

import re
from pathlib import Path

from app.domain.commitment_checks import CHECKS, READ_THE_REGISTER
from app.domain.commitments import Status
from app.sources.register import read_register

PAGE = (Path(__file__).parents[2] / "docs/commitments.md").read_text(encoding="utf-8")
NAME = re.compile(r"`([a-z0-9_]+)`")


def rows_after(heading: str, page: str) -> list[list[str]]:
    """Return the cells of the first table after a heading."""
    table = page.partition(f"## {heading}\n")[2].partition("|---")[2].partition("\n\n")[0]
    lines = table.splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_tells_how_every_check_works() -> None:
    rows = rows_after("The checks", PAGE)
    told = {name for row in rows for name in NAME.findall(row[0])}
    assert told == CHECKS.keys() | READ_THE_REGISTER
    assert all(len(row) == 3 and all(row) for row in rows)


def test_explains_every_status() -> None:
    told = {NAME.findall(row[0])[0] for row in rows_after("What a line can be", PAGE)}
    assert told == {status.value for status in Status} | {"not_checked"}


def test_counts_as_many_commitments_as_there_are() -> None:
    assert f"with {len(read_register().commitments)} commitments" in PAGE


def test_sees_a_check_that_is_left_out() -> None:
    shorter = "\n".join(line for line in PAGE.splitlines() if not line.startswith("| `review`"))
    told = {name for row in rows_after("The checks", shorter) for name in NAME.findall(row[0])}
    assert (CHECKS.keys() | READ_THE_REGISTER) - told == {"review"}
