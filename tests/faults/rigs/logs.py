"""The public log after the faults: what was promised must stand under a signed head."""

import asyncio
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import exists, select

from app.database import Database
from app.domain.merkle import EMPTY_ROOT, Frontier, Tree, includes
from app.models.log import LogLeaf, PendingLeaf, TreeHead
from tests.faults.rigs.stage import Stage

DRAINED_S, LOOK_S = 60.0, 0.2


@dataclass(frozen=True)
class Log:
    """A poll's log as the database keeps it."""

    leaves: list[bytes]
    covers: int
    waiting: frozenset[bytes]
    heads: list[tuple[int, bytes]]

    @property
    def ballots(self) -> int:
        """How many leaves, in place or waiting, stand for a ballot."""
        return len(self.leaves) - self.covers + len(self.waiting)


async def read_log(url: str, stage: Stage) -> Log:
    """Return the log of a stage's poll."""
    database, poll_id = Database(url, pool_size=1), stage.poll.id
    leaf = select(LogLeaf.idx, LogLeaf.leaf_hash, LogLeaf.cover).where(LogLeaf.poll_id == poll_id)
    wait = select(PendingLeaf.leaf_hash).where(PendingLeaf.poll_id == poll_id)
    head = select(TreeHead.size, TreeHead.root).where(TreeHead.poll_id == poll_id)
    async with database.reading() as session:
        # In this order: what a head holds is in the log already, whoever publishes meanwhile.
        waiting = frozenset(map(bytes, await session.scalars(wait)))
        heads = (await session.execute(head.order_by(TreeHead.number))).all()
        rows = (await session.execute(leaf.order_by(LogLeaf.idx))).all()
    await database.close()
    assert [row.idx for row in rows] == list(range(len(rows))), "the log has a gap"
    return Log(
        leaves=[bytes(row.leaf_hash) for row in rows],
        covers=sum(row.cover is not None for row in rows),
        waiting=waiting,
        heads=[(size, bytes(root)) for size, root in heads],
    )


async def drained(url: str, stage: Stage) -> Log:
    """Return the log once no leaf waits any more; the service, which sees to it, must be running.

    Gives up after `DRAINED_S` and returns it as it is then.
    """
    database, until = Database(url, pool_size=1), time.monotonic() + DRAINED_S
    waiting = select(exists().where(PendingLeaf.poll_id == stage.poll.id))
    while time.monotonic() < until:
        async with database.reading() as session:
            if not await session.scalar(waiting):
                break
        await asyncio.sleep(LOOK_S)
    await database.close()
    return await read_log(url, stage)


def false_heads(log: Log, seen: Iterable[tuple[int, bytes]]) -> int:
    """Return how many heads, kept here or by onlookers, are not beginnings of the log as it is."""
    heads = {*log.heads, *seen}
    told = dict.fromkeys((size for size, _ in heads), EMPTY_ROOT)
    frontier = Frontier()
    for leaf in log.leaves:
        frontier.append(leaf)
        if frontier.size in told:
            told[frontier.size] = frontier.root()
    return sum(size > frontier.size or told[size] != root for size, root in heads)


def unproven(log: Log, promised: Iterable[bytes]) -> int:
    """Return how many promised leaves have no inclusion proof under the newest head."""
    size, root = log.heads[-1] if log.heads else (0, EMPTY_ROOT)
    tree, places = Tree(log.leaves[:size]), _places(log.leaves[:size])

    def is_proven(leaf: bytes) -> bool:
        index = places.get(leaf)
        if index is None:
            return False
        return includes(root, size, leaf=leaf, index=index, path=tree.inclusion(index))

    return sum(not is_proven(leaf) for leaf in promised)


def _places(leaves: Collection[bytes]) -> dict[bytes, int]:
    return {leaf: index for index, leaf in enumerate(leaves)}
