"""Sums over months and wards: a gap stays a gap, a kind without offences counts 0."""

from datetime import date

from app.domain.crime import (
    ALL,
    WHOLE,
    Counts,
    Kind,
    Span,
    add_wards,
    all_months,
    kinds_in,
    latest_year,
    name_missing,
    series_of,
    total_of,
    within,
)
from app.domain.crime_findings import Residents, Scene, describe_residents, find_all
from app.domain.crime_rates import Denominator
from app.domain.evidence import month_number

THEFT: Kind = ("theft", WHOLE)
BIKES: Kind = ("theft", "bicycle-theft")
JANUARY = month_number("2024-01")
DAY = date(2021, 3, 21)


def steady(
    count: int, *, months: int = 24, missing: tuple[int, ...] = ()
) -> dict[int, dict[Kind, int]]:
    """Return as many thefts each month, without the missing ones."""
    places = (place for place in range(months) if place not in missing)
    return {JANUARY + place: {BIKES: count, ("robbery", "robbery"): 1} for place in places}


def test_a_gap_is_no_0_and_a_kind_without_offences_is() -> None:
    counts: Counts = {JANUARY: {BIKES: 3}, JANUARY + 2: {("robbery", "robbery"): 5}}
    months = all_months(counts)
    assert series_of(counts, THEFT, months) == [3, None, 0]
    assert series_of(counts, (ALL, WHOLE), months) == [3, None, 5]
    assert total_of(counts, THEFT, Span(JANUARY, JANUARY + 2)) is None
    assert total_of(counts, THEFT, Span(JANUARY, JANUARY)) == 3


def test_a_borough_knows_only_months_known_for_all_its_wards() -> None:
    wards = {"A": {JANUARY: {BIKES: 3}, JANUARY + 1: {BIKES: 4}}, "B": {JANUARY: {BIKES: 2}}}
    assert add_wards(wards, ["A", "B"]) == {JANUARY: {BIKES: 5}}
    assert add_wards(wards, ["B"]) == {JANUARY: {BIKES: 2}}
    assert add_wards(wards, ["A", "B", "C"]) == {}, "a sum without C is not the borough's"
    assert add_wards({}, []) == {}


def test_says_how_many_wards_are_counted() -> None:
    assert name_missing(["B"], 19) == "18 of 19 wards are counted; missing: B."
    assert name_missing(list("GFEDCBA"), 8).endswith("missing: A, B, C, D, E and 2 more.")


def test_shows_categories_or_one_with_its_parts() -> None:
    counts = steady(1)
    assert kinds_in(counts, None) == [(ALL, WHOLE), ("robbery", WHOLE), THEFT]
    assert kinds_in(counts, "theft") == [THEFT, BIKES]
    assert kinds_in(counts, ALL) == [(ALL, WHOLE)]


def test_the_latest_year_ends_with_the_latest_known_month() -> None:
    assert latest_year(steady(1)) == Span(JANUARY + 12, JANUARY + 23)
    assert latest_year([]) is None
    assert within([JANUARY, JANUARY + 1], "2024-02", None) == [JANUARY + 1]
    assert within([JANUARY, JANUARY + 1], None, "2024-01") == [JANUARY]


def test_compares_a_ward_with_the_rest_of_its_borough() -> None:
    scene = Scene(steady(4), all_months(steady(4)), Residents(8_000, DAY), steady(12), 48_000)
    [theft] = find_all(scene, [(THEFT, "Theft")])
    assert theft.latest == 48
    assert theft.rate is not None
    assert theft.rate.value == 6
    assert theft.change.estimate is not None
    assert theft.change.estimate.value == 0
    assert theft.change.clear is False
    assert theft.borough is not None
    assert theft.borough.base == 144
    assert theft.borough.estimate is not None
    assert theft.borough.estimate.value == 2
    assert theft.borough.clear is True


def test_says_why_there_is_no_figure() -> None:
    counts = steady(1, missing=(3,))
    sparse = Scene(counts, all_months(counts), None, steady(1), None)
    [robbery] = find_all(sparse, [(("robbery", WHOLE), "Robbery")])
    assert robbery.months[3].count is None
    assert robbery.rate_note == "No rate: the number of residents is not loaded."
    assert robbery.change.note == "No comparison: not all of the latest 24 months are known."
    assert robbery.months_note is not None
    few = {month: {BIKES: int(month % 2 == 0)} for month in range(JANUARY, JANUARY + 24)}
    scene = Scene(few, [], Residents(9_000, DAY), few, 9_000)
    [bikes] = find_all(scene, [(BIKES, "Bicycle theft")])
    assert bikes.rate is None
    assert bikes.rate_note == "Too few for a rate: 6 in 12 months; at least 10 are needed."
    assert bikes.change.estimate is None
    assert bikes.change.note == (
        "Too few to compare: 6 in the year before; at least 10 are needed."
    )
    assert bikes.borough is not None
    assert "Too few to compare: 6 would be expected" in (bikes.borough.note or "")


def test_warns_where_residents_are_the_wrong_measure() -> None:
    people = Residents(10_633, DAY)
    said, warning = describe_residents(people, Denominator(2.99, 0.72))
    assert "10,633 usual residents on census day, 2021-03-21" in said
    assert warning is not None
    assert warning.startswith("Residents are the wrong measure here: 2.99 offences")
    assert describe_residents(people, Denominator(0.7, 0.72))[1] is None
    assert describe_residents(None, None)[1] is None
