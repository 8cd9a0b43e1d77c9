"""What is committed names no registry and no machine, and the generated pages are up to date."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app import problems
from app.settings import Settings

ROOT = Path(__file__).parents[2]
AS_PUBLISHED = ("app/static/swagger-ui/", "geo/")
OWN_ROOT = ("Dockerfile",)
"""Files whose paths are those of an image of ours."""
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com")
DEBIAN = ("deb.debian" + ".org", "debian" + ".org/debian")
MACHINE_PATH = re.compile(r"(?<![\w.*/])/(?:work|root|home|opt|Users)/\w")


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = [name for name in done.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if not name.startswith(AS_PUBLISHED + OWN_ROOT)]


def faults(text: str) -> list[str]:
    """Return the registries and machine paths that a text names."""
    named = [host for host in (*REGISTRIES, *DEBIAN) if host in text]
    return named + [match.group() for match in MACHINE_PATH.finditer(text)]


def test_knows_a_registry_and_a_machine_path() -> None:
    assert faults(f"--index-url https://{REGISTRIES[0]}/simple") != []
    assert faults("see " + "/work" + "/main/app") != []
    assert faults('cd "' + "/root" + '/x"') != []
    assert faults("GET /v1/wards; ./work/x; https://x.example/home/y") == []


def test_no_tracked_file_names_a_registry_or_a_machine_path() -> None:
    found = {}
    for path in tracked():
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if told := faults(text):
            found[str(path.relative_to(ROOT))] = told
    assert found == {}


def test_the_locks_are_sound() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/check_locks.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("docs/configuration.md", [name.upper() for name in Settings.model_fields]),
        ("docs/errors.md", [error.code for error in problems.all_error_classes()]),
        ("docs/errors.md", [code for code, _ in problems.FRAMEWORK_CODES.values()]),
    ],
)
def test_every_setting_and_error_code_is_documented(page: str, words: list[str]) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [word for word in words if f"| `{word}` |" not in text] == []


def test_every_setting_says_what_it_does() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    assert silent == []


def test_every_error_has_a_code_and_a_title_of_its_own() -> None:
    errors = problems.all_error_classes()
    codes = [error.code for error in errors]
    assert sorted(set(codes)) == sorted(codes)
    assert [error.__name__ for error in errors if "title" not in vars(error)] == []
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []
