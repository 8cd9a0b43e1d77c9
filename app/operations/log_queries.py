"""A poll's public log to be read: its heads, and proofs from trees that are kept while in use."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.database import ReadSession, WriteSession
from app.domain.merkle import Tree
from app.domain.polls import BEFORE_CLOSE
from app.errors import InvalidRequestError, LeafNotInLogError, NoHeadYetError, NotFoundError
from app.models.log import LogLeaf, TreeHead
from app.models.polls import Poll
from app.operations.log import LOOK_S, tick_of
from app.pagination import Key, Page, PageRequest, fetch_page

KEPT_TREES = 32


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where a leaf stands under a head, and the path that proves it."""

    head: TreeHead
    index: int
    path: list[bytes]


@dataclass(frozen=True, slots=True)
class Consistency:
    """Two heads of one log, and the path that proves the later grew from the earlier."""

    first: TreeHead
    second: TreeHead
    path: list[bytes]


class TreeShelf:
    """The trees that were asked for last, with where each leaf stands; built once, never changed.

    One is built at a time, so that a crowd that asks for the same tree builds it once.
    """

    def __init__(self, limit: int = KEPT_TREES) -> None:
        self._limit = limit
        self._trees: OrderedDict[tuple[UUID, int], tuple[Tree, dict[bytes, int]]] = OrderedDict()
        self._building = asyncio.Lock()

    async def get(
        self, session: ReadSession, poll_id: UUID, size: int
    ) -> tuple[Tree, dict[bytes, int]]:
        """Return a poll's log as it was at a published size, and its leaves' places."""
        key = poll_id, size
        if key not in self._trees:
            async with self._building:
                if key not in self._trees:
                    self._trees[key] = await self._build(session, poll_id, size)
        self._trees.move_to_end(key)
        found = self._trees[key]
        while len(self._trees) > self._limit:
            self._trees.popitem(last=False)
        return found

    @staticmethod
    async def _build(
        session: ReadSession, poll_id: UUID, size: int
    ) -> tuple[Tree, dict[bytes, int]]:
        of_poll = select(LogLeaf.leaf_hash).where(LogLeaf.poll_id == poll_id, LogLeaf.idx < size)
        leaves = list(await session.scalars(of_poll.order_by(LogLeaf.idx)))
        tree = await asyncio.to_thread(Tree, leaves)
        return tree, {leaf: place for place, leaf in enumerate(leaves)}


async def list_heads(session: ReadSession, poll_id: UUID, page: PageRequest) -> Page[TreeHead]:
    """Return a log's heads, newest first: of each size the first and the latest."""
    heads = select(TreeHead).where(TreeHead.poll_id == poll_id)
    found = await fetch_page(session, heads, page, [Key.integer(TreeHead.number)], descending=True)
    if not found.items:
        await _status_of(session, poll_id)
    return found


async def get_head(session: ReadSession, poll_id: UUID) -> TreeHead:
    """Return a log's newest head; raise `NoHeadYetError` before there is one."""
    newest = select(TreeHead).where(TreeHead.poll_id == poll_id).order_by(TreeHead.number.desc())
    head = (await session.scalars(newest.limit(1))).first()
    if head is None:
        status = await _status_of(session, poll_id)
        raise NoHeadYetError(
            f"This poll is {status}; a log has its first head soon after its poll has opened."
        )
    return head


async def find_turnouts(
    session: ReadSession | WriteSession, poll_ids: Sequence[UUID]
) -> dict[UUID, int]:
    """Return the turnouts, in tens, that these polls' newest heads tell; none before the first."""
    newest = (
        select(TreeHead.poll_id, func.max(TreeHead.number).label("number"))
        .where(TreeHead.poll_id.in_(poll_ids))
        .group_by(TreeHead.poll_id)
        .subquery()
    )
    is_newest = (TreeHead.poll_id == newest.c.poll_id) & (TreeHead.number == newest.c.number)
    told = select(TreeHead.poll_id, TreeHead.turnout).join(newest, is_newest)
    return dict((await session.execute(told)).all())


async def prove_inclusion(
    session: ReadSession, trees: TreeShelf, poll_id: UUID, leaf: bytes, *, next_by: datetime
) -> Inclusion:
    """Return the proof that a leaf stands under the newest head, or raise `LeafNotInLogError`."""
    head = await get_head(session, poll_id)
    tree, places = await trees.get(session, poll_id, head.size)
    index = places.get(leaf)
    if index is None:
        said = f"The newest head, of {head.published_at:%Y-%m-%dT%H:%MZ}, does not hold this leaf. "
        if await _status_of(session, poll_id) in BEFORE_CLOSE:
            said += f"A ballot recorded since then is under the next one, by {next_by:%H:%MZ}."
        else:
            said += "The poll takes no more ballots and the log is complete."
        raise LeafNotInLogError(said, pointer="leaf_hash")
    return Inclusion(head, index, tree.inclusion(index))


async def prove_consistency(
    session: ReadSession, trees: TreeShelf, poll_id: UUID, *, first: int, second: int
) -> Consistency:
    """Return the proof that a log only grew from one published size to another."""
    if first > second:
        raise InvalidRequestError("The first size is the smaller one.", pointer="first")
    earlier = await _head_of_size(session, poll_id, first, "first")
    later = await _head_of_size(session, poll_id, second, "second")
    tree, _ = await trees.get(session, poll_id, second)
    return Consistency(earlier, later, tree.consistency(first))


def next_head_by(now: datetime, interval_s: int) -> datetime:
    """Return the minute by which what waits now is under a head."""
    begins = (tick_of(now, interval_s) + 1) * interval_s
    return datetime.fromtimestamp(begins, UTC) + timedelta(seconds=LOOK_S, minutes=1)


async def _head_of_size(session: ReadSession, poll_id: UUID, size: int, name: str) -> TreeHead:
    of_size = select(TreeHead).where(TreeHead.poll_id == poll_id, TreeHead.size == size)
    head = (await session.scalars(of_size.order_by(TreeHead.number).limit(1))).first()
    if head is None:
        await get_head(session, poll_id)
        raise InvalidRequestError(f"This log has no head of size {size}.", pointer=name)
    return head


async def _status_of(session: ReadSession, poll_id: UUID) -> str:
    """Return a scheduled poll's stored status; drafts are not for everyone to know of."""
    status = await session.scalar(select(Poll.status).where(Poll.id == poll_id))
    if status is None or status == "draft":
        raise NotFoundError("poll", poll_id)
    return status
