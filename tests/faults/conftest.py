"""Grounds for the rigs: folders and clusters of their own, gone when the test is over."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.rigs.clusters import (
    CannotBeHadError,
    Cluster,
    find_programs,
    make_template,
    private_ground,
)


@pytest.fixture
def ground() -> Iterator[Path]:
    """A short-named folder for one rig, on the disk where temporary files go."""
    with private_ground() as folder:
        yield folder


@pytest.fixture(scope="session")
def cluster_template() -> Iterator[Cluster]:
    """A stopped cluster holding small London, to be copied by each rig."""
    try:
        find_programs()
    except CannotBeHadError as reason:
        if os.environ.get("CI"):
            pytest.fail(f"CI=true, but a rig cannot run: {reason}.")
        pytest.skip(f"RIG NOT RUN: {reason}.")
    with private_ground() as folder:
        yield make_template(folder)


@pytest.fixture
def london_file(template_sqlite: Path, ground: Path) -> Path:
    """An SQLite file of the rig's own, holding small London."""
    path = ground / "london.sqlite3"
    path.write_bytes(template_sqlite.read_bytes())
    return path
