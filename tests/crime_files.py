"""Small synthetic files of recorded crime and census, shaped like the publishers' own."""

from collections.abc import Mapping, Sequence

from tests.factories import A1, A2, A3, B1

HEADER = ["MajorText", "MinorText", "WardName", "WardCode", "LookUp_BoroughName"]
MONTHS = [f"2024{month:02}" for month in range(1, 13)] + [
    f"2025{month:02}" for month in range(1, 13)
]
BURGLARY = ("BURGLARY", "RES BURGLARY OF A HOME")
SHOPS = ("THEFT", "SHOPLIFTING")
NAMES = {A1: "Alder 1", A2: "Alder 2", A3: "Alder 3", B1: "Birch 1"}

Kinds = Mapping[tuple[str, str, str], Sequence[int]]


def steady(count: int) -> list[int]:
    """Return as many in every month of the file."""
    return [count] * len(MONTHS)


def crime_csv(kinds: Kinds, months: Sequence[str] = MONTHS) -> str:
    """Return a crime file with a line for each (ward, major, minor)."""
    lines = [",".join([*HEADER, *months])]
    for (ward, major, minor), counts in kinds.items():
        cells = [major, minor, NAMES.get(ward, "Elsewhere"), ward, "Alder", *map(str, counts)]
        lines.append(",".join(cells))
    return "\r\n".join(lines) + "\r\n"


def small_crime() -> dict[tuple[str, str, str], Sequence[int]]:
    """Return two kinds in four wards, steady over two years."""
    return {
        (ward, *kind): steady(count)
        for ward, level in ((A1, 2), (A2, 1), (A3, 1), (B1, 3))
        for kind, count in ((BURGLARY, 4 * level), (SHOPS, 5 * level))
    }


def census_csv(residents: Mapping[str, int | None]) -> str:
    """Return a wide census file with age shares."""
    parts = ["under5", "under16", "working_age", "over65", "over85"]
    header = ["WD25CD", "WD25NM", "census_population", *(f"census_{p}_pct" for p in parts)]
    lines = [",".join(header)]
    for ward, people in residents.items():
        shares = ["6.0", "19.0", "70.0", "11.0", "1.5"] if people is not None else [""] * 5
        lines.append(
            ",".join([ward, "Somewhere", "" if people is None else f"{people}.0", *shares])
        )
    return "\n".join(lines) + "\n"
