"""Survey measures: imported whole or not at all, told with intervals, small groups hidden."""

import csv
import io
from datetime import UTC, date, datetime
from functools import partial

import pytest
from scipy.stats import binomtest
from sqlalchemy import select

from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.domain.intervals import newcombe
from app.errors import EvidenceFileError
from app.models.measures import MeasureValue
from app.operations.crime_store import Import
from app.operations.measure_imports import import_measures
from app.operations.measures import latest_figure, latest_gap, list_areas_measured
from app.progress import in_silence
from app.sources.measures import parse_measures
from tests.factories import A1, A2, A3, ALDER, B1
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

HEADER = "date,area,measure,group,proportion,n"
TODAY = date(2026, 6, 1)
FILE = f"""{HEADER}
2025-01-01,{ALDER},trust-the-met,,0.7,400
2025-01-01,{ALDER},trust-the-met,black,0.55,100
2025-01-01,{ALDER},trust-the-met,lgbt,0.5,20
2025-01-01,{ALDER},trust-the-met,not-lgbt,0.72,380
2025-04,{ALDER},trust-the-met,all,0.72,410
2025-04,{ALDER},trust-the-met,black,0.6,90
2025-04,{A1},trust-the-met,all,0.8,60
2025-04,{A2},trust-the-met,all,0.6,80
2025-04,{A3},trust-the-met,all,0.7,270
"""


async def imported(database, text: str, *, dry_run: bool = False):
    order = Import(
        caller=Caller("operator", Role.ADMIN),
        open_unit=partial(unit_of_work, database),
        licence="Open Government Licence v3.0",
        now=datetime.now(UTC),
        dry_run=dry_run,
    )
    file = parse_measures("synthetic.csv", text.encode(), today=TODAY)
    return await import_measures(database, file, order, in_silence)


async def stored(database) -> int:
    async with database.reading() as session:
        return len(list(await session.scalars(select(MeasureValue))))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"2025-01-01,{ALDER},no-such-measure,all,0.5,100", "Line 2, column measure"),
        (f"2025-01-01,{ALDER},homicide,all,0.5,100", "Line 2, column measure"),
        ("2025-01-01,Alder,trust-the-met,all,0.5,100", "Line 2, column area"),
        (f"01/02/2025,{ALDER},trust-the-met,all,0.5,100", "Line 2, column date"),
        (f"2027-01-01,{ALDER},trust-the-met,all,0.5,100", "Line 2, column date"),
        (f"2025-01-01,{ALDER},trust-the-met,All!,0.5,100", "Line 2, column group"),
        (f"2025-01-01,{ALDER},trust-the-met,all,55,100", "Line 2, column proportion"),
        (f"2025-01-01,{ALDER},trust-the-met,all,,100", "Line 2, column proportion"),
        (f"2025-01-01,{ALDER},trust-the-met,all,0.5,0", "Line 2, column n"),
        (f"2025-01-01,{ALDER},trust-the-met,all,0.5,1.5", "Line 2, column n"),
        (f"2025-01-01,{ALDER},trust-the-met,all,0.5", "Line 2 has 5 cells"),
    ],
)
async def test_refuses_a_malformed_line_and_writes_nothing(database, line: str, told: str):
    with pytest.raises(EvidenceFileError, match=told):
        await imported(database, f"{HEADER}\n{line}\n2025-01-01,{A1},trust-the-met,all,0.5,50\n")
    assert await stored(database) == 0


async def test_refuses_a_line_twice_and_a_missing_column(database):
    line = f"2025-01-01,{ALDER},trust-the-met,all,0.5,100"
    with pytest.raises(EvidenceFileError, match="Line 3"):
        await imported(database, f"{HEADER}\n{line}\n{line}\n")
    with pytest.raises(EvidenceFileError, match="no column proportion"):
        await imported(database, "date,area,measure,group,share,n\n" + line)
    assert await stored(database) == 0


async def test_imports_once_and_revises_what_differs(database):
    assert (await imported(database, FILE, dry_run=True)).added == 9
    assert await stored(database) == 0
    first = await imported(database, FILE)
    assert (first.added, first.revised, first.unchanged) == (9, 0, 0)
    again = await imported(database, FILE)
    assert (again.changes, again.unchanged) == (0, 9)
    revised = await imported(database, FILE.replace("0.8,60", "0.81,61"))
    assert (revised.added, revised.revised, revised.unchanged) == (0, 1, 8)
    foreign = await imported(database, FILE + "2025-01-01,E05999999,trust-the-met,all,0.5,50\n")
    assert foreign.left_out == ("E05999999",)


async def test_tells_values_with_intervals_and_source(api: Api, database):
    await imported(database, FILE)
    found = await api.get(f"/v1/measures/trust-the-met/values?area={ALDER}&to=2026-01-01")
    items = {(i["period_on"], i["group"]): i for i in found.json()["items"]}
    black = items["2025-01-01", "black"]
    low, high = binomtest(55, 100).proportion_ci(method="wilson")
    assert (black["low"], black["high"]) == (round(low, 4), round(high, 4))
    assert black["source"]["url"] == "file:synthetic.csv"
    assert items["2025-01-01", "all"]["proportion"] == 0.7
    for group in ("lgbt", "not-lgbt"):
        hidden = items["2025-01-01", group]
        assert hidden["hidden"]
        assert hidden["proportion"] is hidden["base"] is hidden["low"] is None


async def test_gives_values_as_rows_that_can_be_imported_again(api: Api, database):
    await imported(database, FILE)
    answer = await api.get(f"/v1/measures/trust-the-met/values?area={A1}&f=csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["date"], row["proportion"], row["n"]) == ("2025-04-01", "0.8", "60")
    assert (await imported(database, answer.text)).changes == 0


async def test_pages_values_and_refuses_bad_periods(api: Api, database):
    await imported(database, FILE)
    first = (await api.get("/v1/measures/trust-the-met/values?limit=5")).json()
    second = (await api.get(first["next"])).json()
    assert len(first["items"]) + len(second["items"]) == 9
    assert second["next"] is None
    bad = await api.get("/v1/measures/trust-the-met/values?from=2025-01-01&to=2024-01-01")
    assert_problem(bad, 422, "invalid_request")
    assert_problem(await api.get("/v1/measures/nothing/values"), 404, "not_found")


async def test_tells_gaps_with_newcombe_intervals(api: Api, database):
    await imported(database, FILE)
    found = (await api.get(f"/v1/measures/trust-the-met/gaps?area={ALDER}")).json()
    gaps = {(i["period_on"], i["group"]): i for i in found["items"]}
    first = gaps["2025-01-01", "black"]
    assert first["gap"] == -0.15
    low, high = newcombe(0.55, 100, 0.7, 400)
    assert (first["low"], first["high"]) == (round(low, 4), round(high, 4))
    assert gaps["2025-01-01", "lgbt"]["gap"] is None
    assert gaps["2025-01-01", "lgbt"]["hidden"]
    assert found["minimum_base"] == 30
    only = await api.get(
        f"/v1/measures/trust-the-met/gaps?area={ALDER}&group=lgbt&against=not-lgbt"
    )
    assert [item["group"] for item in only.json()["items"]] == ["lgbt"]


async def test_pools_wards_towards_the_borough_and_shows_the_weight(api: Api, database):
    await imported(database, FILE)
    path = f"/v1/measures/trust-the-met/ward-estimates?borough={ALDER}"
    found = (await api.get(path)).json()
    wards = {ward["ward"]: ward for ward in found["wards"]}
    assert found["period_on"] == "2025-04-01"
    assert found["mean"] == round((48 + 48 + 189) / 410, 4)
    for ward, share, base in ((A1, 0.8, 60), (A2, 0.6, 80), (A3, 0.7, 270)):
        weight = base / (base + found["worth"])
        assert wards[ward]["own_weight"] == pytest.approx(weight, abs=1e-4)
        pooled = weight * share + (1 - weight) * found["mean"]
        assert wards[ward]["estimate"] == pytest.approx(pooled, abs=2e-4)
        assert wards[ward]["estimate_low"] < pooled < wards[ward]["estimate_high"]
    assert found["label"].startswith("Estimate")


async def test_hides_small_wards_and_says_where_nothing_is_known(api: Api, database):
    await imported(database, f"{HEADER}\n2025-04-01,{A1},trust-the-met,all,0.8,12\n")
    path = f"/v1/measures/trust-the-met/ward-estimates?borough={ALDER}"
    found = (await api.get(path)).json()
    wards = {ward["ward"]: ward for ward in found["wards"]}
    assert wards[A1]["proportion"] is None
    assert wards[A1]["reason"].startswith("Fewer than 30")
    assert wards[A2]["reason"].startswith("No figure")
    assert found["reason"].startswith("Fewer than 3 wards")
    assert wards[A1]["estimate"] is None


async def test_says_what_the_register_asks(database):
    await imported(database, FILE)
    async with database.reading() as session:
        early = date(2025, 3, 1)
        gap = await latest_gap(session, "trust-the-met", ALDER, group="black", as_of=early)
        assert gap.gap == pytest.approx(-0.15)
        later = await latest_figure(session, "trust-the-met", ALDER, as_of=TODAY)
        assert (later.share, later.period_on) == (0.72, date(2025, 4, 1))
        assert await latest_figure(session, "trust-the-met", B1, as_of=TODAY) is None
        known = await list_areas_measured(session, "trust-the-met", TODAY)
        assert set(known) == {ALDER, A1, A2, A3}


async def test_lists_the_measures_that_the_plan_names(api: Api):
    found = (await api.get("/v1/measures?limit=200")).json()["items"]
    by_code = {measure["code"]: measure for measure in found}
    trust = [m["code"] for m in found if "C13" in m["commitments"]]
    assert len(trust) == 5
    assert by_code["repeat-asb"]["held_as"] == "not_held"
    assert (await api.get("/v1/measures/homicide")).json()["direction"] == "down"
    assert_problem(await api.get("/v1/measures/nothing"), 404, "not_found")
