"""Recorded crime over HTTP: figures with intervals, gaps as gaps, warnings, and refusals."""

import csv
import io
from datetime import date
from typing import Any

import pytest

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.crime_rates import find_fence, rate_of, ratio_of
from app.models.population import PopulationCount
from app.operations.audit import current_revision
from app.operations.crime_store import Copied, keep_copy, write_counts
from tests.crime_files import BURGLARY, MONTHS, SHOPS, small_crime, steady
from tests.crime_loading import NOW, load_census, load_crime
from tests.factories import A1, A2, A3, ALDER, B1
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

RESIDENTS: dict[str, int | None] = {A1: 6_000, A2: 8_000, A3: 4_000}


def kind(answer: dict[str, Any], category: str, subcategory: str | None = None) -> dict[str, Any]:
    """Return the one kind of that name."""
    [found] = [
        found
        for found in answer["kinds"]
        if (found["category"], found["subcategory"]) == (category, subcategory)
    ]
    return dict(found)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?from=2025-13", 422, "validation_failed"),
        ("?from=2025-02&to=2025-01", 422, "invalid_request"),
        ("?category=alchemy", 422, "invalid_request"),
        ("?source=rumour", 422, "validation_failed"),
        ("?month=2025-01", 400, "unknown_parameter"),
        ("?f=xml", 406, "not_acceptable"),
    ],
)
async def test_refuses_what_it_does_not_know(api: Api, query: str, status: int, code: str) -> None:
    for path in (f"/v1/wards/{A1}/crime", f"/v1/boroughs/{ALDER}/crime"):
        assert_problem(await api.get(path + query), status, code)


async def test_refuses_a_ward_nobody_knows(api: Api) -> None:
    assert_problem(await api.get("/v1/wards/E05000999/crime"), 404, "not_found")


async def test_says_that_nothing_is_loaded(api: Api) -> None:
    answer = (await api.get(f"/v1/wards/{A1}/crime")).json()
    assert answer["kinds"] == answer["months"] == answer["provenance"] == []
    assert answer["latest_year"] is None
    assert answer["note"] == "No recorded crime is loaded for this area."


async def test_gives_rates_changes_and_the_borough_with_intervals(
    api: Api, database: Database
) -> None:
    kinds = {**small_crime(), (A1, *BURGLARY): [*[5] * 12, *[10] * 12]}
    await load_crime(database, kinds)
    await load_census(database, RESIDENTS)
    answer = (await api.get(f"/v1/wards/{A1}/crime")).json()
    assert answer["latest_year"] == {"from": "2025-01", "to": "2025-12"}
    assert answer["residents"]["count"] == 6_000
    assert answer["residents"]["fence"] is None, "six wards make no fence"
    assert {copy["source"] for copy in answer["provenance"]} == {"mps_ward_crime", "census"}
    assert not any(copy["fictional"] for copy in answer["provenance"])
    burglary = kind(answer, "burglary")
    assert burglary["latest"] == 120
    rate = rate_of(120, 6_000)
    assert rate is not None
    assert burglary["rate"]["value"] == 20
    assert burglary["rate"]["low"] == round(rate.low, 3)
    assert burglary["change"]["base"] == 60
    ratio = ratio_of(120, 60)
    assert ratio is not None
    assert burglary["change"]["percent"]["value"] == 100
    assert burglary["change"]["percent"]["low"] == round((ratio.low - 1) * 100, 3)
    assert burglary["change"]["clear"] is True
    beside = burglary["borough"]
    assert beside["base"] == 2 * 4 * 12, "the ward itself is not in its borough's rate"
    assert beside["ratio"]["value"] == 2.5
    assert len(kind(answer, "all")["months"]) == 24


async def test_shows_one_category_with_its_parts_in_the_months_asked_for(
    api: Api, database: Database
) -> None:
    await load_crime(database, small_crime())
    url = f"/v1/wards/{A1}/crime?category=burglary&from=2025-11&to=2026-03"
    answer = (await api.get(url)).json()
    assert answer["months"] == ["2025-11", "2025-12"]
    assert [(k["category"], k["subcategory"]) for k in answer["kinds"]] == [
        ("burglary", None),
        ("burglary", "res-burglary-of-a-home"),
    ]
    assert kind(answer, "burglary")["latest"] == 96, "rates are of 12 months whatever is shown"


async def test_a_missing_month_is_a_gap_never_0(api: Api, database: Database) -> None:
    places = [place for place in range(24) if place != 20]
    kinds = {key: [8] * 23 for key in small_crime()}
    await load_crime(database, kinds, [MONTHS[place] for place in places])
    answer = (await api.get(f"/v1/wards/{A1}/crime")).json()
    assert answer["missing_months"] == ["2025-09"]
    burglary = kind(answer, "burglary")
    assert burglary["months"][20] == {"month": "2025-09", "count": None, "unusual": None}
    assert burglary["latest"] is None
    assert burglary["change"]["percent"] is None
    assert "not all of the latest 24 months" in burglary["change"]["note"]
    table = (await api.get(f"/v1/wards/{A1}/crime?f=csv&category=burglary")).text
    [gap] = [r for r in csv.DictReader(io.StringIO(table)) if r["month"] == "2025-09"][:1]
    assert gap["count"] == ""


async def test_small_counts_are_not_compared(api: Api, database: Database) -> None:
    rare = [int(place % 3 == 0) for place in range(24)]
    await load_crime(database, {(A1, *SHOPS): steady(9), (A1, *BURGLARY): rare})
    await load_census(database, RESIDENTS)
    burglary = kind((await api.get(f"/v1/wards/{A1}/crime")).json(), "burglary")
    assert burglary["rate"] is None
    assert burglary["change"]["percent"] is None
    assert burglary["change"]["note"].startswith("Too few to compare: 4 ")
    assert burglary["months_note"].startswith("Months are not judged")


async def test_marks_the_month_that_stands_out(api: Api, database: Database) -> None:
    counts = steady(20)
    counts[7] = 70
    await load_crime(database, {(A1, *SHOPS): counts})
    months = kind((await api.get(f"/v1/wards/{A1}/crime")).json(), "theft")["months"]
    assert [(m["month"], m["unusual"]) for m in months if m["unusual"]] == [("2024-08", "high")]


async def test_warns_where_residents_are_the_wrong_measure(api: Api, database: Database) -> None:
    await load_crime(database, {(A1, *SHOPS): steady(500), (A2, *SHOPS): steady(9)})
    async with unit_of_work(database) as session:
        copy = await keep_copy(session, Copied("census", "x", "0" * 64, 0, "OGL"), NOW)
        elsewhere = {f"E05080{number:03}": 10_000 for number in range(30)}
        for code, people in {**elsewhere, A1: 5_000, A2: 5_000}.items():
            session.add(
                PopulationCount(
                    area_code=code,
                    census_on=date(2021, 3, 21),
                    dimension="all",
                    category="all",
                    count=people,
                    copy_id=copy,
                )
            )
        spread = {
            (code, f"2025-{month:02}", "theft", "shoplifting"): 40 + number
            for number, code in enumerate(elsewhere)
            for month in range(1, 13)
        }
        await write_counts(session, "mps", spread, copy)
    busy = (await api.get(f"/v1/wards/{A1}/crime")).json()["residents"]
    counts = {code: 12 * (40 + number) for number, code in enumerate(elsewhere)}
    counts |= {A1: 6_000, A2: 108}
    fence = find_fence(counts, {**elsewhere, A1: 5_000, A2: 5_000})
    assert fence is not None
    assert busy["fence"] == round(fence, 3)
    assert busy["offences_per_resident"] == 1.2
    assert busy["warning"].startswith("Residents are the wrong measure here")
    assert busy["fence_note"] is None
    quiet = (await api.get(f"/v1/wards/{A2}/crime")).json()["residents"]
    assert quiet["warning"] is None
    assert quiet["said"].startswith("Rates are per 1,000 of the 5,000 usual residents")


async def test_the_fence_takes_twelve_whole_months(api: Api, database: Database) -> None:
    few = {(A1, *SHOPS): [500] * 3}
    await load_crime(database, few, MONTHS[-3:])
    await load_census(database, RESIDENTS)
    url = f"/v1/wards/{A1}/crime"
    short = (await api.get(url)).json()["residents"]
    assert (short["offences_per_resident"], short["fence"], short["warning"]) == (None,) * 3
    assert short["fence_note"] == "Not all of the latest 12 months are known."
    async with unit_of_work(database) as session:
        copy = await keep_copy(session, Copied("census", "x", "0" * 64, 0, "OGL"), NOW)
        for number in range(30):
            code = f"E05080{number:03}"
            session.add(
                PopulationCount(
                    area_code=code,
                    census_on=date(2021, 3, 21),
                    dimension="all",
                    category="all",
                    count=10_000,
                    copy_id=copy,
                )
            )
        quarter = {
            (f"E05080{number:03}", f"2025-{month:02}", "theft", "shoplifting"): 40 + number
            for number in range(30)
            for month in (10, 11, 12)
        }
        await write_counts(session, "mps", quarter, copy)
    await load_crime(database, {(A1, *SHOPS): [500] * 12}, MONTHS[-12:])
    alone = (await api.get(f"{url}?source=mps")).json()["residents"]
    assert alone["fence"] is None, "the others know three months only"
    assert alone["fence_note"].startswith("Fewer than 20 wards have residents and all")
    borough = (await api.get(f"/v1/boroughs/{ALDER}/crime")).json()["residents"]
    assert borough["fence_note"] == "Worked out for wards only."


async def test_nothing_is_told_of_a_borough_while_a_ward_is_missing(
    api: Api, database: Database
) -> None:
    kinds = {key: counts for key, counts in small_crime().items() if key[0] != A3}
    await load_crime(database, kinds)
    await load_census(database, RESIDENTS)
    answer = (await api.get(f"/v1/boroughs/{ALDER}/crime")).json()
    assert (answer["kinds"], answer["wards"], answer["missing_wards"]) == ([], [], [A3])
    assert answer["note"] == f"2 of 3 wards are counted; missing: {A3}."
    beside = kind((await api.get(f"/v1/wards/{A1}/crime")).json(), "burglary")["borough"]
    assert (beside["base"], beside["ratio"]) == (None, None)
    assert beside["note"] == f"No comparison: 1 of 2 wards are counted; missing: {A3}."
    await load_crime(database, small_crime())
    # Asked otherwise than before: what was written beside the service drops its ready answers soon.
    whole = (await api.get(f"/v1/boroughs/{ALDER}/crime?source=mps")).json()
    assert (whole["note"], whole["wards"], whole["missing_wards"]) == (None, [A1, A2, A3], [])


async def test_a_borough_stops_at_the_month_that_all_its_wards_know(
    api: Api, database: Database
) -> None:
    await load_crime(database, small_crime())
    later = {(A1, *BURGLARY): [*[8] * 23, 8], (A1, *SHOPS): [*[10] * 23, 10]}
    await load_crime(database, later, [*MONTHS[1:], "202601"])
    answer = (await api.get(f"/v1/boroughs/{ALDER}/crime")).json()
    assert answer["latest_year"]["to"] == "2025-12"
    beside = kind((await api.get(f"/v1/wards/{A1}/crime")).json(), "burglary")["borough"]
    assert "not all 12 months are known for the rest of the borough" in beside["note"]


async def test_a_borough_is_the_sum_of_its_wards(api: Api, database: Database) -> None:
    await load_crime(database, small_crime())
    await load_census(database, RESIDENTS)
    answer = (await api.get(f"/v1/boroughs/{ALDER}/crime")).json()
    assert answer["wards"] == [A1, A2, A3]
    assert answer["residents"]["count"] == 18_000
    burglary = kind(answer, "burglary")
    assert burglary["latest"] == 12 * (8 + 4 + 4)
    assert "borough" not in burglary
    table = (await api.get(f"/v1/boroughs/{ALDER}/crime?f=csv&category=burglary")).text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["count"] for row in rows} == {"16"}
    assert len(rows) == 48


async def test_an_import_drops_the_ready_answer(api: Api, database: Database) -> None:
    path = f"/v1/wards/{B1}/crime"
    assert (await api.get(path)).json()["kinds"] == []
    await load_crime(database, small_crime())
    answers = api.app.state.answers
    async with database.reading() as session:
        answers.moved_to(await current_revision(session))
    assert kind((await api.get(path)).json(), "burglary")["latest"] == 144


async def test_the_gaps_of_each_source_are_said_aloud(api: Api) -> None:
    answer = (await api.get("/v1/crime-categories")).json()
    concerns = {found["concern"]: found for found in answer["concerns"]}
    listed = (await api.get("/v1/concerns")).json()["items"]
    assert set(concerns) == {concern["slug"] for concern in listed}
    for found in concerns.values():
        for said in found["sources"]:
            assert said["kinds"] or said["gap"], f"{found['concern']} in {said['source']}"
    asb = concerns["anti-social-behaviour"]
    assert asb["trend_from"] == "police_uk"
    assert asb["sources"][0]["kinds"] == []
    assert "not in it" in asb["sources"][0]["gap"]
    burglary = {said["source"]: said for said in concerns["burglary"]["sources"]}
    assert "cannot be told apart" in burglary["police_uk"]["gap"]
    assert burglary["mps"]["gap"] is None
    assert concerns["fraud"]["trend_from"] is None
    by_source = {
        source: [found for found in answer["categories"] if found["source"] == source]
        for source in ("mps", "police_uk")
    }
    assert len(by_source["mps"]) == 13
    assert sum(len(found["subcategories"]) for found in by_source["mps"]) == 33
    assert len(by_source["police_uk"]) == 14
