"""Census counts per area: a wide file of percentages per ward, or a long one of counts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import EvidenceFileError
from app.sources.tables import AREA_CODE, Row, Table, parse_table, read_table

SOURCE = "census"
HUNDRED = 100
WARD_COLUMN = (r"WD\d{2}CD", "ward_code", "WardCode")
POPULATION_COLUMN = ("census_population", "population")
LONG_COLUMNS = ("area", "dimension", "category", "count")
SLUG = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*", re.ASCII)
MAX_DIMENSION = 30
MAX_CATEGORY = 60

MOST_OFF = 0.5
"""Percentage points that a dimension's groups may miss 100 by: shares given to one decimal."""

REMAINDERS: Mapping[str, tuple[str, ...]] = {
    "5-15": ("under16", "under5"),
    "65-84": ("over65", "over85"),
}
"""Groups that are what one share leaves of another."""

Shares = Callable[[Callable[[str], float]], dict[str, float]]


def _age(share: Callable[[str], float]) -> dict[str, float]:
    return {
        "0-4": share("under5"),
        "5-15": share("under16") - share("under5"),
        "16-64": share("working_age"),
        "65-84": share("over65") - share("over85"),
        "85-and-over": share("over85"),
    }


def _ethnicity(share: Callable[[str], float]) -> dict[str, float]:
    return {
        "asian": share("asian"),
        "black": share("black"),
        "mixed": share("mixed"),
        "white": share("white"),
        "other": share("other_ethnic"),
    }


def _disability(share: Callable[[str], float]) -> dict[str, float]:
    return {
        "disabled": share("disability_any"),
        "not-disabled": HUNDRED - share("disability_any"),
    }


def _birth(share: Callable[[str], float]) -> dict[str, float]:
    return {
        "outside-uk": share("born_outside_uk"),
        "uk": HUNDRED - share("born_outside_uk"),
    }


WIDE: Mapping[str, tuple[tuple[str, ...], Shares]] = {
    "age": (("under5", "under16", "working_age", "over65", "over85"), _age),
    "ethnicity": (("asian", "black", "mixed", "white", "other_ethnic"), _ethnicity),
    "disability": (("disability_any",), _disability),
    "country_of_birth": (("born_outside_uk",), _birth),
}
"""By dimension, the columns `census_…_pct` that it is made from, and how.

Only shares of all usual residents: shares of households (tenure, cars, language), of people of
working age (work, travel) or of adults (qualifications) have denominators the file does not give.
"""

Counts = Mapping[tuple[str, str], int]
"""Residents by dimension and category."""


@dataclass(frozen=True, slots=True)
class CensusFile:
    """A file's counts by area, the areas left empty, and if counts were worked out from shares.

    `lacks` names the columns that are missing of each dimension that was left out for it.
    """

    name: str
    sha256: str
    size: int
    areas: Mapping[str, Counts]
    empty: tuple[str, ...]
    rounded: bool
    lacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_census(path: Path) -> CensusFile:
    """Return the counts of a file, plain or gzip, or raise `EvidenceFileError`."""
    return _census_in(read_table(path))


def parse_census(name: str, data: bytes) -> CensusFile:
    """Return the counts in the unpacked bytes of a file, or raise `EvidenceFileError`."""
    return _census_in(parse_table(name, data))


def _census_in(table: Table) -> CensusFile:
    is_long = {column.casefold() for column in table.header} >= set(LONG_COLUMNS)
    columns = {} if is_long else {name: _columns(table, name) for name in WIDE}
    whole = {name: found for name, found in columns.items() if len(found) == len(WIDE[name][0])}
    areas, empty = (_long(table), ()) if is_long else _wide(table, whole)
    if not areas:
        raise EvidenceFileError("The file gives no area a population.")
    lacks = {
        name: tuple(f"census_{part}_pct" for part in WIDE[name][0] if part not in found)
        for name, found in columns.items()
        if name not in whole
    }
    return CensusFile(
        table.name, table.sha256, table.size, areas, empty, rounded=not is_long, lacks=lacks
    )


def _wide(
    table: Table, dimensions: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Counts], tuple[str, ...]]:
    ward, population = table.find(*WARD_COLUMN), table.find(*POPULATION_COLUMN)
    areas: dict[str, Counts] = {}
    empty: list[str] = []
    for row in table.rows:
        code = area_code(row, ward)
        if code in areas or code in empty:
            raise row.refusal(ward, f"{code} stands in the file twice")
        if row.cells[population].strip():
            people = _residents(row, population)
            areas[code] = {
                ("all", "all"): people,
                **_ward_counts(row, code, people, dimensions),
            }
        else:
            empty.append(code)
    _refuse_shares_of_one(table, dimensions)
    return areas, tuple(empty)


def _residents(row: Row, column: str) -> int:
    people = row.count(column)
    if not people:
        raise row.refusal(column, "nobody lives there; leave the cell empty if it is not known")
    return people


def _refuse_shares_of_one(table: Table, dimensions: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse a column that is all of a dimension, so that no sum tells, where none reaches 1 %."""
    for columns in dimensions.values():
        if len(columns) > 1:
            continue
        [column] = columns.values()
        given = [row.number(column) for row in table.rows if row.cells[column].strip()]
        if given and max(given) <= 1:
            raise EvidenceFileError(
                f"Column {column}: no share is above {max(given):g} per cent; "
                "they look like shares of 1."
            )


def area_code(row: Row, column: str) -> str:
    """Return the code of a ward or borough in a cell, or refuse it."""
    code = row.cells[column].strip()
    if not AREA_CODE.fullmatch(code):
        raise row.refusal(column, f"{code[:30]!r} is no code like E05013714 or E09000023")
    return code


def _columns(table: Table, dimension: str) -> dict[str, str]:
    """Return those of a dimension's columns that the table has, by what they are made for."""
    found = {part: table.seek(f"census_{part}_pct") for part in WIDE[dimension][0]}
    return {part: column for part, column in found.items() if column is not None}


def _ward_counts(
    row: Row, code: str, people: int, dimensions: Mapping[str, Mapping[str, str]]
) -> Counts:
    counts: dict[tuple[str, str], int] = {}
    for dimension, columns in dimensions.items():

        def share(part: str, columns: Mapping[str, str] = columns) -> float:
            percent = row.number(columns[part])
            if not 0 <= percent <= HUNDRED:
                raise row.refusal(columns[part], f"{percent:g} is no percentage")
            return percent

        shares = WIDE[dimension][1](share)
        _refuse_impossible(row, f"{dimension} in {code}", shares, columns)
        for category, percent in shares.items():
            counts[dimension, category] = round(percent * people / HUNDRED)
    return counts


def _refuse_impossible(
    row: Row, what: str, shares: Mapping[str, float], columns: Mapping[str, str]
) -> None:
    """Refuse groups of which one is less than nobody, or that are not everybody together."""
    for category, percent in shares.items():
        if percent < 0:
            given = " and ".join(columns[part] for part in REMAINDERS[category])
            raise row.refusal(given, f"{category} of {what} would be {percent:.4g} per cent")
    together = sum(shares.values())
    if abs(together - HUNDRED) > MOST_OFF:
        hint = " (shares of 1 in place of per cent?)" if together <= 1 + MOST_OFF else ""
        raise row.refusal(
            ", ".join(columns.values()),
            f"the groups of {what} add up to {together:.4g} per cent, not 100{hint}",
        )


def _long(table: Table) -> dict[str, Counts]:
    area, dimension, category, count = (table.find(name) for name in LONG_COLUMNS)
    areas: dict[str, dict[tuple[str, str], int]] = {}
    for row in table.rows:
        code = area_code(row, area)
        key = _slug(row, dimension, MAX_DIMENSION), _slug(row, category, MAX_CATEGORY)
        counts = areas.setdefault(code, {})
        if key in counts:
            raise row.refusal(category, f"{code} has two counts of {key[0]} {key[1]}")
        everybody = key == ("all", "all")
        counts[key] = _residents(row, count) if everybody else row.count(count)
    return dict(areas)


def _slug(row: Row, column: str, most: int) -> str:
    text = row.cells[column].strip()
    if len(text) > most or not SLUG.fullmatch(text):
        raise row.refusal(column, f"{text[:30]!r} is no name in lower case with hyphens")
    return text
