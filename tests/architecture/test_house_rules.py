"""The house rules hold in app/, know right from wrong, and look where they should."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AST_GREP = Path(sysconfig.get_path("scripts")) / "ast-grep"

BREACHES = [
    ("no-commit", "operations/wards.py", "async def f(session): await session.commit()"),
    ("no-commit", "routers/wards.py", "async def f(session): await session.rollback()"),
    ("no-http-exception", "operations/wards.py", "raise HTTPException(404)"),
    ("no-clock", "operations/wards.py", "now = datetime.now(UTC)"),
    ("no-clock", "domain/wards.py", "today = date.today()"),
    ("lazy-raise", "models/wards.py", 'wards = relationship("Ward")'),
    ("no-backref", "models/wards.py", 'wards = relationship("Ward", backref="b", lazy="raise")'),
    ("no-sql-in-routers", "routers/wards.py", "statement = select(Ward)"),
]


def ast_grep(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AST_GREP, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_service_keeps_every_rule() -> None:
    done = ast_grep("scan", "--error")
    assert done.returncode == 0, done.stdout


def test_every_rule_knows_right_from_wrong() -> None:
    rules = {path.stem for path in (ROOT / "lint/rules").glob("*.yml")}
    tested = {path.stem.removesuffix("-test") for path in (ROOT / "lint/tests").glob("*.yml")}
    assert rules == tested == {rule for rule, _, _ in BREACHES}
    done = ast_grep("test", "--skip-snapshot-tests")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("rule", "name", "line"), BREACHES)
def test_refuses_a_planted_breach(rule: str, name: str, line: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "lint", tmp_path / "lint")
    shutil.copy(ROOT / "sgconfig.yml", tmp_path)
    path = tmp_path / "app" / name
    path.parent.mkdir(parents=True)
    path.write_text(f"{line}\n", encoding="utf-8")
    done = ast_grep("scan", "--error", cwd=tmp_path)
    assert done.returncode != 0
    assert f"error[{rule}]" in done.stdout


def test_lets_transactions_end_where_they_belong(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "lint", tmp_path / "lint")
    shutil.copy(ROOT / "sgconfig.yml", tmp_path)
    path = tmp_path / "app" / "dependencies.py"
    path.parent.mkdir()
    path.write_text("session.commit()\nnow = datetime.now(UTC)\n", encoding="utf-8")
    done = ast_grep("scan", "--error", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
