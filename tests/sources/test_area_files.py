"""Census and deprivation files: what is refused, and what shares are turned into."""

import pytest

from app.errors import EvidenceFileError
from app.sources.census import parse_census, read_census
from app.sources.deprivation import parse_deprivation, read_deprivation
from tests.boundary_files import real
from tests.crime_files import census_csv
from tests.factories import A1, A2, ALDER

LONG = (
    f"area,dimension,category,count\n{A1},all,all,9000\n{A1},age,0-4,500\n{ALDER},all,all,20000\n"
)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("WD25CD,x\nE05000001,1\n", "no column census_population or population"),
        ("x,census_population\n1,1\n", "no column WD25CD or ward_code or WardCode"),
        (census_csv({"E1": 10}), "Line 2, column WD25CD: 'E1' is no code"),
        (census_csv({A1: 10}).replace("70.0", "170"), "census_working_age_pct: 170 is no percent"),
        (census_csv({A1: 10}).replace("70.0", "many"), "'many' is not a number"),
        (census_csv({A1: 10}).replace("10.0", "10.5"), "'10.5' is not a count"),
        (census_csv({A1: None}), "no area a population"),
        (census_csv({A1: 10}) + census_csv({A1: 10}).split("\n")[1], "twice"),
        (LONG + f"{A1},age,0-4,7\n", "Line 5, column category: E05090001 has two counts"),
        (LONG.replace("0-4", "Under 5"), "no name in lower case"),
    ],
)
def test_refuses_a_malformed_census(wrong: str, said: str) -> None:
    with pytest.raises(EvidenceFileError, match=said):
        parse_census("census.csv", wrong.encode())


def test_shares_become_whole_people() -> None:
    file = parse_census("census.csv", census_csv({A1: 1_001, A2: None}).encode())
    assert file.rounded
    assert file.empty == (A2,)
    assert file.areas[A1] == {
        ("all", "all"): 1_001,
        ("age", "0-4"): 60,
        ("age", "5-15"): 130,
        ("age", "16-64"): 701,
        ("age", "65-84"): 95,
        ("age", "85-and-over"): 15,
    }


def test_counts_are_taken_as_they_are() -> None:
    file = parse_census("census.csv", LONG.encode())
    assert not file.rounded
    assert file.areas[A1] == {("all", "all"): 9_000, ("age", "0-4"): 500}
    assert file.areas[ALDER] == {("all", "all"): 20_000}


def test_deprivation_is_read_or_refused() -> None:
    good = f"ward_code,imd_score,crime_score\n{A1},21.5,-0.4\n{A2},,\n"
    file = parse_deprivation("imd.csv", good.encode())
    assert file.scores == {(A1, "imd_score"): 21.5, (A1, "crime_score"): -0.4}
    assert file.empty == (A2,)
    for wrong, said in (
        (good.replace("21.5", "high"), "Line 2, column imd_score: 'high' is not a number"),
        (good.replace("21.5", "2150"), "is no score"),
        (good.replace("imd_score", "score"), "no column imd_score"),
        (good.replace(A2, A1), "twice"),
        (good.replace("21.5,-0.4", ","), "no ward a score"),
    ):
        with pytest.raises(EvidenceFileError, match=said):
            parse_deprivation("imd.csv", wrong.encode())


def test_reads_the_real_file() -> None:
    path = real("evidence", "census2021_imd2025_ward2025_best_fit.csv.gz")
    census = read_census(path)
    assert len(census.areas) == 684
    assert len(census.empty) == 20
    assert sum(counts["all", "all"] for counts in census.areas.values()) == 8_799_776
    for counts in census.areas.values():
        for dimension in ("age", "ethnicity", "disability", "country_of_birth"):
            parts = sum(count for (named, _), count in counts.items() if named == dimension)
            assert abs(parts - counts["all", "all"]) <= 8, "shares are given to two decimals"
    assert len(read_deprivation(path).scores) == 2 * 684
