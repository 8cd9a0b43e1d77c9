"""`python -m app check` runs every check, and tells what runs found by an earlier day."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app

RUNNER = CliRunner()


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "KEY_STORE": str(tmp_path / "keys")}


def test_runs_the_checks_and_says_what_changed(environment: dict[str, str]) -> None:
    first = RUNNER.invoke(app, ["check"], env=environment)
    assert first.exit_code == 0, first.output
    assert first.output.startswith("Run 1 of ")
    assert "C18 as_written: not_measurable since" in first.output
    second = RUNNER.invoke(app, ["check"], env=environment)
    assert second.exit_code == 3, "nothing changed"
    assert "Run 2 of" in second.output
    assert ": 0 of " in second.output


def test_tells_an_earlier_day_and_writes_nothing(environment: dict[str, str]) -> None:
    assert RUNNER.invoke(app, ["check"], env=environment).exit_code == 0
    early = RUNNER.invoke(app, ["check", "--as-of", "2023-01-01"], env=environment)
    assert early.exit_code == 3
    assert "Nothing had been checked by 2023-01-01." in early.output
    late = RUNNER.invoke(app, ["check", "--as-of", "2100-01-01"], env=environment)
    assert late.exit_code == 0
    assert "as run 1 of" in late.output


def test_refuses_what_is_no_day(environment: dict[str, str]) -> None:
    assert RUNNER.invoke(app, ["check", "--as-of", "soon"], env=environment).exit_code == 2
