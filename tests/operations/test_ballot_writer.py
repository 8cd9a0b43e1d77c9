"""The batching writer on real databases: neighbours, limits, locks held elsewhere, shutdown."""

import asyncio
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from app.domain.ballots import leaf_hash
from app.errors import BallotNotRecordedError, BusyError, PollNotOpenError
from app.keyring import Keyring
from app.models.polls import Envelope
from app.operations import ballot_store
from app.operations.ballot_store import open_store
from app.operations.ballot_writer import Ballot, BallotWriter
from app.operations.log_promises import Promiser
from app.sealing import Choice, Opener, associated_data, new_tracker
from tests.ballot_polls import make_poll, make_round
from tests.factories import A2

pytestmark = pytest.mark.anyio
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class CountingStore:
    """The real store, which notes how large the batches are and how many it has at a time."""

    def __init__(self, database):
        self._store = open_store(database)
        self.ahead = self._store.ahead
        self.sizes: list[int] = []
        self.at_work, self.at_once = 0, 0

    async def write(self, ballots):
        self.sizes.append(len(ballots))
        self.at_work += 1
        self.at_once = max(self.at_once, self.at_work)
        try:
            return await self._store.write(ballots)
        finally:
            self.at_work -= 1

    async def close(self):
        await self._store.close()

    def break_connection(self):
        self._store._connection.terminate()  # noqa: SLF001 - as a network does


class Booth:
    """A poll, its keys and a writer on it."""

    def __init__(self, database, keyring, poll, **limits):
        self.database, self.keyring, self.poll = database, keyring, poll
        self.store = CountingStore(database)
        self.promiser = Promiser(keyring, interval_s=900)
        self.writer = BallotWriter(self.store, self.promiser, **limits)
        self._public = keyring.create_round(poll.round_id)
        self._bound_to = associated_data(poll.id, "ab" * 32)

    def ballot(self, voter: int, mask: int = 1) -> Ballot:
        slot = self.keyring.slot(self.poll.round_id, voter.to_bytes(4, "big"))
        choice = Choice(mask, new_tracker(), self._bound_to)
        return Ballot(
            self.poll.round_id,
            slot,
            self.poll.id,
            level=2,
            quarantined=False,
            public_key=self._public,
            choice=choice,
        )

    async def cast(self, voter: int, mask: int = 1):
        return await self.writer.write(self.ballot(voter, mask))

    async def until_at_work(self, *casts):
        """Return once the database has a batch, or one of these casts was answered."""
        async with asyncio.timeout(10):
            while not self.store.at_work and not any(cast.done() for cast in casts):  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.005)

    async def envelopes(self):
        async with self.database.reading() as session:
            return (await session.execute(select(Envelope))).scalars().all()

    def opened(self, envelope) -> int:
        opener = Opener(self.keyring.private_key(self.poll.round_id))
        return opener.unseal(envelope.sealed, self._bound_to)[0]


@pytest.fixture
async def make_booth(database, tmp_path):
    booths = []

    async def make(**limits):
        keyring = Keyring(tmp_path / "keys")
        poll = await make_poll(database, await make_round(database, keyring))
        booths.append(Booth(database, keyring, poll, **limits))
        return booths[-1]

    yield make
    for booth in booths:
        await booth.writer.stop()


@asynccontextmanager
async def held_by_another(database):
    """Keep every ballot waiting, as a long write of somebody else would."""
    async with database.write_connection() as connection:
        if not database.is_sqlite:
            await connection.execute(text("LOCK TABLE envelope IN ACCESS EXCLUSIVE MODE"))
        yield


async def test_one_bad_ballot_never_fails_its_neighbours(make_booth):
    booth = await make_booth()
    good = [booth.ballot(voter) for voter in range(20)]
    too_large = booth.ballot(100)._replace(level=2**70)
    no_key = booth.ballot(101)._replace(public_key=bytes(32))
    elsewhere = booth.ballot(102)._replace(poll_id=UUID(int=5))
    ballots = [*good[:10], too_large, no_key, elsewhere, *good[10:]]
    answers = await asyncio.gather(
        *(booth.writer.write(ballot) for ballot in ballots), return_exceptions=True
    )
    assert isinstance(answers[10], BallotNotRecordedError)
    assert isinstance(answers[11], BallotNotRecordedError)
    assert isinstance(answers[12], PollNotOpenError)
    assert [answer.seq for answer in answers[:10] + answers[13:]] == [1] * 20
    assert {envelope.slot for envelope in await booth.envelopes()} == {b.slot for b in good}


async def test_a_ballot_of_one_round_is_not_kept_for_a_poll_of_another(make_booth, database):
    booth = await make_booth()
    other = await make_poll(database, await make_round(database, booth.keyring))
    with pytest.raises(BallotNotRecordedError):
        await booth.writer.write(booth.ballot(1)._replace(poll_id=other.id))
    assert not await booth.envelopes()


async def test_a_full_queue_answers_busy_at_once_and_recovers(make_booth, database):
    booth = await make_booth(queue_limit=5)
    async with held_by_another(database):
        casts = [asyncio.create_task(booth.cast(voter)) for voter in range(40)]
        done, waiting = await asyncio.wait(casts, timeout=0.5)
        assert len(waiting) in {5, 6, 10}
        assert all(isinstance(cast.exception(), BusyError) for cast in done)
    receipts = await asyncio.gather(*waiting)
    assert len(await booth.envelopes()) == len(receipts)
    assert (await booth.cast(99)).seq == 1


@pytest.fixture
def soon(monkeypatch):
    """Let the database give up a batch sooner than it would."""
    monkeypatch.setattr(ballot_store, "BATCH_S", 1.0)


@pytest.mark.usefixtures("soon")
async def test_a_ballot_given_up_in_the_queue_is_not_written_later(make_booth, database):
    booth = await make_booth(patience_s=0.3)
    async with held_by_another(database):
        first = asyncio.create_task(booth.cast(1))
        await booth.until_at_work(first)
        answers = await asyncio.gather(
            first, *(booth.cast(voter) for voter in range(2, 9)), return_exceptions=True
        )
        assert all(isinstance(answer, BusyError) for answer in answers)
    assert (await booth.cast(50)).seq == 1
    slots = {envelope.slot for envelope in await booth.envelopes()}
    assert slots <= {booth.ballot(1).slot, booth.ballot(50).slot}


@asynccontextmanager
async def held_up(database, poll):
    """Hold up the ballots for one poll only, where the database can."""
    async with database.write_connection() as connection:
        if not database.is_sqlite:
            held = text("SELECT 1 FROM poll WHERE id = :id FOR UPDATE")
            await connection.execute(held, {"id": poll.id})
        yield


@pytest.mark.usefixtures("soon")
async def test_a_ballot_refused_as_busy_never_replaces_a_later_one(make_booth, database):
    booth = await make_booth(patience_s=0.3)
    other = await make_poll(database, booth.poll.round_id, ward=A2)
    late = booth.ballot(2)._replace(poll_id=other.id)
    another = BallotWriter(open_store(database), booth.promiser)
    async with held_up(database, other):
        casts = (booth.cast(1, mask=1), booth.writer.write(late))
        answers = await asyncio.gather(*casts, return_exceptions=True)
        assert all(isinstance(answer, BusyError) for answer in answers)
        again = asyncio.create_task(another.write(booth.ballot(1, mask=2)))
        await asyncio.sleep(0.2)
    receipt = await again
    await asyncio.sleep(0.5)
    [kept] = await booth.envelopes()
    assert (kept.leaf_hash, booth.opened(kept)) == (receipt.leaf_hash, 2)
    await another.stop()


async def test_stopping_writes_what_waits_and_takes_no_more(make_booth, database):
    booth = await make_booth(batch_limit=10)
    async with held_by_another(database):
        casts = [asyncio.create_task(booth.cast(voter)) for voter in range(35)]
        await asyncio.sleep(0.1)
        stopping = asyncio.create_task(booth.writer.stop())
        await asyncio.sleep(0.05)
        with pytest.raises(BusyError):
            await booth.cast(99)
        assert not stopping.done()
    await stopping
    receipts = await asyncio.gather(*casts)
    kept = {envelope.leaf_hash for envelope in await booth.envelopes()}
    assert kept == {receipt.leaf_hash for receipt in receipts}
    assert len(kept) == 35


async def test_alone_each_ballot_is_one_batch_and_together_few_batches_hold_all(make_booth):
    booth = await make_booth()
    for voter in range(3):
        await booth.cast(voter)
    assert booth.store.sizes == [1, 1, 1]
    await asyncio.gather(*(booth.cast(voter) for voter in range(1000, 1600)))
    assert len(booth.store.sizes) <= 3 + 3
    assert sum(booth.store.sizes) == 603


async def test_a_server_writes_half_of_a_crowd_while_the_other_half_is_sealed(make_booth, database):
    booth = await make_booth()
    shares = [40] if database.is_sqlite else [20, 20]
    async with held_by_another(database):
        casts = [asyncio.create_task(booth.cast(voter)) for voter in range(40)]
        await booth.until_at_work()
        late = [asyncio.create_task(booth.cast(voter)) for voter in range(40, 44)]
        await asyncio.sleep(0.1)
        assert booth.store.sizes == shares[:1], "the database has one batch at a time"
    assert [receipt.seq for receipt in await asyncio.gather(*casts, *late)] == [1] * 44
    assert booth.store.sizes == [*shares, 4], "who came late joined no share"
    assert booth.store.at_once == 1


async def test_a_batch_refused_as_a_whole_is_tried_ballot_by_ballot_before_the_next(make_booth):
    booth = await make_booth()
    ballots = [booth.ballot(voter, mask=1) for voter in range(20)]
    ballots[1] = ballots[1]._replace(level=2**70)
    again = [booth.ballot(voter, mask=4) for voter in range(10)]
    answers = await asyncio.gather(
        *(booth.writer.write(ballot) for ballot in [*ballots, *again]), return_exceptions=True
    )
    assert isinstance(answers[1], BallotNotRecordedError)
    assert [answer.seq for answer in answers[20:]] == [2, 1, *[2] * 8]
    newest = {ballot.slot for ballot in again}
    kept = {e.slot: booth.opened(e) for e in await booth.envelopes() if e.slot in newest}
    assert kept == dict.fromkeys(newest, 4)
    assert booth.store.at_once == 1


async def test_two_ballots_of_one_person_in_the_same_moment_both_count_in_order(make_booth):
    booth = await make_booth()
    receipts = await asyncio.gather(*(booth.cast(7, mask) for mask in (1, 2, 4)))
    assert [receipt.seq for receipt in receipts] == [1, 2, 3]
    [envelope] = await booth.envelopes()
    assert (envelope.seq, booth.opened(envelope)) == (3, 4)
    assert envelope.leaf_hash == receipts[2].leaf_hash


async def test_the_leaf_hash_binds_place_poll_number_and_envelope(make_booth):
    booth = await make_booth()
    for expected in (1, 2):
        receipt = await booth.cast(7)
        [kept] = await booth.envelopes()
        again = leaf_hash(
            kept.round_id, kept.poll_id, slot=kept.slot, seq=kept.seq, sealed=kept.sealed
        )
        assert receipt.leaf_hash == kept.leaf_hash == again
        assert receipt.seq == expected


@on_postgresql
async def test_a_writer_cut_off_from_postgresql_says_busy_and_finds_back(make_booth, database):
    booth = await make_booth()
    await booth.cast(1)
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'ward-priorities-ballots' AND datname = current_database()"
    )
    async with held_by_another(database):
        cast = asyncio.create_task(booth.cast(2))
        await asyncio.sleep(0.2)
        async with database.write_connection() as connection:
            await connection.execute(kill)
        with pytest.raises(BusyError):
            await cast
    assert (await booth.cast(2)).seq == 1


@on_postgresql
async def test_a_batch_whose_connection_broke_is_not_written_a_second_later(make_booth, database):
    booth = await make_booth()
    await booth.cast(1)
    async with held_up(database, booth.poll):
        cast = asyncio.create_task(booth.cast(2))
        await asyncio.sleep(0.2)
        booth.store.break_connection()
        with pytest.raises(BusyError):
            await cast
        await asyncio.sleep(1)
    await asyncio.sleep(0.2)
    assert [envelope.slot for envelope in await booth.envelopes()] == [booth.ballot(1).slot]


@on_postgresql
async def test_a_commit_that_came_with_a_warning_is_not_acknowledged(make_booth, database):
    """PostgreSQL tells of a cut wait for a synchronous standby by a warning alone."""
    booth = await make_booth()
    async with database.write_connection() as connection:
        await connection.execute(
            text(
                "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE WARNING 'canceling wait'; RETURN NEW; END $$"
            )
        )
        await connection.execute(
            text("CREATE TRIGGER warn AFTER INSERT ON envelope EXECUTE FUNCTION warn()")
        )
    with pytest.raises(BusyError):
        await booth.cast(1)
    async with database.write_connection() as connection:
        await connection.execute(text("DROP TRIGGER warn ON envelope"))
    assert (await booth.cast(1)).seq == 2


async def test_writers_on_the_same_people_never_deadlock_nor_lose_a_number(
    make_booth, database, caplog
):
    booth = await make_booth()
    others = [BallotWriter(open_store(database), booth.promiser) for _ in range(2)]
    writers = [booth.writer, *others]
    ballots = [booth.ballot(voter) for voter in range(300)]
    for turn in range(6):
        orders = [ballots[:: 1 if (turn + place) % 2 else -1] for place in range(3)]
        turns = zip(writers, orders, strict=True)
        await asyncio.gather(*(w.write(ballot) for w, order in turns for ballot in order))
    async with database.reading() as session:
        total = (await session.execute(select(func.sum(Envelope.seq)))).scalar_one()
    assert total == 300 * 6 * 3
    assert "refused" not in caplog.text
    for writer in others:
        await writer.stop()


async def test_those_who_come_back_one_after_another_are_still_written_together(make_booth):
    booth = await make_booth()
    await asyncio.gather(*(booth.cast(voter) for voter in range(20)))
    booth.store.sizes.clear()

    async def come(voter: int):
        await asyncio.sleep(voter / 20_000)
        return await booth.cast(voter)

    receipts = await asyncio.gather(*(come(voter) for voter in range(20)))
    assert [receipt.seq for receipt in receipts] == [2] * 20
    assert booth.store.sizes[0] > 1


async def test_ballots_that_wait_for_a_crowd_are_written_when_the_service_stops(make_booth):
    booth = await make_booth()
    await asyncio.gather(*(booth.cast(voter) for voter in range(20)))
    cast = asyncio.create_task(booth.cast(50))
    await asyncio.sleep(0)
    await booth.writer.stop()
    assert (await cast).seq == 1


async def test_what_was_agreed_for_a_ballot_is_forgotten_within_two_seconds(make_booth):
    booth = await make_booth()
    await booth.cast(1)
    assert booth.writer.sealer.remembers
    await asyncio.sleep(2)
    assert not booth.writer.sealer.remembers
