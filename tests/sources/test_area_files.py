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
ETHNICITY = (
    "WD25CD,population,census_white_pct,census_asian_pct,census_black_pct,census_mixed_pct,"
    f"census_other_ethnic_pct\n{A1},18795,50,20,15,10,5\n"
)
SHARES_OF_ONE = ETHNICITY.replace("50,20,15,10,5", "0.5,0.2,0.15,0.1,0.05")
DISABLED = f"WD25CD,population,census_disability_any_pct\n{A1},900,{{}}\n{A2},,\n"


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
        (
            census_csv({A1: 10}).replace("6.0,", "20.0,"),
            "16_pct and census_under5_pct: 5-15 of age",
        ),
        (census_csv({A1: 10}).replace("70.0", "69.4"), f"of age in {A1} add up to 99.4 per cent"),
        (
            census_csv({A1: 10}).replace("70.0", "70.6"),
            "Line 2, column census_under5_pct, .*100.6",
        ),
        (census_csv({A1: 10}).replace("1.5", "12"), "65-84 of age in .* would be -1 per cent"),
        (census_csv({A1: 10}).replace("10.0", "0.0"), "column census_population: nobody lives"),
        (LONG.replace(",9000", ",0"), "Line 2, column count: nobody lives there"),
        (ETHNICITY.replace("50,", "95,"), f"of ethnicity in {A1} add up to 145 per cent, not 100"),
        (SHARES_OF_ONE, "add up to 1 per cent, not 100 .shares of 1 in place"),
        (DISABLED.format("0.17"), "Column census_disability_any_pct: no share is above 0.17 per"),
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


def test_names_the_columns_for_want_of_which_a_dimension_is_left_out() -> None:
    file = parse_census("census.csv", ETHNICITY.replace("census_mixed_pct", "mixed").encode())
    assert file.areas[A1] == {("all", "all"): 18_795}
    assert file.lacks["ethnicity"] == ("census_mixed_pct",)
    assert set(file.lacks) == {"age", "ethnicity", "disability", "country_of_birth"}
    assert parse_census("census.csv", LONG.encode()).lacks == {}


def test_shares_to_one_decimal_may_miss_100_by_a_little() -> None:
    for told in ("50.2,20,15,10,5.1", "49.9,19.9,15,10,5"):
        file = parse_census("census.csv", ETHNICITY.replace("50,20,15,10,5", told).encode())
        assert ("ethnicity", "mixed") in file.areas[A1]


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
    assert census.lacks == {}
    for counts in census.areas.values():
        for dimension in ("age", "ethnicity", "disability", "country_of_birth"):
            parts = sum(count for (named, _), count in counts.items() if named == dimension)
            assert abs(parts - counts["all", "all"]) <= 8, "shares are given to two decimals"
    assert len(read_deprivation(path).scores) == 2 * 684
