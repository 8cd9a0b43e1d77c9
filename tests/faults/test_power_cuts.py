"""A power cut in the middle of a crowd of voters loses no acknowledged ballot (P1, P1c).

Needs root and loop devices; where they cannot be had these tests are skipped, and say so.
"""

from pathlib import Path

import pytest

from tests.faults.rigs.clusters import CannotBeHadError, Cluster
from tests.faults.rigs.disks import require_loop_devices
from tests.faults.rigs.power_cuts import cut_postgresql, cut_sqlite

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("_loop_devices")]

CUTS = 3
SQLITE_CUTS = 2
CONTROL_CUTS = 3
"""One may fall just behind a checkpoint, when there is nothing to lose."""


@pytest.fixture(scope="session")
def _loop_devices() -> None:
    try:
        require_loop_devices()
    except CannotBeHadError as reason:
        pytest.skip(f"POWER CUTS NOT RUN: {reason}.")


async def test_power_cuts_of_the_database_lose_no_acknowledged_ballot(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await cut_postgresql(cluster_template, ground, cuts=CUTS)
    assert found.is_clean, found
    assert found.acknowledged > 0, found


async def test_power_cuts_of_service_and_file_lose_no_acknowledged_ballot_on_sqlite(
    london_file: Path, ground: Path
) -> None:
    found = await cut_sqlite(london_file, ground, cuts=SQLITE_CUTS)
    assert found.is_clean, found
    assert found.acknowledged > 0, found


async def test_finds_the_loss_where_postgresql_does_not_sync(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await cut_postgresql(cluster_template, ground, cuts=1, fsync=False)
    assert found.lost > 0, found


async def test_finds_the_loss_where_sqlite_syncs_at_checkpoints_only(
    london_file: Path, ground: Path
) -> None:
    seldom = "synchronous=NORMAL"
    found = await cut_sqlite(london_file, ground, cuts=CONTROL_CUTS, weakness=seldom)
    assert found.lost > 0, found
