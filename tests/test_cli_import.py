"""The operator's commands: what they print, what they write, and with which code they leave."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from app.cli import app
from app.database import Database
from app.models.wards import BoundaryEdition, Postcode, Ward
from app.operations.atlas import Atlas
from app.sources.geojson import read_collection
from tests.boundary_files import real, wards, write
from tests.conftest import migrated
from tests.factories import A1

SHIPPED = Path("geo/wards.geojson")


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on small London's database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return lambda *arguments: CliRunner().invoke(app, [str(part) for part in arguments])


@pytest.fixture(scope="module")
def london(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database with the geography that ships."""
    url = f"sqlite:///{tmp_path_factory.mktemp('london') / 'london.sqlite3'}"
    migrated(url)
    found = CliRunner(env={"DATABASE_URL": url}).invoke(app, ["load-geography"])
    assert found.exit_code == 0, found.output
    return url


def count(url: str, table: Any) -> int:
    async def ask() -> int:
        database = Database(url, pool_size=1)
        async with database.reading() as session:
            number = await session.scalar(select(func.count()).select_from(table))
        await database.close()
        return number or 0

    return asyncio.run(ask())


def renamed() -> list[dict[str, Any]]:
    features = wards()
    features[0]["properties"]["WD25NM"] = "Alder Green"
    return features


def told(result: Result) -> str:
    return " ".join(result.output.split())


def test_refuses_a_missing_file_and_a_day_that_is_none_as_wrong_usage(
    run: Any, tmp_path: Path
) -> None:
    assert run("import-wards", tmp_path / "absent.geojson").exit_code == 2
    path = write(tmp_path / "w.geojson", wards())
    assert run("import-wards", path, "--edition", "May 2022").exit_code == 2
    assert run("import-wards", path, "--label", "x" * 41).exit_code == 2


def test_refuses_what_is_no_boundary_file_in_one_sentence(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "w.geojson"
    path.write_text("[]")
    result = run("import-wards", path)
    assert result.exit_code == 1
    assert told(result) == "Refused: The file is not a GeoJSON FeatureCollection."


def test_refuses_wards_that_do_not_fit_and_writes_nothing(
    run: Any, tmp_path: Path, database_url: str
) -> None:
    path = write(tmp_path / "w.geojson", wards()[:4])
    result = run("import-wards", path, "--edition", "2026-05-07")
    assert result.exit_code == 1
    assert "Nothing was written." in result.output
    assert count(database_url, BoundaryEdition) == 1


def test_says_so_when_the_database_has_no_tables(tmp_path: Path) -> None:
    path = write(tmp_path / "w.geojson", wards())
    runner = CliRunner(env={"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}"})
    result = runner.invoke(app, ["import-wards", str(path)])
    assert (result.exit_code, "Is it migrated?" in result.output) == (1, True)


def test_a_dry_run_shows_the_change_and_writes_nothing(
    run: Any, tmp_path: Path, database_url: str
) -> None:
    path = write(tmp_path / "w.geojson", renamed())
    result = run("import-wards", path, "--edition", "2026-05-07", "--dry-run")
    assert result.exit_code == 0, result.output
    assert f"1 renamed ({A1} Alder 1 -> Alder Green)" in result.output
    assert "Nothing was written (dry run)." in result.output
    assert count(database_url, Ward) == 7


def test_imports_once_and_says_the_second_time_that_nothing_changed(
    run: Any, tmp_path: Path, database_url: str
) -> None:
    path = write(tmp_path / "w.geojson.gz", renamed())
    day = ("--edition", "2026-05-07")
    assert run("import-wards", path, *day).exit_code == 0
    again = run("import-wards", path, *day)
    assert (again.exit_code, "Nothing changed" in again.output) == (3, True)
    assert count(database_url, BoundaryEdition) == 2


def test_loads_without_activating_and_activates_when_told_again(
    run: Any, tmp_path: Path, database_url: str
) -> None:
    path = write(tmp_path / "w.geojson", renamed())
    day = ("--edition", "2026-05-07")
    assert run("import-wards", path, *day, "--no-activate").exit_code == 0
    assert run("import-wards", path, *day, "--no-activate").exit_code == 3
    assert run("import-wards", path, *day).exit_code == 0
    assert run("import-wards", path, *day).exit_code == 3
    assert count(database_url, BoundaryEdition) == 2


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_loads_what_ships_quickly_and_only_once(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from sqlalchemy import make_url

    from tests.conftest import _run_admin

    if backend == "sqlite":
        url = f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    else:
        server: str = request.getfixturevalue("postgresql_server")
        name = f"wp_geo_{random.randrange(10**9)}"
        asyncio.run(_run_admin(server, f"CREATE DATABASE {name}"))
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
        request.addfinalizer(
            lambda: asyncio.run(_run_admin(server, f"DROP DATABASE {name} WITH (FORCE)"))
        )
    migrated(url)
    runner, began = CliRunner(env={"DATABASE_URL": url}), time.process_time()
    first = runner.invoke(app, ["load-geography"])
    assert (first.exit_code, time.process_time() - began < 15) == (0, True), first.output
    assert "33 boroughs, 704 wards and 180,754 postcodes" in first.output
    assert count(url, Postcode) == 180_754
    assert runner.invoke(app, ["load-geography"]).exit_code == 3
    again = runner.invoke(app, ["import-wards", str(SHIPPED)])
    assert (again.exit_code, "Nothing changed" in again.output) == (3, True)


@pytest.fixture
async def atlas(london: str) -> AsyncIterator[Atlas]:
    database = Database(london, pool_size=2)
    yield Atlas(database)
    await database.close()


async def _assert_index_agrees_with_brute_force(atlas: Atlas, path: Path, points: int) -> None:
    index = await atlas.get()
    features = read_collection(path).features
    code = "WD25CD" if "WD25CD" in features[0].properties else "ward_code"
    features = sorted(features, key=lambda feature: feature.properties[code])
    shapes = np.array([feature.shape for feature in features])
    generator = np.random.default_rng(2026)
    west, south, east, north = shapely.total_bounds(shapes)
    x = generator.uniform(west - 0.01, east + 0.01, points)
    y = generator.uniform(south - 0.01, north + 0.01, points)
    corners = shapely.get_coordinates(shapes)
    some = corners[generator.choice(len(corners), points // 6)]
    x, y = np.concatenate([x, some[:, 0]]), np.concatenate([y, some[:, 1]])
    point, ward = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="intersects")
    expected: dict[int, int] = {}
    for p, w in zip(point.tolist(), ward.tolist(), strict=True):
        expected[p] = min(w, expected.get(p, w))
    wrong = []
    for place, (lng, lat) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        found = index.ward_at(lng, lat)
        right = expected.get(place)
        if (found and found.code) != (None if right is None else features[right].properties[code]):
            wrong.append((lng, lat))
    assert wrong == []


@pytest.mark.anyio
async def test_the_look_up_agrees_with_brute_force_on_the_shapes_that_ship(atlas: Atlas) -> None:
    await _assert_index_agrees_with_brute_force(atlas, SHIPPED, 12_000)


def test_refuses_real_files_that_hold_only_part_of_london(london: str) -> None:
    runner = CliRunner(env={"DATABASE_URL": london})
    for name, number in (
        ("wards_2025_ons_raw_attributes_9_boroughs.geojson.gz", 188),
        ("wards_2022_ons_bfc_lewisham_epsg27700.geojson.gz", 19),
    ):
        path = real("boundaries", name)
        result = runner.invoke(app, ["import-wards", str(path), "--edition", "2022-05-05"])
        assert (result.exit_code, f"{number} wards instead of 704" in told(result)) == (1, True)


def test_imports_the_real_files_of_three_vintages(london: str) -> None:
    runner = CliRunner(env={"DATABASE_URL": london})
    for name, *options in (
        ("wards_2025_ons_bgc_london.geojson.gz",),
        ("wards_2018_os_boundaryline_london.geojson.gz", "--edition", "2018-05-03"),
        ("wards_2015_ons_lau2_london.geojson.gz", "--edition", "2014-05-22"),
    ):
        path = real("boundaries", name)
        result = runner.invoke(app, ["import-wards", str(path), *options])
        assert result.exit_code == 0, result.output
    asyncio.run(_check_three_vintages(london))


async def _check_three_vintages(url: str) -> None:
    database = Database(url, pool_size=2)
    path = real("boundaries", "wards_2025_ons_bgc_london.geojson.gz")
    atlas = Atlas(database)
    await _assert_index_agrees_with_brute_force(atlas, path, 3_000)
    known = [len((await atlas.get(date(year, 6, 1))).entries) for year in (2015, 2019, 2023)]
    await database.close()
    assert known == [654, 657, 704]
