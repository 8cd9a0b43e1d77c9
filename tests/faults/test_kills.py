"""Kills with signal 9, in the middle of a crowd of voters, lose no acknowledged ballot (P1, P7b).

The controls break one promise of the service each; the same rig must find it out.
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
MANY = 30
"""Ballots for each fault, at least; fewer, and the faults did not strike among voters."""


async def test_thirty_kills_of_database_and_workers_lose_no_ballot_and_no_promise(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await kill_postgresql(
        cluster_template, ground, postmasters=POSTMASTERS, workers=WORKERS
    )
    assert found.is_clean, found
    assert found.acknowledged > MANY * found.faults, found
    assert found.unanswered >= 0, found


async def test_kills_of_the_service_lose_no_ballot_and_no_promise_on_sqlite(
    london_file: Path, ground: Path
) -> None:
    found = await kill_sqlite(london_file, ground, servers=FEW, workers=FEW)
    assert found.is_clean, found
    assert found.acknowledged > MANY * found.faults, found
    assert found.unanswered >= 0, found


@pytest.mark.parametrize(
    ("weakness", "postmasters", "workers"),
    [
        ("synchronous_commit=off", FEW, 0),
        ("answer before commit, PostgreSQL", 0, FEW),
        ("leaves left out", 0, 1),
    ],
)
async def test_finds_the_loss_where_a_promise_is_broken(
    cluster_template: Cluster, ground: Path, weakness: str, postmasters: int, workers: int
) -> None:
    found = await kill_postgresql(
        cluster_template, ground, postmasters=postmasters, workers=workers, weakness=weakness
    )
    assert found.lost > 0, found


async def test_finds_the_loss_where_sqlite_answers_before_the_commit(
    london_file: Path, ground: Path
) -> None:
    weakness = "answer before commit, SQLite"
    found = await kill_sqlite(london_file, ground, servers=FEW, workers=0, weakness=weakness)
    assert found.lost > 0, found


LEAVES = frozenset({b"1", b"2", b"3", b"4", b"5"})
RECEIPTS = [Receipt(1, b"1"), Receipt(3, b"3")]


@pytest.mark.parametrize(
    ("receipts", "kept", "leaves", "lost"),
    [
        (RECEIPTS, Kept(3, b"3"), LEAVES, 0),
        (RECEIPTS, Kept(4, b"4"), LEAVES, 0),
        (RECEIPTS, Kept(4, b"4"), LEAVES - {b"1"}, 1),
        (RECEIPTS, Kept(3, b"4"), LEAVES, 1),
        (RECEIPTS, Kept(2, b"2"), LEAVES, 1),
        (RECEIPTS, Kept(1, b"1"), LEAVES, 1),
        (RECEIPTS, None, LEAVES, 2),
        ([*RECEIPTS, Receipt(3, b"4")], Kept(3, b"4"), LEAVES, 1),
        ([*RECEIPTS, Receipt(2, b"4")], Kept(5, b"5"), LEAVES, 1),
        ([], None, frozenset(), 0),
    ],
)
async def test_a_receipt_is_borne_out_by_its_leaf_and_itself_or_a_later_ballot_only(
    receipts: list[Receipt], kept: Kept | None, leaves: frozenset[bytes], lost: int
) -> None:
    assert count_lost(receipts, kept, leaves) == lost
