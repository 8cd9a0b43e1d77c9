"""Survey measures from a long CSV: date, area, measure, group, proportion, n; a line a figure."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from app.domain.measures import EVERYBODY
from app.sources.tables import AREA_CODE, Row, Table, parse_table, read_table

SOURCE = "survey"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
MAX_GROUP = 40
FIRST_YEAR = 2000
DATE, AREA, MEASURE, GROUP = ("date",), ("area",), ("measure",), ("group",)
PROPORTION, BASE = ("proportion",), ("n", "base")


class MeasureKey(NamedTuple):
    """Where a figure stands: measure, area, first day of the period, group."""

    measure: str
    area: str
    period_on: date
    group: str


@dataclass(frozen=True, slots=True)
class MeasureFigure:
    """A proportion, 0 to 1, of so many who answered; and its line in the file."""

    proportion: float
    base: int
    line: int


@dataclass(frozen=True, slots=True)
class MeasureFile:
    """A file's figures by key, with the hash of its bytes."""

    name: str
    sha256: str
    size: int
    figures: dict[MeasureKey, MeasureFigure]


def read_measures(path: Path, *, today: date) -> MeasureFile:
    """Return the figures of a file, plain or gzip, or raise `EvidenceFileError`."""
    return _measures_in(read_table(path), today)


def parse_measures(name: str, data: bytes, *, today: date) -> MeasureFile:
    """Return the figures in the unpacked bytes of a file, or raise `EvidenceFileError`."""
    return _measures_in(parse_table(name, data), today)


def _measures_in(table: Table, today: date) -> MeasureFile:
    date_, area, measure, group = (table.find(*names) for names in (DATE, AREA, MEASURE, GROUP))
    proportion, base = table.find(*PROPORTION), table.find(*BASE)
    figures: dict[MeasureKey, MeasureFigure] = {}
    for row in table.rows:
        key = MeasureKey(
            _slug(row, measure, MAX_GROUP + 20),
            _area(row, area),
            _day(row, date_, today),
            _group(row, group),
        )
        if key in figures:
            raise row.refusal(group, f"line {figures[key].line} has a figure of the same kind")
        people = row.count(base)
        if not people:
            raise row.refusal(base, "a proportion of nobody is none")
        figures[key] = MeasureFigure(_proportion(row, proportion), people, row.line)
    return MeasureFile(table.name, table.sha256, table.size, figures)


def _slug(row: Row, column: str, most: int) -> str:
    text = row.cells[column].strip()
    if len(text) > most or not SLUG.fullmatch(text):
        raise row.refusal(column, f"{text[:30]!r} is no name in lower case with hyphens")
    return text


def _group(row: Row, column: str) -> str:
    """Return the group; an empty cell stands for everybody."""
    return _slug(row, column, MAX_GROUP) if row.cells[column].strip() else EVERYBODY


def _area(row: Row, column: str) -> str:
    code = row.cells[column].strip()
    if not AREA_CODE.fullmatch(code):
        raise row.refusal(column, f"{code[:30]!r} is no code like E05013714 or E09000023")
    return code


def _day(row: Row, column: str, today: date) -> date:
    text = row.cells[column].strip()
    try:
        day = date.fromisoformat(text if len(text) != len("2025-01") else f"{text}-01")
    except ValueError:
        raise row.refusal(column, f"{text[:30]!r} is no day like 2025-01-31") from None
    if day.year < FIRST_YEAR or day > today:
        raise row.refusal(column, f"{text[:30]!r} is before {FIRST_YEAR} or yet to come")
    return day


def _proportion(row: Row, column: str) -> float:
    share = row.number(column)
    if not 0 <= share <= 1:
        raise row.refusal(column, f"{share:g} is not between 0 and 1")
    return share
