"""The sequencer on real databases: promptness, tens, covers, one signer, and the final head."""

import asyncio
import contextlib
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.domain.checkpoints import read_checkpoint
from app.domain.merkle import EMPTY_ROOT, Tree
from app.errors import KeysMissingError
from app.keyring import Keyring
from app.models.log import LogLeaf, PendingLeaf, TreeHead
from app.models.polls import Envelope, Poll
from app.operations import log
from app.operations.ballots import BallotBox, cast_ballot
from app.operations.log import publish_due_heads, publish_head
from tests.ballot_polls import HOUR, make_poll, make_round, resident

pytestmark = pytest.mark.anyio

SOON = 1
"""A tick at every look."""


@pytest.fixture
async def box(database, tmp_path):
    ballot_box = BallotBox(database, Keyring(tmp_path / "keys"))
    yield ballot_box
    await ballot_box.writer.stop()


@pytest.fixture
async def poll(database, box):
    return await make_poll(database, await make_round(database, box.keyring))


@pytest.fixture
def without_blank_covers(monkeypatch):
    monkeypatch.setattr(log.secrets, "randbelow", lambda _: 1)


async def tick(database, box, interval_s=SOON) -> int:
    return await publish_due_heads(database, box.keyring.log_signer, interval_s=interval_s)


async def cast(box, poll, voters) -> set[bytes]:
    ballots = (cast_ballot(box, resident(f"v{v}"), poll.id, poll.options[:1]) for v in voters)
    return {receipt.leaf_hash for receipt in await asyncio.gather(*ballots)}


async def heads_of(database, poll) -> list[TreeHead]:
    async with database.reading() as session:
        of_poll = select(TreeHead).where(TreeHead.poll_id == poll.id)
        return list(await session.scalars(of_poll.order_by(TreeHead.number)))


async def leaves_of(database, poll) -> list[LogLeaf]:
    async with database.reading() as session:
        of_poll = select(LogLeaf).where(LogLeaf.poll_id == poll.id)
        return list(await session.scalars(of_poll.order_by(LogLeaf.idx)))


async def waiting(database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(PendingLeaf))


@pytest.mark.parametrize("status", ["draft", "closed", "counted", "published", "cancelled"])
async def test_a_poll_that_takes_no_ballots_gets_no_heads(database, box, status):
    poll = await make_poll(database, await make_round(database, box.keyring), status=status)
    assert await tick(database, box) == 0
    assert await heads_of(database, poll) == []


async def test_a_poll_gets_no_heads_before_it_opens_and_none_after_without_leaves(database, box):
    early = await make_round(database, box.keyring, opens_in=HOUR, closes_in=2 * HOUR)
    late = await make_round(database, box.keyring, opens_in=-2 * HOUR, closes_in=-HOUR)
    await make_poll(database, early, status="scheduled")
    await make_poll(database, late)
    assert await tick(database, box) == 0


async def test_a_log_that_another_key_began_is_not_continued(database, box, poll, tmp_path):
    await tick(database, box)
    stranger = Keyring(tmp_path / "other").log_signer
    with pytest.raises(KeysMissingError):
        await publish_due_heads(database, stranger, interval_s=SOON)
    assert len(await heads_of(database, poll)) == 1


@pytest.mark.usefixtures("without_blank_covers")
async def test_every_ballot_is_in_the_next_head_and_sizes_grow_by_tens(database, box, poll):
    leaves: set[bytes] = set()
    for turn, voters in enumerate((range(3), range(12), range(0), range(5)), 1):
        leaves |= await cast(box, poll, voters)
        assert await waiting(database) == len(voters)
        assert await tick(database, box) == 1
        assert await waiting(database) == 0
        head = (await heads_of(database, poll))[-1]
        logged = await leaves_of(database, poll)
        assert leaves == {leaf.leaf_hash for leaf in logged if leaf.cover is None}
        assert [leaf.idx for leaf in logged] == list(range(head.size))
        assert head.root == Tree(leaf.leaf_hash for leaf in logged).root()
        assert (turn, head.size) in {(1, 10), (2, 30), (3, 30), (4, 40)}


async def test_a_leaf_that_waits_twice_is_logged_once(database, box, poll):
    leaves = await cast(box, poll, range(3))
    refused = pytest.raises(IntegrityError) if database.is_sqlite else contextlib.nullcontext()
    with refused:  # SQLite keeps a key
        async with database.writing() as session:
            twice = select(PendingLeaf.poll_id, PendingLeaf.leaf_hash)
            await session.execute(insert(PendingLeaf).from_select(["poll_id", "leaf_hash"], twice))
    assert await waiting(database) == (3 if database.is_sqlite else 6)
    assert await tick(database, box) == 1
    logged = [leaf.leaf_hash for leaf in await leaves_of(database, poll) if leaf.cover is None]
    assert sorted(logged) == sorted(leaves)


async def test_heads_are_signed_checkpoints_that_say_what_the_row_says(database, box, poll):
    await tick(database, box)
    await cast(box, poll, range(4))
    await tick(database, box)
    for head in await heads_of(database, poll):
        assert box.keyring.log_signer.has_signed(head.checkpoint)
        said = read_checkpoint(head.checkpoint)
        assert (said.origin, said.size, said.root) == (
            f"ward-priorities/polls/{poll.id}",
            head.size,
            head.root,
        )
        assert said.extensions == (
            f"published {head.published_at:%Y-%m-%dT%H:%M:00Z}",
            f"manifest {'ab' * 32}",
        )
        assert head.published_at.second == head.published_at.microsecond == 0


@pytest.mark.usefixtures("without_blank_covers")
async def test_of_each_size_the_first_and_the_latest_head_remain(database, box, poll):
    for _ in range(4):
        await tick(database, box)
    assert [(head.number, head.size) for head in await heads_of(database, poll)] == [(1, 0), (2, 0)]
    assert (await heads_of(database, poll))[0].root == EMPTY_ROOT
    await cast(box, poll, range(1))
    for _ in range(4):
        await tick(database, box)
    assert [head.size for head in await heads_of(database, poll)] == [0, 0, 10, 10]


async def test_a_batch_stands_sorted_with_its_covers_among_the_ballots(database, box, poll):
    leaves = await cast(box, poll, range(14))
    await tick(database, box)
    logged = await leaves_of(database, poll)
    hashes = [leaf.leaf_hash for leaf in logged]
    assert hashes == sorted(hashes)
    assert len(hashes) == 20
    covers = [leaf for leaf in logged if leaf.cover is not None]
    assert {leaf.leaf_hash for leaf in logged} - {leaf.leaf_hash for leaf in covers} == leaves
    for leaf in covers:
        text = b"\x00cover" + poll.id.bytes + leaf.cover
        assert leaf.leaf_hash == hashlib.sha256(text).digest()
    assert len({leaf.cover for leaf in covers}) == 6


async def test_now_and_then_a_tick_without_ballots_adds_ten_covers(
    database, box, poll, monkeypatch
):
    monkeypatch.setattr(log.secrets, "randbelow", lambda _: 0)
    await tick(database, box)
    assert [leaf.cover is None for leaf in await leaves_of(database, poll)] == [False] * 10


async def test_within_one_tick_there_is_one_head_whatever_was_cast_and_whoever_looks(
    database, box, poll
):
    """When a head appears tells nothing: its clock is the same for a poll nobody votes in."""
    quiet = await make_poll(database, await make_round(database, box.keyring))
    day = 86_400
    assert await tick(database, box, day) == 2
    await cast(box, poll, range(3))
    assert await tick(database, box, day) == 0
    async with database.writing() as session:
        for head in await session.scalars(select(TreeHead)):
            head.published_at -= timedelta(days=1)
    made = await asyncio.gather(*(tick(database, box, day) for _ in range(5)))
    assert sum(made) <= 2
    await tick(database, box, day)
    times = {
        head.published_at
        for each in (poll, quiet)
        for head in (await heads_of(database, each))[-1:]
    }
    assert len(times) == 1


async def test_leaves_that_come_in_while_a_head_is_made_wait_for_the_next(database, box, poll):
    casting = [asyncio.create_task(cast(box, poll, range(n, n + 40))) for n in range(0, 400, 40)]
    while any(not task.done() for task in casting):
        await tick(database, box)
    await tick(database, box)
    leaves = set().union(*(task.result() for task in casting))
    logged = {leaf.leaf_hash for leaf in await leaves_of(database, poll) if leaf.cover is None}
    assert logged == leaves
    assert len(leaves) == 400
    async with database.reading() as session:
        assert set(await session.scalars(select(Envelope.leaf_hash))) <= logged


async def test_what_still_waits_after_the_clock_closed_a_poll_is_appended(database, box, poll):
    leaves = await cast(box, poll, range(3))
    async with database.writing() as session:
        row = await session.get_one(Poll, poll.id)
        past = datetime.now(UTC) - timedelta(seconds=1)
        round_ = Poll.round.property.mapper.class_
        await session.execute(
            update(round_).where(round_.id == row.round_id).values(closes_at=past)
        )
    assert await tick(database, box) == 1
    logged = {leaf.leaf_hash for leaf in await leaves_of(database, poll)}
    assert leaves <= logged
    assert await tick(database, box) == 0


async def test_a_head_is_never_stamped_before_the_one_it_follows(database, box, poll):
    now = datetime.now(UTC)
    async with database.writing() as session:
        first = await publish_head(session, box.keyring.log_signer, poll.id, at=now)
        earlier = now - timedelta(days=3)
        second = await publish_head(session, box.keyring.log_signer, poll.id, at=earlier)
    assert second.published_at == first.published_at
