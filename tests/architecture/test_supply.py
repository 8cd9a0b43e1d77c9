"""What ships is listed whole, holds no known weak release, and its image needs no root."""

import json
import re
import subprocess
import sysconfig
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9.-]+)==([^\s;\\]+)", re.MULTILINE)
FLOORS = {"starlette": "1.3.1", "httpx": "0.28.1", "joserfc": "1.4", "cryptography": "45"}
"""The first releases without a weakness that would matter here."""


def pins() -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))


def bill(path: Path) -> dict[str, str]:
    """Return the components of the bill of materials, made without asking any index."""
    program = Path(sysconfig.get_path("scripts")) / "cyclonedx-py"
    options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON"]
    command = [program, "requirements", *options, "-o", path, "requirements.lock"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["bomFormat"] == "CycloneDX"
    return {part["name"]: part["version"] for part in document["components"]}


def test_the_bill_of_materials_lists_every_locked_package(tmp_path: Path) -> None:
    assert len(pins()) > 30
    assert bill(tmp_path / "sbom.json") == pins()


def test_no_locked_package_is_below_its_floor() -> None:
    held = pins()
    assert {name for name, floor in FLOORS.items() if Version(held[name]) < Version(floor)} == set()


def test_the_image_runs_as_nobody_without_a_compiler_or_a_secret() -> None:
    last = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    assert "\nUSER 65534:65534\n" in last
    assert re.search(r"\b(gcc|build-essential|apt-get|curl)\b", last) is None
    assert re.search(r"(?i)(password|secret|token)\s*=", last) is None
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    ours = compose.count("build: .")
    assert ours == compose.count("read_only: true") == compose.count("cap_drop: [ALL]") == 3
