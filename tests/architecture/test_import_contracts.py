"""Each import contract refuses the breach it is there for, and a file that nobody placed."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"

LAYERS = "Requests flow down the layers"
DOMAIN = "Domain touches no framework, database or network"
HTTP = "Nothing below the routers knows HTTP"
SQL = "Routers write no SQL"
SOURCES = "Only sources call out"
RINGS = "No cycles among siblings"

BREACHES = [
    (LAYERS, "models/wards.py", "from app.operations import wards"),
    (LAYERS, "schemas/base.py", "from app.models import base"),
    (LAYERS, "operations/wards.py", "from app.dependencies import Now"),
    (LAYERS, "dependencies.py", "from app.routers import wards"),
    (DOMAIN, "domain/wards.py", "import httpx"),
    (DOMAIN, "domain/identity.py", "import pydantic"),
    (DOMAIN, "domain/identity.py", "from app.database import Database"),
    (HTTP, "operations/wards.py", "from fastapi import Request"),
    (HTTP, "models/base.py", "from starlette.requests import Request"),
    (SQL, "routers/wards.py", "from sqlalchemy import select"),
    (SQL, "routers/running.py", "import geoalchemy2"),
    (SOURCES, "operations/wards.py", "import httpx"),
    (SOURCES, "main.py", "import httpx"),
    (RINGS, "operations/wards.py", "from app.operations import locate"),
]


def judge(tree: Path) -> str:
    """Return what the linter says of a tree; its summary names the broken contracts."""
    done = subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(tree), "PATH": str(Path(sys.executable).parent)},
    )
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    shutil.copytree(
        ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_keeps_every_contract(tree: Path) -> None:
    said = judge(tree)
    assert "6 kept, 0 broken" in said, said


def test_refuses_each_planted_breach(tree: Path) -> None:
    for contract, name, line in BREACHES:
        path = tree / "app" / name
        sound = path.read_text(encoding="utf-8")
        path.write_text(f"{sound}\n{line}\n", encoding="utf-8")
        said = judge(tree)
        path.write_text(sound, encoding="utf-8")
        assert f"{contract} BROKEN" in said, f"{line!r} in {name} was let through:\n{said}"


def test_refuses_a_new_file_that_nobody_placed(tree: Path) -> None:
    stray = tree / "app" / "helpers.py"
    stray.write_text('"""A file without a shelf."""\n', encoding="utf-8")
    said = judge(tree)
    stray.unlink()
    assert f"{LAYERS} BROKEN" in said, said
