"""Kills with signal 9, in the middle of a crowd of voters, lose no acknowledged ballot (P1).

The controls break one promise of the service each; the same rig must find the loss.
"""

from pathlib import Path

import pytest

from tests.faults.rigs.accounts import count_lost
from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.kills import kill_postgresql, kill_sqlite
from tests.faults.rigs.stage import Kept
from tests.faults.rigs.voters import Receipt

pytestmark = pytest.mark.anyio

POSTMASTERS, WORKERS = 20, 10
FEW = 3


async def test_thirty_kills_of_database_and_workers_lose_nothing_acknowledged(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await kill_postgresql(
        cluster_template, ground, postmasters=POSTMASTERS, workers=WORKERS
    )
    assert (found.lost, found.twice) == (0, 0), found
    assert found.acknowledged > 30 * found.faults, found
    assert found.unanswered >= 0, found


async def test_kills_of_the_service_lose_nothing_acknowledged_on_sqlite(
    london_file: Path, ground: Path
) -> None:
    found = await kill_sqlite(london_file, ground, servers=FEW, workers=FEW)
    assert (found.lost, found.twice) == (0, 0), found
    assert found.acknowledged > 30 * found.faults, found


async def test_finds_the_loss_where_a_commit_does_not_wait_for_the_disk(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await kill_postgresql(
        cluster_template, ground, postmasters=FEW, workers=0, weakness="synchronous_commit=off"
    )
    assert found.lost > 0, found


async def test_finds_the_loss_where_a_worker_answers_before_the_commit(
    cluster_template: Cluster, ground: Path
) -> None:
    weakness = "answer before commit, PostgreSQL"
    found = await kill_postgresql(
        cluster_template, ground, postmasters=0, workers=FEW, weakness=weakness
    )
    assert found.lost > 0, found


async def test_finds_the_loss_where_sqlite_answers_before_the_commit(
    london_file: Path, ground: Path
) -> None:
    weakness = "answer before commit, SQLite"
    found = await kill_sqlite(london_file, ground, servers=FEW, workers=0, weakness=weakness)
    assert found.lost > 0, found


RECEIPTS = [Receipt(1, "aa", 0), Receipt(3, "cc", 0)]


@pytest.mark.parametrize(
    ("receipts", "kept", "lost"),
    [
        (RECEIPTS, Kept(3, "cc"), 0),
        (RECEIPTS, Kept(4, "dd"), 0),
        (RECEIPTS, Kept(3, "dd"), 1),
        (RECEIPTS, Kept(2, "bb"), 1),
        (RECEIPTS, Kept(1, "aa"), 1),
        (RECEIPTS, None, 2),
        ([*RECEIPTS, Receipt(3, "dd", 0)], Kept(3, "dd"), 1),
        ([*RECEIPTS, Receipt(2, "dd", 0)], Kept(5, "ee"), 1),
        ([], None, 0),
    ],
)
async def test_a_receipt_is_borne_out_by_itself_or_by_a_later_ballot_only(
    receipts: list[Receipt], kept: Kept | None, lost: int
) -> None:
    assert count_lost(receipts, kept) == lost
