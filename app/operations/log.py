"""A poll's public log: what waits is appended, hidden among covers, under a signed head.

Heads appear at the ticks of one clock for every open poll alike, whether or not somebody voted, and
grow by tens; now and then by ten covers, so that growth is no proof of a ballot either.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, or_, select

from app.database import Database, ReadSession, WriteSession, alone, database_now
from app.domain.ballots import LEAF_PREFIX
from app.domain.checkpoints import Checkpoint, of_manifest, origin_of, published
from app.domain.disclosure import coarse_turnout
from app.domain.merkle import Frontier
from app.domain.polls import PollStatus
from app.errors import KeysMissingError
from app.models.log import LogLeaf, PendingLeaf, TreeHead
from app.models.polls import Envelope, Poll, Round
from app.signing import NoteSigner

BLOCK = 10
"""Sizes are multiples of this, as turnout is told in tens."""
LOOK_S = 60
"""How often a process looks whether a head is due."""
QUIET_BLOCKS = 16
"""One in so many ticks without a ballot adds a block of covers all the same."""
NONCE_BYTES = 32


def cover_leaf(poll_id: UUID, nonce: bytes) -> bytes:
    """Return the leaf of no ballot: SHA-256 over 0x00, `cover`, the poll and a random nonce."""
    return hashlib.sha256(LEAF_PREFIX + b"cover" + poll_id.bytes + nonce).digest()


def tick_of(at: datetime, interval_s: int) -> int:
    """Return the number of the tick that an instant belongs to, the same in every process."""
    return int(at.timestamp()) // interval_s


async def publish_due_heads(database: Database, signer: NoteSigner, *, interval_s: int) -> int:
    """Publish a head for every open poll that has none of this tick; return how many there were."""
    async with database.reading() as session:
        due = await _find_due(session, interval_s)
    made = 0
    for poll_id in due:
        async with database.writing() as session:
            if await alone(session, "log"):
                made += await _publish_if_due(session, signer, poll_id, interval_s)
    return made


async def _find_due(
    session: ReadSession | WriteSession, interval_s: int, only: UUID | None = None
) -> list[UUID]:
    """Return the polls that take ballots, or have leaves waiting, without a head of this tick."""
    now = await database_now(session)
    begun = datetime.fromtimestamp(tick_of(now, interval_s) * interval_s, UTC)
    if interval_s < timedelta(minutes=1).total_seconds():
        begun = now  # heads are stamped to the minute, so each look is a tick of its own
    waits = exists().where(PendingLeaf.poll_id == Poll.id)
    fresh = exists().where(TreeHead.poll_id == Poll.id, TreeHead.published_at >= begun)
    statement = (
        select(Poll.id)
        .join(Round, Round.id == Poll.round_id)
        .where(Poll.status == PollStatus.OPEN, Round.opens_at <= now, ~fresh)
        .where(or_(Round.closes_at > now, waits))
        .order_by(Poll.id)
    )
    if only is not None:
        statement = statement.where(Poll.id == only)
    return list(await session.scalars(statement))


async def _publish_if_due(
    session: WriteSession, signer: NoteSigner, poll_id: UUID, interval_s: int
) -> bool:
    """Publish a poll's head unless it closed, or got one elsewhere, since it was looked for."""
    # Casts go on beside this lock; a close waits for it, and this waits for a close.
    held = select(Poll.id).where(Poll.id == poll_id).with_for_update(read=True, key_share=True)
    await session.execute(held)
    if not await _find_due(session, interval_s, poll_id):
        return False
    await publish_head(session, signer, poll_id, at=await database_now(session))
    return True


async def publish_head(
    session: WriteSession, signer: NoteSigner, poll_id: UUID, *, at: datetime
) -> TreeHead:
    """Append what waits to a poll's log, whose row is held, and publish the head that shows it.

    With it goes the turnout, in tens; in between nobody is told of another. A head that says
    nothing new takes the place of the one before it, if that said nothing new either: of each size
    the first and the latest head remain. Raises `KeysMissingError` when another key has signed this
    log before.
    """
    last, before = await _last_heads(session, poll_id)
    if last is not None and not signer.has_signed(last.checkpoint):
        raise KeysMissingError("The log key in the key store is not the one that began this log.")
    frontier = Frontier.from_bytes(last.size, last.frontier) if last else Frontier()
    turnout = await _count_in_tens(session, poll_id)
    await _append(session, poll_id, frontier)
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    published_at = max(minute, last.published_at) if last else minute
    frozen = await session.scalar(select(Poll.manifest_sha256).where(Poll.id == poll_id))
    said = (published(published_at), of_manifest(frozen or ""))
    checkpoint = Checkpoint(origin_of(poll_id), frontier.size, frontier.root(), said)
    if last is None or before is None or not last.size == before.size == frontier.size:
        last = TreeHead(
            poll_id=poll_id,
            number=last.number + 1 if last else 1,
            size=frontier.size,
            root=checkpoint.root,
            frontier=frontier.to_bytes(),
        )
        session.add(last)
    last.published_at, last.checkpoint = published_at, signer.sign(checkpoint.text())
    last.turnout = turnout
    await session.flush()
    return last


async def _last_heads(
    session: WriteSession, poll_id: UUID
) -> tuple[TreeHead | None, TreeHead | None]:
    newest = select(TreeHead).where(TreeHead.poll_id == poll_id).order_by(TreeHead.number.desc())
    found = list(await session.scalars(newest.limit(2)))
    return (found[0] if found else None, found[1] if len(found) > 1 else None)


async def _count_in_tens(session: WriteSession, poll_id: UUID) -> int:
    """Return how many residents have a ballot in a poll, rounded down; nothing of what they say."""
    ballots = select(func.count()).where(Envelope.poll_id == poll_id)
    return coarse_turnout(await session.scalar(ballots) or 0)


async def _append(session: WriteSession, poll_id: UUID, frontier: Frontier) -> None:
    """Move a poll's waiting leaves into its log, sorted by hash among the covers that fill up."""
    taken = delete(PendingLeaf).where(PendingLeaf.poll_id == poll_id)
    waiting = set(await session.scalars(taken.returning(PendingLeaf.leaf_hash)))
    covers = _covers(poll_id, len(waiting))
    leaves = sorted([*waiting, *covers])
    rows = [
        {"poll_id": poll_id, "idx": idx, "leaf_hash": leaf, "cover": covers.get(leaf)}
        for idx, leaf in enumerate(leaves, frontier.size)
    ]
    if rows:
        await session.execute(insert(LogLeaf), rows)
    for leaf in leaves:
        frontier.append(leaf)


def _covers(poll_id: UUID, waiting: int) -> dict[bytes, bytes]:
    """Return enough covers to fill a block, and the nonces that will show what they are."""
    wanted = -waiting % BLOCK
    if not waiting and not secrets.randbelow(QUIET_BLOCKS):
        wanted = BLOCK
    nonces = (secrets.token_bytes(NONCE_BYTES) for _ in range(wanted))
    return {cover_leaf(poll_id, nonce): nonce for nonce in nonces}
