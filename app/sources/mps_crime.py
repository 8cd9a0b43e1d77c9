"""The Met's ward level crime file: one line per ward and kind, one column per month (YYYYMM)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.domain.evidence import month_number
from app.errors import EvidenceFileError
from app.sources.tables import AREA_CODE, Row, Table, parse_table, read_table

SOURCE = "mps_ward_crime"
PUBLISHER = "Metropolitan Police Service, ward level crime (London Datastore)"
MONTH = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])", re.ASCII)
MONTH_LIKE = re.compile(r"\d{6}", re.ASCII)
MAX_SLUG = 60
UNUSED = ("LookUp_BoroughName",)
"""Wards are taken by code; their borough is the one that the wards in force say."""

NAMED = 5


@dataclass(frozen=True, slots=True)
class CrimeLine:
    """One kind of crime in one ward: a count for each month of the file."""

    ward_code: str
    ward_name: str
    category: str
    subcategory: str
    label: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CrimeFile:
    """A crime file's lines; lines whose place is no ward code are only counted.

    `unread` names the columns that the service has no use for.
    """

    name: str
    sha256: str
    size: int
    months: tuple[str, ...]
    lines: tuple[CrimeLine, ...]
    without_ward: int
    unread: tuple[str, ...]

    @property
    def offences(self) -> int:
        """All that the file counts in wards."""
        return sum(sum(line.counts) for line in self.lines)


def slug_of(text: str) -> str:
    """Return a name in lower case with hyphens, as categories are addressed."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def read_crime(path: Path, *, this_month: str) -> CrimeFile:
    """Return the lines of a file, plain or gzip, or raise `EvidenceFileError`."""
    return _crime_in(read_table(path), this_month)


def parse_crime(name: str, data: bytes, *, this_month: str) -> CrimeFile:
    """Return the lines in the unpacked bytes of a file, or raise `EvidenceFileError`."""
    return _crime_in(parse_table(name, data), this_month)


def _crime_in(table: Table, this_month: str) -> CrimeFile:
    columns = _Columns(
        table.find("MajorText"),
        table.find("MinorText"),
        table.find("WardName"),
        table.find("WardCode"),
        _months(table, this_month),
    )
    unread = _unread(table, columns)
    placed = [row for row in table.rows if AREA_CODE.fullmatch(row.cells[columns.code].strip())]
    lines = tuple(_lines(placed, columns))
    if not lines:
        raise EvidenceFileError("The file has no line with a ward code like E05013714.")
    months = tuple(f"{month[:4]}-{month[4:]}" for month in columns.months)
    without = sum(
        sum(row.count(month) for month in columns.months)
        for row in table.rows
        if not AREA_CODE.fullmatch(row.cells[columns.code].strip())
    )
    return CrimeFile(table.name, table.sha256, table.size, months, lines, without, unread)


@dataclass(frozen=True, slots=True)
class _Columns:
    major: str
    minor: str
    name: str
    code: str
    months: tuple[str, ...]


def _unread(table: Table, columns: _Columns) -> tuple[str, ...]:
    """Return the columns of no use; refuses one that may be a month, as Excel writes it too."""
    read = {columns.major, columns.minor, columns.name, columns.code, *columns.months, *UNUSED}
    unread = tuple(column for column in table.header if column and column not in read)
    doubtful = [column for column in unread if any(sign.isdigit() for sign in column)]
    if doubtful:
        named = ", ".join(column[:30] for column in doubtful[:NAMED])
        more = f" and {len(doubtful) - NAMED} more" if len(doubtful) > NAMED else ""
        raise EvidenceFileError(
            f"Not understood: the columns {named}{more}; a month is named like 202601."
        )
    if any(row.cells.get("", "").strip() for row in table.rows):
        raise EvidenceFileError("Not understood: a column that has cells but no name.")
    return unread


def _months(table: Table, this_month: str) -> tuple[str, ...]:
    wrong = [c for c in table.header if MONTH_LIKE.fullmatch(c) and not MONTH.fullmatch(c)]
    if wrong:
        raise EvidenceFileError(f"Column {wrong[0]} is no month.")
    months = tuple(sorted(column for column in table.header if MONTH.fullmatch(column)))
    if not months:
        raise EvidenceFileError("There is no column of a month like 202601.")
    last = f"{months[-1][:4]}-{months[-1][4:]}"
    if month_number(last) >= month_number(this_month):
        raise EvidenceFileError(f"Column {months[-1]}: that month is not over yet.")
    return months


def _lines(rows: list[Row], columns: _Columns) -> Iterator[CrimeLine]:
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        major, minor = row.text(columns.major), row.text(columns.minor)
        key = row.text(columns.code), slug_of(major), slug_of(minor)
        for column, slug in ((columns.major, key[1]), (columns.minor, key[2])):
            if not 0 < len(slug) <= MAX_SLUG:
                raise row.refusal(column, "there is no usable name of a kind of crime")
        if key in seen:
            raise row.refusal(
                columns.minor, f"{minor} of {key[0]} stands on line {seen[key]} already"
            )
        seen[key] = row.line
        counts = tuple(row.count(month) for month in columns.months)
        yield CrimeLine(key[0], row.text(columns.name), key[1], key[2], minor, counts)
