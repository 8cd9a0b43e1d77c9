"""`python -m app export`: whole files with checksums, and refusals that leave nothing behind."""

import asyncio
import hashlib
import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli import app
from app.database import Database
from app.operations.open_data_registry import DATASETS
from tests.factories import A1
from tests.open_data_content import fill
from tests.open_data_promises import CANARY
from tests.table_schemas import faults, rows_of


def run(database_url: str, *arguments: str):
    """Return what the command says."""
    return CliRunner().invoke(app, ["export", *arguments], env={"DATABASE_URL": database_url})


def filled(database_url: str) -> None:
    async def act() -> None:
        database = Database(database_url, pool_size=1)
        await fill(database)
        await database.close()

    asyncio.run(act())


def test_writes_all_with_checksums(database_url: str, tmp_path: Path):
    filled(database_url)
    told = run(database_url, "all", "--to", str(tmp_path / "out"))
    assert told.exit_code == 0, told.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"{name}.csv" for name in DATASETS} | {"datapackage.json"}
    document = json.loads((tmp_path / "out/datapackage.json").read_text(encoding="utf-8"))
    for found in document["resources"]:
        body = (tmp_path / "out" / found["path"]).read_bytes()
        assert CANARY.encode() not in body
        assert found["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        rows = rows_of(body.decode())
        assert found["rows"] == len(rows)
        assert list(faults(found["schema"], rows)) == []
    assert "wards.csv: 8 rows" in told.output


def test_writes_one_as_a_map(database_url: str, tmp_path: Path):
    told = run(database_url, "wards", "--format", "geojson", "--to", str(tmp_path))
    assert told.exit_code == 0, told.output
    document = json.loads((tmp_path / "wards.geojson").read_text(encoding="utf-8"))
    assert A1 in {found["properties"]["code"] for found in document["features"]}
    (entry,) = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    assert (entry["name"], entry["features"]) == ("wards-map", 7)
    assert "rows" not in entry
    assert "schema" not in entry


def test_refuses_what_is_not_there(database_url: str, tmp_path: Path):
    assert run(database_url, "residents", "--to", str(tmp_path / "a")).exit_code == 1
    assert (
        run(database_url, "concerns", "--format", "geojson", "--to", str(tmp_path)).exit_code == 1
    )
    assert not (tmp_path / "a").exists()
