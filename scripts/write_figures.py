"""Write the README's figures from what was kept of `make bench` and `make faults`.

python scripts/write_figures.py            write them
python scripts/write_figures.py --check    say whether the README shows what was kept
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
README = REPOSITORY / "README.md"
SPEED = REPOSITORY / "benchmarks/figures.json"
FAULTS = REPOSITORY / "benchmarks/faults.md"
BEGIN, END = "<!-- figures:begin -->\n", "<!-- figures:end -->"
DATABASES = ("SQLite", "PostgreSQL + PostGIS")
THOUSAND = 1000
BOUND = re.compile(r"(>=|<=) ([0-9.]+)")


def speed(kept: dict[str, Any]) -> Iterator[str]:
    """Yield the lines about speed."""
    run = kept["run"]
    yield f"`make bench` on {run['day']}: {run['machine']}, Python {run['python']},"
    rounds = "one round of each" if run["rounds"] == 1 else f"{run['rounds']} alternating rounds"
    yield f"{rounds}, load {run['load_before']} before. 1 means as fast"
    yield "as what it is compared with; more is better. CPU time per request is the steadier."
    yield "Goals (G…, P…) were set before anything was built; what misses one says so."
    yield ""
    yield from _table(
        "what, against what, in the same run",
        *(f"by {by}, {where}" for by in ("CPU", "requests/s") for where in ("SQLite", "PostGIS")),
        "goal",
    )
    for name, row in kept["compared"].items():
        cells = [
            _ratio(row.get(database, {}).get(kind))
            for kind in ("cpu", "rate")
            for database in DATABASES
        ]
        kind = "rate" if "req/s" in row["goal"] else "cpu"
        figures = [row[database][kind] for database in DATABASES if database in row]
        yield f"| {name} | {' | '.join(cells)} | {_goal(row['goal'], figures)} |"
    yield ""
    yield from _table("figure", "on", "measured", "goal")
    for row in kept["single"]:
        where, figure = (
            row["database"] or "neither",
            f"{_four_digits(row['figure'])} {row['unit']}".strip(),
        )
        yield f"| {row['what']} | {where} | {figure} | {_goal(row['goal'], [row['figure']])} |"


def _table(*titles: str) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|---" * len(titles) + "|"


def _four_digits(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= THOUSAND else f"{figure:.4g}"


def _ratio(figure: float | None) -> str:
    if figure is None:
        return ""
    return f"{figure:.2f}" if figure < 10 else f"{figure:.0f}"  # noqa: PLR2004 - three digits tell enough


def _goal(goal: str, figures: Sequence[float]) -> str:
    """Return a goal as it is read, with a word where a figure misses it.

    One bound holds on both databases; two are those of each, in their order.
    """
    told = goal.replace(">=", "≥").replace("<=", "≤")
    bounds = BOUND.findall(goal)
    each = bounds * len(figures) if len(bounds) == 1 else bounds
    missed = any(
        figure < float(wanted) if sign == ">=" else figure > float(wanted)
        for figure, (sign, wanted) in zip(figures, each, strict=False)
    )
    return f"{told}, **missed**" if missed else told


def section() -> str:
    """Return the text between the README's marks."""
    lines = "\n".join(speed(json.loads(SPEED.read_text("utf-8"))))
    return f"\n### Faults\n\n{FAULTS.read_text('utf-8')}\n### Speed\n\n{lines}\n\n"


def main(arguments: list[str]) -> int:
    """Write the tables, or with `--check` return 1 when the README shows others."""
    text = README.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    shown, _, after = rest.partition(END)
    if "--check" not in arguments:
        README.write_text(before + BEGIN + section() + END + after, "utf-8")
        return 0
    if shown == section():
        return 0
    print("README.md shows other figures than were kept: run `make figures`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
