"""Opening a poll: once, after its close, whole or not at all; the close against casts in flight."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain.ballots import closing_commitment
from app.errors import (
    BallotBoxDamagedError,
    KeysMissingError,
    PollNotClosedError,
    PollNotOpenError,
    PollOpenedBeforeError,
)
from app.keyring import Keyring
from app.models.polls import Envelope, OpenedBallot, Poll, Round
from app.operations.ballots import BallotBox, cast_ballot, open_poll
from tests.ballot_polls import make_poll, make_round, resident
from tests.factories import A2

pytestmark = pytest.mark.anyio


@pytest.fixture
async def box(database, tmp_path):
    ballot_box = BallotBox(database, Keyring(tmp_path / "keys"))
    yield ballot_box
    await ballot_box.writer.stop()


@pytest.fixture
async def poll(database, box):
    return await make_poll(database, await make_round(database, box.keyring))


async def close_and_open(database, box, poll_id):
    async with database.writing() as session:
        row = await session.get_one(Poll, poll_id, with_for_update=True)
        row.status = "closed"
        await session.flush()
        return await open_poll(session, box.keyring, row)


async def opened_rows(database):
    async with database.reading() as session:
        ordered = select(OpenedBallot).order_by(OpenedBallot.position)
        return (await session.execute(ordered)).scalars().all()


@pytest.mark.parametrize("status", ["draft", "scheduled", "open", "cancelled"])
async def test_refuses_to_open_a_poll_that_is_not_closed(database, box, poll, status):
    async with database.writing() as session:
        row = await session.get_one(Poll, poll.id)
        row.status = status
        await session.flush()
        with pytest.raises(PollNotClosedError):
            await open_poll(session, box.keyring, row)


async def test_refuses_to_open_twice(database, box, poll):
    await cast_ballot(box, resident("one"), poll.id, poll.options[:1])
    await close_and_open(database, box, poll.id)
    with pytest.raises(PollOpenedBeforeError):
        await close_and_open(database, box, poll.id)
    assert len(await opened_rows(database)) == 1


async def test_an_envelope_that_does_not_open_stops_the_whole_opening(database, box, poll):
    for voter in ("one", "two", "three"):
        await cast_ballot(box, resident(voter), poll.id, poll.options[:1])
    async with database.writing() as session:
        [first, *_] = (await session.execute(select(Envelope))).scalars()
        first.sealed = first.sealed[:-1] + bytes([first.sealed[-1] ^ 1])
    with pytest.raises(BallotBoxDamagedError):
        await close_and_open(database, box, poll.id)
    assert await opened_rows(database) == []


async def test_an_envelope_moved_to_another_poll_of_the_round_does_not_open(database, box, poll):
    other = await make_poll(database, poll.round_id, ward=A2)
    await cast_ballot(box, resident("one"), poll.id, poll.options[:1])
    async with database.writing() as session:
        await session.execute(update(Envelope).values(poll_id=other.id))
    with pytest.raises(BallotBoxDamagedError):
        await close_and_open(database, box, other.id)


async def test_without_the_rounds_key_nothing_opens(database, box, poll):
    await cast_ballot(box, resident("one"), poll.id, poll.options[:1])
    box.keyring.destroy_round(poll.round_id)
    with pytest.raises(KeysMissingError):
        await close_and_open(database, box, poll.id)


async def test_opens_the_last_ballot_of_each_resident_with_all_that_is_counted(database, box, poll):
    chosen = {"one": (0,), "two": (0, 2), "three": (1, 2)}
    for voter in ("one", "two", "one", "three", "one"):
        level = 1 if voter == "one" else 3
        options = [poll.options[place] for place in reversed(chosen[voter])]
        await cast_ballot(box, resident(voter, level=level), poll.id, options)
    async with database.reading() as session:
        leaves = (await session.execute(select(Envelope.leaf_hash))).scalars().all()
    assert len(leaves) == 3
    opened = await close_and_open(database, box, poll.id)
    expected = [tuple(str(poll.options[p]) for p in places) for places in chosen.values()]
    assert sorted(opened.choices) == sorted(expected)
    assert opened.by_level == {1: 1, 3: 2}
    assert opened.closing_commitment == closing_commitment(reversed(leaves))
    rows = await opened_rows(database)
    assert [tuple(row.choices) for row in rows] == opened.choices
    assert len({row.tracker for row in rows}) == 3


async def test_a_poll_nobody_voted_in_opens_empty(database, box, poll):
    opened = await close_and_open(database, box, poll.id)
    assert (opened.choices, opened.by_level) == ([], {})


async def vote_until_refused(box, poll, voter: str, numbers: list[int]) -> None:
    """Vote again and again until the poll takes no more; note the acknowledged numbers."""
    with contextlib.suppress(PollNotOpenError):
        while True:
            receipt = await cast_ballot(box, resident(voter), poll.id, poll.options[:2])
            numbers.append(receipt.seq)


@contextlib.asynccontextmanager
async def voters_at_work(box, poll):
    """Yield what voters were told once some came again; they go on until they are refused."""
    told: list[list[int]] = [[] for _ in range(30)]
    async with asyncio.TaskGroup() as voting:
        for number, numbers in enumerate(told):
            voting.create_task(vote_until_refused(box, poll, f"voter-{number}", numbers))
        async with asyncio.timeout(60):
            while sum(map(len, told)) <= 2 * len(told):  # noqa: ASYNC110 - voters tell nobody
                await asyncio.sleep(0.01)
        yield told


async def check_nothing_lost(database, poll, acknowledged, opened):
    voters = [numbers for numbers in acknowledged if numbers]
    assert len(opened.choices) == len(voters)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in voters)
    async with database.reading() as session:
        casts = (await session.execute(select(func.sum(Envelope.seq)))).scalar_one()
    assert casts == sum(map(len, voters))


async def test_a_close_among_casts_in_flight_counts_exactly_the_acknowledged(database, box, poll):
    async with voters_at_work(box, poll) as acknowledged:
        opened = await close_and_open(database, box, poll.id)
    await check_nothing_lost(database, poll, acknowledged, opened)


async def test_the_databases_clock_ends_the_casting_by_itself(database, box, poll):
    ends = update(Round).where(Round.id == poll.round_id)
    async with voters_at_work(box, poll) as acknowledged:
        soon = datetime.now(UTC) + timedelta(seconds=0.5)
        async with database.writing() as session:
            await session.execute(ends.values(closes_at=soon))
    with pytest.raises(PollNotOpenError):
        await cast_ballot(box, resident("late"), poll.id, poll.options[:1])
    opened = await close_and_open(database, box, poll.id)
    await check_nothing_lost(database, poll, acknowledged, opened)
