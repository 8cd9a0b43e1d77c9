"""The register of commitments that ships with the service: what was promised, in TOML files.

The files are the one source: texts, readings and the checks that apply them change together with
the code, under review, and no copy in a database can fall behind them.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.commitments import (
    AS_WRITTEN,
    Commitment,
    Line,
    Pillar,
    Programme,
    Quote,
    Register,
    Scope,
    Wording,
)

FOLDER = Path(__file__).resolve().parent.parent / "register"


@cache
def read_register(folder: Path = FOLDER) -> Register:
    """Return every programme and commitment of the files, commitments in the order of their codes.

    A file without a programme of its own goes on with the one before it.
    """
    programmes: list[Programme] = []
    commitments: list[Commitment] = []
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if "programme" in content:
            programmes.append(_programme(content))
        code = programmes[-1].code
        commitments += [_commitment(code, row) for row in content.get("commitments", ())]
    return Register(tuple(programmes), tuple(sorted(commitments, key=lambda one: one.code)))


def _programme(content: dict[str, Any]) -> Programme:
    pillars = tuple(Pillar(**row) for row in content["pillars"])
    return Programme(**content["programme"], pillars=pillars)


def _commitment(programme: str, row: dict[str, Any]) -> Commitment:
    return Commitment(
        code=row["code"],
        programme=programme,
        pillar=row["pillar"],
        title=row["title"],
        owner=row["owner"],
        due=row.get("due"),
        due_on=row.get("due_on"),
        cadence=row.get("cadence"),
        quotes=tuple(_quote(quote) for quote in row["quotes"]),
        lines=tuple(_line(line, row) for line in row["lines"]),
    )


def _quote(row: dict[str, Any]) -> Quote:
    wording = Wording(row.get("wording", Wording.VERBATIM))
    return Quote(row["text"], row["document"], row["locator"], wording)


def _line(row: dict[str, Any], commitment: dict[str, Any]) -> Line:
    return Line(
        reading=row.get("reading", AS_WRITTEN),
        text=row.get("text", ""),
        scopes=tuple(Scope(scope) for scope in row["scopes"]),
        check=row.get("check"),
        assumed=row.get("assumed", False),
        due_on=None if row.get("goes_on") else row.get("due_on", commitment.get("due_on")),
        reason=row.get("reason"),
        needs=row.get("needs"),
        retired_on=row.get("retired_on"),
        retired_because=row.get("retired_because"),
    )
