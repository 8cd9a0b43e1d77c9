"""Boundary editions: refused when wrong, put in their place in time, tied to their neighbours."""

import csv
import math
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import mapping
from sqlalchemy import func, select

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.errors import EditionRefusedError
from app.models.audit import AuditEntry
from app.models.wards import BoundaryEdition, Ward, WardCrosswalk
from app.operations import edition_plans, editions
from app.operations.crosswalk import overlay
from app.operations.edition_plans import ImportPlan, Wish
from app.operations.successions import relatives
from app.operations.ward_sets import ward_set_of
from app.operations.wards import describe_ward, get_ward
from app.sources.boundaries import read_wards
from app.sources.geojson import read_collection
from tests.boundary_files import real, wards, write
from tests.factories import A1, A2, A3, B1, C1, ORIGIN, START, STEP

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
OPERATOR = Caller(subject="operator", role=Role.ADMIN)
NEW_1, NEW_2 = "E05091001", "E05091002"


def strip(west: float, east: float) -> dict[str, Any]:
    """Return part of Alder's row of wards, in ward widths from its western end."""
    left, bottom = ORIGIN[0] + west * STEP, ORIGIN[1]
    return mapping(shapely.box(left, bottom, ORIGIN[0] + east * STEP, bottom + STEP))


def redrawn() -> list[dict[str, Any]]:
    """Return London with Alder 1 and 2 replaced; the first new ward takes some of the second."""
    features = wards()[2:]
    for code, name, west, east in ((NEW_1, "West", 0, 1.25), (NEW_2, "East", 1.25, 2)):
        features.append(
            {
                "type": "Feature",
                "properties": {"WD25CD": code, "WD25NM": name, "LAD25CD": "E09000101"},
                "geometry": strip(west, east),
            }
        )
    return features


async def plan(
    database: Database, path: Path, wish: Wish | None = None, today: date = TODAY
) -> ImportPlan:
    async with database.reading() as session:
        boroughs = await edition_plans.known_boroughs(session)
        file = read_wards(path, {code: shape for code, (_, shape) in boroughs.items()})
        return await edition_plans.plan_import(session, file, wish or Wish(), [], today=today)


async def bring_in(database: Database, path: Path, wish: Wish, *, loaded: datetime = NOW) -> None:
    planned = await plan(database, path, wish)
    assert planned.refusals == ()
    async with unit_of_work(database) as session:
        edition = await editions.load_edition(session, planned, OPERATOR, now=loaded)
        await editions.activate_edition(session, edition, OPERATOR, now=NOW, today=TODAY)


def shifted(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    features[0]["geometry"] = strip(0, 1.3)
    return features


def holed(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    west, south = ORIGIN[0] + 1.3 * STEP, ORIGIN[1] + 1.3 * STEP
    hole = shapely.box(west, south, west + 0.3 * STEP, south + 0.3 * STEP)
    features[4]["geometry"] = mapping(shapely.geometry.shape(features[4]["geometry"]) - hole)
    return features


def astray(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    features[0]["geometry"], features[3]["geometry"] = (
        features[3]["geometry"],
        features[0]["geometry"],
    )
    return features


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda found: found[:3], "7 are in force"),
        (lambda found: found[:6], "City of London 0 instead of 1"),
        (shifted, "Wards overlap"),
        (holed, "holes of"),
        (astray, "outside their borough"),
    ],
)
async def test_refuses_an_edition_that_fails_a_check_and_writes_nothing(
    database: Database,
    tmp_path: Path,
    spoil: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    words: str,
) -> None:
    path = write(tmp_path / "w.geojson", spoil(wards()))
    planned = await plan(database, path, Wish(valid_from=date(2026, 5, 7)))
    assert any(words in refusal for refusal in planned.refusals), planned.refusals
    with pytest.raises(EditionRefusedError):
        async with unit_of_work(database) as session:
            await editions.load_edition(session, planned, OPERATOR, now=NOW)
    async with database.reading() as session:
        assert (await session.scalar(select(func.count()).select_from(BoundaryEdition))) == 1


async def test_refuses_other_wards_without_the_day_they_begin(
    database: Database, tmp_path: Path
) -> None:
    planned = await plan(database, write(tmp_path / "w.geojson", redrawn()))
    [said] = [refusal for refusal in planned.refusals if "--edition" in refusal]
    assert "the file adds 2 (E05091001, E05091002) and lacks 2 of the wards in force" in said


async def test_a_part_of_the_wards_in_force_is_told_as_such(
    database: Database, tmp_path: Path
) -> None:
    planned = await plan(database, write(tmp_path / "w.geojson", wards()[1:]))
    assert f"The file is not whole: it lacks 1 of the wards in force ({A1})." in planned.refusals
    assert not any("--edition" in refusal for refusal in planned.refusals)


@pytest.mark.parametrize(
    ("valid_from", "until"),
    [
        (date(2026, 5, 7), date(2026, 5, 8)),
        (date(2018, 5, 3), date(2018, 5, 3)),
        (date(2018, 5, 3), date(2023, 1, 1)),
    ],
)
async def test_refuses_days_that_are_impossible_or_taken(
    database: Database, tmp_path: Path, valid_from: date, until: date
) -> None:
    path = write(tmp_path / "w.geojson", redrawn())
    assert (await plan(database, path, Wish(valid_from=valid_from, until=until))).refusals


async def test_does_not_put_an_edition_in_force_before_its_day(
    database: Database, tmp_path: Path
) -> None:
    wish = Wish(valid_from=date(2030, 5, 2))
    planned = await plan(database, write(tmp_path / "w.geojson", redrawn()), wish)
    with pytest.raises(EditionRefusedError, match="begins on 2030-05-02"):
        async with unit_of_work(database) as session:
            edition = await editions.load_edition(session, planned, OPERATOR, now=NOW)
            await editions.activate_edition(session, edition, OPERATOR, now=NOW, today=TODAY)
    async with database.reading() as session:
        assert (await session.scalar(select(func.count()).select_from(Ward))) == 7


async def test_tells_what_an_edition_adds_closes_renames_and_reshapes(
    database: Database, tmp_path: Path
) -> None:
    features = redrawn()
    features[1]["properties"]["WD25NM"] = "Birch New"
    cut = shapely.geometry.shape(features[2]["geometry"]).buffer(-0.0005)
    features[2]["geometry"] = mapping(cut)
    planned = await plan(
        database, write(tmp_path / "w.geojson", features), Wish(valid_from=date(2026, 5, 7))
    )
    assert planned.diff is not None
    assert planned.diff.added == (NEW_1, NEW_2)
    assert planned.diff.closed == (A1, A2)
    assert planned.diff.renamed == ((B1, "Birch 1", "Birch New"),)
    assert [code for code, _ in planned.diff.reshaped] == ["E05090012"]


async def test_knows_an_edition_that_is_there_already(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "w.geojson", redrawn())
    wish = Wish(valid_from=date(2026, 5, 7))
    await bring_in(database, path, wish)
    assert (await plan(database, path, wish)).changes_nothing
    same = await plan(database, write(tmp_path / "v.geojson", redrawn(), name="other bytes"))
    assert same.changes_nothing


async def test_puts_a_new_edition_in_force_and_closes_the_old_in_one_transaction(
    database: Database, tmp_path: Path
) -> None:
    wish = Wish(valid_from=date(2026, 5, 7))
    await bring_in(database, write(tmp_path / "w.geojson", redrawn()), wish)
    async with database.reading() as session:
        found = await session.execute(
            select(
                BoundaryEdition.status, BoundaryEdition.valid_from, BoundaryEdition.valid_to
            ).order_by(BoundaryEdition.valid_from)
        )
        assert [tuple(row) for row in found] == [
            ("closed", START, date(2026, 5, 7)),
            ("active", date(2026, 5, 7), None),
        ]
        acts = list(await session.scalars(select(AuditEntry.action)))
        assert acts[-2:] == ["load_boundary_edition", "activate_boundary_edition"]
        retired = await describe_ward(session, A2)
        assert not retired.in_force
        assert [(s.code, round(s.share_of_area, 6)) for s in retired.successors] == [
            (NEW_2, 0.75),
            (NEW_1, 0.25),
        ]
        new = await describe_ward(session, NEW_1)
        assert [(p.code, round(p.share_of_area, 6)) for p in new.predecessors] == [
            (A1, 0.8),
            (A2, 0.2),
        ]
        assert (await describe_ward(session, A3)).successors == []
        assert (await describe_ward(session, A1, on=date(2024, 1, 1))).ward.code == A1


async def test_a_failure_in_the_middle_leaves_the_old_edition_in_force(
    database: Database, tmp_path: Path
) -> None:
    planned = await plan(
        database, write(tmp_path / "w.geojson", redrawn()), Wish(valid_from=date(2026, 5, 7))
    )
    with pytest.raises(RuntimeError, match="pulled"):
        async with unit_of_work(database) as session:
            edition = await editions.load_edition(session, planned, OPERATOR, now=NOW)
            await editions.activate_edition(session, edition, OPERATOR, now=NOW, today=TODAY)
            raise RuntimeError("the plug was pulled")
    async with database.reading() as session:
        edition = await session.scalar(select(BoundaryEdition))
        assert (edition.status, edition.valid_to) == ("active", None)
        assert (await session.scalar(select(func.count()).select_from(WardCrosswalk))) == 0


async def test_loads_past_wards_as_history_whose_codes_lead_to_those_in_force(
    database: Database, tmp_path: Path
) -> None:
    past = write(tmp_path / "past.geojson", redrawn())
    await bring_in(database, past, Wish(valid_from=date(2018, 5, 3)))
    older = redrawn()
    older[-1]["properties"]["WD25CD"] = "E05092002"
    await bring_in(database, write(tmp_path / "o.geojson", older), Wish(date(2014, 5, 22)))
    async with database.reading() as session:
        found = list(
            await session.scalars(select(BoundaryEdition).order_by(BoundaryEdition.valid_from))
        )
        assert [(e.valid_from.year, e.status, e.valid_to) for e in found] == [
            (2014, "closed", date(2018, 5, 3)),
            (2018, "closed", START),
            (2022, "active", None),
        ]
        ward = await get_ward(session, "E05092002")
        ends = await relatives(session, ward, found[2].id, forward=True)
        assert [(r.code, round(r.share_of_area, 6)) for r in ends] == [(A2, 1.0)]


async def test_better_shapes_of_the_same_wards_replace_the_indicative_ones_from_their_first_day(
    database: Database, tmp_path: Path
) -> None:
    features = wards()
    features[0]["geometry"], features[1]["geometry"] = strip(0, 1.2), strip(1.2, 2)
    path = write(tmp_path / "w.geojson", features)
    await bring_in(database, path, Wish(), loaded=datetime(2025, 1, 1, tzinfo=UTC))
    async with database.reading() as session:
        ward = await get_ward(session, A1)
        assert (ward.boundary_status, ward.area_m2 > 900_000) == ("official", True)
        rows = (await session.execute(select(WardCrosswalk))).scalars().all()
        assert [(row.kind, row.share_of_from, row.share_of_to) for row in rows] == [
            ("same", 1.0, 1.0)
        ] * 7
        assert (await describe_ward(session, C1)).predecessors == []


def real_set(name: str, *, indicative: bool = False) -> Any:
    outlines = read_collection(Path("geo/boroughs.geojson")).features
    known = {feature.properties["lad_code"]: feature.shape for feature in outlines}
    path = Path("geo/wards.geojson") if indicative else real("boundaries", name)
    return ward_set_of(read_wards(path, known).records, indicative=indicative)


@pytest.mark.parametrize("indicative", [False, True])
async def test_shares_of_the_real_redraw_sum_to_one_on_both_sides(*, indicative: bool) -> None:
    old = real_set("wards_2018_os_boundaryline_london.geojson.gz")
    new = real_set("wards_2025_ons_bgc_london.geojson.gz", indicative=indicative)
    of_from: dict[int, list[float]] = defaultdict(list)
    of_to: dict[int, list[float]] = defaultdict(list)
    for one in overlay(old, new):
        of_from[one.old].append(one.share_of_from)
        of_to[one.new].append(one.share_of_to)
    assert (len(of_from), len(of_to)) == (657, 704)
    for shares in (*of_from.values(), *of_to.values()):
        assert math.isclose(math.fsum(shares), 1, abs_tol=1e-9)


async def test_agrees_with_the_overlap_table_worked_out_elsewhere() -> None:
    old = real_set("wards_2018_os_boundaryline_london.geojson.gz")
    new = real_set("wards_2025_ons_bgc_london.geojson.gz")
    ours = {(old.codes[s.old], new.codes[s.new]): s for s in overlay(old, new)}
    with real("lookups", "ward_2018_to_2025_area_overlap.csv").open(encoding="utf-8") as file:
        theirs = list(csv.DictReader(file))
    missing, far = [], []
    for row in theirs:
        key = (row["ward18_code"], row["WD25CD"])
        share = float(row["share_of_2018"])
        if key not in ours:
            missing.append((key, share))
        elif abs(ours[key].share_of_from - share) > 0.05:
            far.append((key, share, ours[key].share_of_from))
    assert [entry for entry in missing if entry[1] > 0.01] == []
    assert far == []
