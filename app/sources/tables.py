"""CSV files from outside: unpacked, decoded and split within limits, or refused in plain words."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import BoundaryFileError, EvidenceFileError
from app.sources.geojson import read_bytes, refuse_page

MAX_BYTES = 60_000_000
MAX_COLUMNS = 400
MAX_ROWS = 200_000
MAX_CELL = 200
MAX_COUNT = 1_000_000_000
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
AREA_CODE = re.compile(r"E(05|09)\d{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file and its cells by column."""

    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return a cell's text without space around it; refuses an empty or overlong one."""
        found = " ".join(self.cells[column].split())
        if not found or len(found) > MAX_CELL or not found.isprintable():
            raise self.refusal(column, "there is no usable text")
        return found

    def number(self, column: str) -> float:
        """Return a cell's number, with or without commas between thousands."""
        text = self.cells[column].strip()
        if not NUMBER.fullmatch(text) or len(text) > MAX_CELL:
            raise self.refusal(column, f"{text[:30]!r} is not a number")
        return float(text.replace(",", ""))

    def count(self, column: str) -> int:
        """Return a cell's whole number of at least 0."""
        number = self.number(column)
        if not 0 <= number <= MAX_COUNT or number != int(number):
            raise self.refusal(column, f"{self.cells[column].strip()[:30]!r} is not a count")
        return int(number)

    def refusal(self, column: str, wrong: str) -> EvidenceFileError:
        """Return the refusal that names this line and a column."""
        return EvidenceFileError(f"Line {self.line}, column {column}: {wrong}.")


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header and lines, with its name and the hash of its unpacked bytes."""

    name: str
    sha256: str
    size: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def find(self, *names: str) -> str:
        """Return the column that matches one of these patterns, or refuse the file."""
        found = self.seek(*names)
        if found is None:
            named = " or ".join(name.replace(r"\d{2}", "25") for name in names)
            raise EvidenceFileError(f"There is no column {named}.")
        return found

    def seek(self, *names: str) -> str | None:
        """Return the column that matches one of these patterns whole, in any case, if any does."""
        wanted = re.compile("|".join(names), re.IGNORECASE)
        return next((column for column in self.header if wanted.fullmatch(column)), None)


def read_table(path: Path) -> Table:
    """Return the table in a CSV file, plain or gzip, or raise `EvidenceFileError`."""
    try:
        data = read_bytes(path, MAX_BYTES)
    except BoundaryFileError as cause:
        raise EvidenceFileError(cause.detail) from cause
    return parse_table(path.name, data)


def parse_table(name: str, data: bytes) -> Table:
    """Return the table in the unpacked bytes of a CSV file, or raise `EvidenceFileError`."""
    try:
        refuse_page(data, "a CSV table")
    except BoundaryFileError as cause:
        raise EvidenceFileError(cause.detail) from cause
    reader = csv.reader(io.StringIO(_decode(data), newline=""), strict=True)
    try:
        header = _header(next(reader, []))
        rows = tuple(_rows(((reader.line_num, cells) for cells in reader), header))
    except csv.Error as cause:
        raise EvidenceFileError(f"Line {reader.line_num} is not CSV: {cause}.") from cause
    if not rows:
        raise EvidenceFileError("The file has no line below its header.")
    return Table(name[:200], hashlib.sha256(data).hexdigest(), len(data), header, rows)


def _decode(data: bytes) -> str:
    """Return the text: UTF-16 or UTF-8 by its mark, UTF-8, else Windows' western letters."""
    if data.startswith(UTF16_MARKS):
        encodings: Sequence[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise EvidenceFileError("The file is not text in UTF-8, UTF-16 or Windows-1252.")


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    header = tuple(" ".join(cell.split()) for cell in cells)
    if not any(header):
        raise EvidenceFileError("The file has no header.")
    codes = [cell for cell in header if AREA_CODE.fullmatch(cell)]
    if codes:
        raise EvidenceFileError(
            f"The file has no header: its first line holds {codes[0]}, which names no column."
        )
    if len(header) > MAX_COLUMNS:
        raise EvidenceFileError(f"The file has more than {MAX_COLUMNS} columns.")
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise EvidenceFileError(f"The header names the column {twice[0][:MAX_CELL]} twice.")
    return header


def _rows(lines: Iterator[tuple[int, list[str]]], header: tuple[str, ...]) -> Iterator[Row]:
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise EvidenceFileError(
                f"Line {line} has {len(cells)} cells; the header has {len(header)}."
            )
        if line > MAX_ROWS:
            raise EvidenceFileError(f"The file has more than {MAX_ROWS:,} lines.")
        yield Row(line, dict(zip(header, cells, strict=True)))
