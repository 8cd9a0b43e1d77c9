"""`python -m app import …`: what it prints, what it writes, with which code it leaves."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.crime_files import MONTHS, census_csv, crime_csv, small_crime, steady
from tests.factories import A1, A2

Run = Any


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run an import on small London's database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return lambda *parts: CliRunner().invoke(app, ["import", *map(str, parts)])


def written(folder: Path, text: str) -> Path:
    path = folder / "given.csv"
    path.write_text(text)
    return path


def test_refuses_a_malformed_file(run: Run, tmp_path: Path) -> None:
    text = crime_csv(small_crime()).replace(",8,8,8", ",8,many,8", 1)
    found = run("crime", written(tmp_path, text))
    assert found.exit_code == 1
    assert "Refused: Line 2, column 202402: 'many' is not a number." in found.output


def test_imports_crime_once(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, crime_csv(small_crime()))
    tried = run("crime", path, "--dry-run")
    assert tried.exit_code == 0
    assert "Nothing was written (dry run)." in tried.output
    first = run("crime", path)
    assert first.exit_code == 0
    assert "192 counts new, 0 revised, 0 as before." in first.output
    again = run("crime", path)
    assert again.exit_code == 3
    assert "Nothing changed: all of this is there already." in again.output


def test_tells_what_is_odd_about_a_file(run: Run, tmp_path: Path) -> None:
    run("crime", written(tmp_path, crime_csv(small_crime())))
    kinds = {
        (A1, "BURGLARY", "RES BURGLARY OF A HOME"): [9, *[8] * 11],
        ("E05000999", "THEFT", "SHOPLIFTING"): [2] * 12,
        ("nowhere", "THEFT", "SHOPLIFTING"): [1] * 12,
        (A2, "NOVELTY", "NOVEL"): [1] * 12,
    }
    text = crime_csv(kinds, MONTHS[:12]).replace("Alder 2", "Old Alder")
    path = written(tmp_path, text)
    cut = run("crime", path)
    assert cut.exit_code == 1
    said = " ".join(cut.output.split())
    assert f"far fewer offences than are stored of the same months, in {A1} (97 of" in said
    found = run("crime", path, "--accept-fewer")
    for line in (
        "1 revised",
        "The revisions move the total by +1 offences.",
        "36 stored counts removed: in these wards and months the file no longer has burglary/",
        "burglary/res-burglary-of-a-home (48 offences), theft/shoplifting (180 offences).",
        "Left out, unknown here: E05000999, with 24 offences.",
        "Left out, without a ward: 12 offences.",
        "E05090002 is 'Old Alder' in the file and 'Alder 2' here.",
        "New kinds of crime, bearing on no concern yet: novelty, novelty/novel.",
    ):
        assert line in found.output


def test_imports_a_census_and_deprivation_once(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, census_csv({A1: 9_000}))
    for code in (0, 3):
        found = run("census", path)
        assert found.exit_code == code, found.output
        assert "9,000 residents in the wards of the file." in found.output
    assert "rounded to whole people" in found.output
    assert "Left out, disability: the file has no column census_disability_any_pct." in found.output
    scores = written(tmp_path, f"ward_code,imd_score\n{A1},20.5\n")
    for code in (0, 3):
        assert run("deprivation", scores, "--release", "2025").exit_code == code
    assert run("deprivation", scores, "--release", "new").exit_code == 2


def test_another_licence_is_another_copy(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, crime_csv({(A1, "THEFT", "SHOPLIFTING"): steady(1)}))
    assert run("crime", path, "--licence", "Made up for a test").exit_code == 0
    assert run("crime", path).exit_code == 3
