"""Check that the locks hold what pyproject.toml asks for: every pin fits, is hashed, names no host.

python scripts/check_locks.py
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parents[1]
PIN = re.compile(
    r"^([a-z0-9.-]+)==([^\s;\\]+)[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}[ \\]*\n)+)",
    re.MULTILINE,
)
ADDRESS = re.compile(r"://|--(?:index-url|extra-index-url|find-links)|file:")


def asked_for(project: Path) -> tuple[list[str], list[str]]:
    """Return the requirements of the service, and of those who work on it."""
    settings = tomllib.loads(project.read_text(encoding="utf-8"))
    service = settings["project"]["dependencies"]
    extra = settings["project"]["optional-dependencies"]["import"]
    groups = settings["dependency-groups"]
    tools = [*groups["test"], *groups["lint"], *groups["geo-build"]]
    return [*service, *extra], [*service, *extra, *tools]


def pins(lock: str) -> dict[str, list[str]]:
    """Return the hashed versions of each package of a lock; several where Pythons differ."""
    found: dict[str, list[str]] = {}
    for name, version, _ in PIN.findall(lock):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def complaints(lock: Path, asked: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with a lock, in sentences."""
    text = lock.read_text(encoding="utf-8")
    held = pins(text)
    if (address := ADDRESS.search(text)) is not None:
        yield f"{lock.name} names an address: {address.group()}"
    unhashed = len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) - sum(map(len, held.values()))
    if unhashed:
        yield f"{lock.name} has {unhashed} entries that are not pinned with hashes"
    for requirement in map(Requirement, asked):
        versions = held.get(canonicalize_name(requirement.name), [])
        if not versions:
            yield f"{lock.name} lacks {requirement.name}"
        yield from (
            f"{lock.name} pins {requirement.name} {version}, but {requirement} is asked for"
            for version in versions
            if Version(version) not in requirement.specifier
        )


def main() -> int:
    """Return 0 when both locks are sound and agree with each other."""
    service, everything = asked_for(REPOSITORY / "pyproject.toml")
    runtime, dev = REPOSITORY / "requirements.lock", REPOSITORY / "requirements-dev.lock"
    found = [*complaints(runtime, service), *complaints(dev, everything)]
    held, wider = (pins(lock.read_text(encoding="utf-8")) for lock in (runtime, dev))
    found += [
        f"the locks disagree about {name}"
        for name, versions in held.items()
        if wider.get(name) != versions
    ]
    for sentence in found:
        print(sentence, file=sys.stderr)
    if found:
        print("run `make lock`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
