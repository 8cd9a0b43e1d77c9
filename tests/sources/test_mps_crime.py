"""The Met's crime file: refused with line and column, read in every dress it comes in."""

import gzip
from pathlib import Path

import pytest

from app.errors import EvidenceFileError
from app.sources.mps_crime import CrimeFile, parse_crime, read_crime, slug_of
from tests.boundary_files import real
from tests.crime_files import BURGLARY, SHOPS, crime_csv, small_crime
from tests.factories import A1

MONTHS = ["202401", "202402"]
ONE = {(A1, *BURGLARY): [3, 4]}


def parse(text: str | bytes, this_month: str = "2026-11") -> CrimeFile:
    data = text.encode() if isinstance(text, str) else text
    return parse_crime("crime.csv", data, this_month=this_month)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("", "no header"),
        ("MajorText\n", "no line below"),
        ("a,b\n1,2\n", "no column MajorText"),
        ("\ufeff\n<!DOCTYPE html>\n<html><p>a,b</p>", "is an HTML page, not a CSV table"),
        ("<?xml version='1.0'?><rss>\n</rss>", "The file is XML, not a CSV table"),
        (crime_csv(ONE, MONTHS).split("\r\n", 1)[1], f"no header: its first line holds {A1}"),
        (crime_csv(ONE, ["x", "y"]), "no column of a month like 202601"),
        (crime_csv(ONE, ["202401", "Feb-24"]), "Not understood: the columns Feb-24; a month is"),
        (
            crime_csv(ONE, ["202401", "2024-02"]),
            "the columns 2024-02; a month is named like 202601",
        ),
        (crime_csv(ONE, ["202401", "202402.0"]), "the columns 202402.0; a month is named"),
        (crime_csv({(A1, *SHOPS): [1] * 8}, ["202401", *"1234567"]), "1, 2, 3, 4, 5 and 2 more"),
        (crime_csv(ONE, ["202401", ""]), "a column that has cells but no name"),
        (crime_csv(ONE, ["202401", "202413"]), "Column 202413 is no month"),
        (crime_csv(ONE, ["202401", "202401"]), "names the column 202401 twice"),
        (crime_csv(ONE, MONTHS).replace("3,4", "3,"), "Line 2, column 202402: '' is not a number"),
        (crime_csv(ONE, MONTHS).replace("3,4", "3,-4"), "column 202402: '-4' is not a count"),
        (crime_csv(ONE, MONTHS).replace("3,4", "3,4.5"), "column 202402: '4.5' is not a count"),
        (crime_csv(ONE, MONTHS).replace("3,4", "3,1e4"), "'1e4' is not a number"),
        (crime_csv(ONE, MONTHS).replace("3,4", "3,٤"), "is not a number"),
        (crime_csv(ONE, MONTHS).replace("3,4", "3"), "Line 2 has 6 cells; the header has 7"),
        (crime_csv(ONE, MONTHS).replace(A1, "nowhere"), "no line with a ward code"),
        (crime_csv(ONE, MONTHS).replace("BURGLARY,", " ,"), "column MajorText: there is no usable"),
        (crime_csv(ONE, MONTHS).replace("BURGLARY,", "---,"), "no usable name of a kind"),
        (crime_csv(ONE, MONTHS) + crime_csv(ONE, MONTHS).split("\r\n")[1], "on line 2 already"),
        (b"PK\x03\x04\x00\x00", "is not text"),
        (b'"open', "is not CSV"),
    ],
)
def test_refuses_a_malformed_file_naming_the_place(wrong: str | bytes, said: str) -> None:
    with pytest.raises(EvidenceFileError, match=said.replace("(", r"\(")):
        parse(wrong)


def test_refuses_a_month_that_is_not_over() -> None:
    with pytest.raises(EvidenceFileError, match="Column 202402: that month is not over yet"):
        parse(crime_csv(ONE, MONTHS), this_month="2024-02")
    assert parse(crime_csv(ONE, MONTHS), this_month="2024-03").months == ("2024-01", "2024-02")


def test_refuses_a_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "crime.csv.gz"
    path.write_bytes(gzip.compress(crime_csv(ONE, MONTHS).encode())[:-9])
    with pytest.raises(EvidenceFileError, match="gzip"):
        read_crime(path, this_month="2026-11")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_reads_every_encoding(encoding: str, tmp_path: Path) -> None:
    text = crime_csv(ONE, MONTHS).replace("Alder 1", "St Anne\u2019s")
    path = tmp_path / "crime.csv.gz"
    path.write_bytes(gzip.compress(text.encode(encoding)))
    file = read_crime(path, this_month="2026-11")
    [line] = file.lines
    assert line.ward_name == "St Anne\u2019s"
    assert line.counts == (3, 4)
    assert (line.category, line.subcategory) == ("burglary", "res-burglary-of-a-home")


def test_reads_thousands_columns_in_any_order_and_lines_without_a_ward() -> None:
    text = crime_csv({(A1, *SHOPS): [7, 5], ("nowhere", *SHOPS): [2, 1]}, MONTHS[::-1])
    file = parse(text.replace("7,5", '"1,007",5'))
    [line] = file.lines
    assert line.counts == (5, 1_007)
    assert file.offences == 1_012
    assert file.without_ward == 3


def test_names_the_columns_that_are_not_read() -> None:
    plain = crime_csv(ONE, MONTHS)
    assert parse(plain).unread == ()
    assert parse(plain.replace("\r\n", ",\r\n")).unread == (), "an empty column is none"
    assert parse(plain.replace("LookUp_BoroughName", "Refreshed")).unread == ("Refreshed",)


def test_names_become_slugs() -> None:
    assert slug_of("BURGLARY - RESIDENTIAL") == "burglary-residential"


def test_the_hash_is_of_the_unpacked_bytes(tmp_path: Path) -> None:
    data = crime_csv(small_crime()).encode()
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    both = [read_crime(path, this_month="2026-11").sha256 for path in (plain, packed)]
    assert both[0] == both[1]


def test_reads_the_real_file() -> None:
    path = real("evidence", "mps_ward_crime_202402_202601.csv.gz")
    file = read_crime(path, this_month="2026-11")
    assert file.offences == 1_788_630
    assert len({line.ward_code for line in file.lines}) == 679
    assert (file.months[0], file.months[-1], len(file.months)) == ("2024-02", "2026-01", 24)
    assert len({line.category for line in file.lines}) == 13
    assert len({(line.category, line.subcategory) for line in file.lines}) == 33
