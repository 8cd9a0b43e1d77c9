"""`python -m app import measures`: told in lines, refused with line and column, written once."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from app.cli import app
from app.database import Database
from app.models.measures import MeasureValue
from tests.factories import ALDER

GOOD = f"date,area,measure,group,proportion,n\n2025-01-01,{ALDER},trust-the-met,,0.7,400\n"


def run(database_url: str, file: Path, *options: str):
    """Return what the command says."""
    return CliRunner().invoke(
        app, ["import", "measures", str(file), *options], env={"DATABASE_URL": database_url}
    )


def rows(database_url: str) -> int:
    """Return how many values are stored."""

    async def ask() -> int:
        database = Database(database_url, pool_size=1)
        async with database.reading() as session:
            counted = select(func.count()).select_from(MeasureValue)
            number = (await session.execute(counted)).scalar_one()
        await database.close()
        return number

    return asyncio.run(ask())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good file."""
    path = tmp_path / "survey.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_refuses_a_bad_line_by_its_number(database_url: str, file: Path):
    file.write_text(GOOD.replace("0.7", "70"), encoding="utf-8")
    told = run(database_url, file)
    assert told.exit_code == 1
    assert "Line 2, column proportion" in told.output
    assert rows(database_url) == 0


def test_looks_writes_and_finds_nothing_to_change(database_url: str, file: Path):
    look = run(database_url, file, "--dry-run")
    assert (look.exit_code, rows(database_url)) == (0, 0)
    assert "Nothing was written" in look.output
    assert run(database_url, file).exit_code == 0
    assert rows(database_url) == 1
    again = run(database_url, file)
    assert again.exit_code == 3
    assert "Nothing changed" in again.output
