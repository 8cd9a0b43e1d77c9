"""What the logs and the envelopes of ballots must say of each other, and whether they do.

Each cast leaves one leaf in a log and raises the number in its envelope by one, wherever in the
round its voter lives by then. So at every moment the leaves of a round's polls that are no covers,
with those that still wait, are as many as the numbers of its envelopes add up to.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.database import ReadSession, WriteSession
from app.domain.bundles import Box
from app.domain.polls import TIE_BREAK
from app.models.log import LogLeaf, PendingLeaf
from app.models.polls import Envelope, Poll
from app.operations.log import cover_leaf

Session = ReadSession | WriteSession


async def count_box(session: Session, poll_id: UUID) -> Box:
    """Return the true numbers of a poll's ballot box."""
    leaves = select(func.count(), func.count(LogLeaf.cover)).where(LogLeaf.poll_id == poll_id)
    size, covers = (await session.execute(leaves)).one()
    mine = select(Envelope.quarantined, func.count()).where(Envelope.poll_id == poll_id)
    numbers = dict((await session.execute(mine.group_by(Envelope.quarantined))).all())
    return Box(
        leaves=size,
        cover=covers,
        current=sum(numbers.values()),
        quarantined=numbers.get(True, 0),
    )


async def count_unaccounted(session: Session, round_id: UUID) -> int | None:
    """Return by how much the casts in a round's logs and the numbers in its envelopes differ.

    0 unless an envelope or a leaf is gone, set back or added, one without the other. `None` for a
    round with a poll from before there was a log.
    """
    polls = select(Poll.id).where(Poll.round_id == round_id)
    old = Poll.manifest["tie_break"].as_string() != TIE_BREAK
    if (await session.execute(polls.where(old).limit(1))).first() is not None:
        return None
    # One statement, so that casts going on meanwhile are in all of its sums or in none.
    sums = select(
        _total(func.sum(Envelope.seq), Envelope.round_id == round_id),
        _total(func.count(), LogLeaf.poll_id.in_(polls), LogLeaf.cover.is_(None)),
        _total(func.count(), PendingLeaf.poll_id.in_(polls)),
    )
    numbered, logged, waiting = (await session.execute(sums)).one()
    difference: int = abs(logged + waiting - (numbered or 0))
    return difference


def _total(what: Any, *where: ColumnElement[bool]) -> Any:
    return select(what).where(*where).scalar_subquery()


async def count_false_covers(session: Session, poll_id: UUID) -> int:
    """Count the leaves of a poll's log that are marked as covers and are not their nonce's hash."""
    marked = select(LogLeaf.leaf_hash, LogLeaf.cover).where(
        LogLeaf.poll_id == poll_id, LogLeaf.cover.is_not(None)
    )
    rows = (await session.execute(marked)).all()
    return await asyncio.to_thread(_count_false, poll_id, rows)


def _count_false(poll_id: UUID, marked: Sequence[Any]) -> int:
    return sum(cover_leaf(poll_id, leaf.cover) != bytes(leaf.leaf_hash) for leaf in marked)
