"""Deprivation scores per ward: one line a ward, one column a score."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import EvidenceFileError
from app.sources.census import WARD_COLUMN, area_code
from app.sources.tables import Row, Table, parse_table, read_table

SOURCE = "deprivation"
MEASURES = (
    "imd_score",
    "income_score",
    "employment_score",
    "education_score",
    "health_score",
    "crime_score",
    "barriers_score",
    "environment_score",
)
LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class DeprivationFile:
    """A file's scores by ward and measure, and the wards that it leaves empty."""

    name: str
    sha256: str
    size: int
    scores: Mapping[tuple[str, str], float]
    empty: tuple[str, ...]


def read_deprivation(path: Path) -> DeprivationFile:
    """Return the scores of a file, plain or gzip, or raise `EvidenceFileError`."""
    return _scores_in(read_table(path))


def parse_deprivation(name: str, data: bytes) -> DeprivationFile:
    """Return the scores in the unpacked bytes of a file, or raise `EvidenceFileError`."""
    return _scores_in(parse_table(name, data))


def _scores_in(table: Table) -> DeprivationFile:
    ward = table.find(*WARD_COLUMN)
    columns = {name: found for name in MEASURES if (found := table.seek(name)) is not None}
    if "imd_score" not in columns:
        raise EvidenceFileError("There is no column imd_score.")
    scores: dict[tuple[str, str], float] = {}
    seen: set[str] = set()
    empty: list[str] = []
    for row in table.rows:
        code = area_code(row, ward)
        if code in seen:
            raise row.refusal(ward, f"{code} stands in the file twice")
        seen.add(code)
        if not row.cells[columns["imd_score"]].strip():
            empty.append(code)
            continue
        scores |= {(code, name): _score(row, column) for name, column in columns.items()}
    if not scores:
        raise EvidenceFileError("The file gives no ward a score.")
    return DeprivationFile(table.name, table.sha256, table.size, scores, tuple(empty))


def _score(row: Row, column: str) -> float:
    score = row.number(column)
    if not math.isfinite(score) or abs(score) > LIMIT:
        raise row.refusal(column, f"{score:g} is no score")
    return score
