"""The ballot writer without HTTP: durable, sealed and promised ballots a second."""

import asyncio
import itertools
import secrets
import time

import uvloop
from sqlalchemy import select

from app.database import Database
from app.keyring import Keyring
from app.main import spare_the_collector
from app.models.polls import Poll, Round
from app.operations.ballot_store import open_store
from app.operations.ballot_writer import Ballot, BallotWriter
from app.operations.log_promises import Promiser
from app.sealing import Choice, associated_data, new_tracker
from benchmarks.stage import Stage

IN_FLIGHT = 64
SECONDS = 4.0
SLOT_BYTES = 16


def ballots_per_second(stage: Stage) -> float:
    """Return the rate of one round, 64 ballots in flight, each of another resident."""
    spare_the_collector()  # as a server does when it starts, on the loop that it runs on
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_rate(stage))


async def _rate(stage: Stage) -> float:
    database, keyring = Database(stage.database_url, pool_size=2), Keyring(stage.key_store)
    async with database.reading() as session:
        statement = select(Poll, Round).join(Round).where(Poll.status == "open").limit(1)
        poll, round_ = (await session.execute(statement)).one()
    bound_to = associated_data(poll.id, poll.manifest_sha256)
    round_id, poll_id, public_key = round_.id, poll.id, round_.seal_public_key
    writer = BallotWriter(open_store(database), Promiser(keyring, interval_s=900))

    def ballot() -> Ballot:
        slot, choice = secrets.token_bytes(SLOT_BYTES), Choice(5, new_tracker(), bound_to)
        return Ballot(
            round_id,
            slot,
            poll_id,
            level=2,
            quarantined=False,
            public_key=public_key,
            choice=choice,
        )

    async def cast(until: float) -> int:
        for number in itertools.count():
            if time.monotonic() >= until:
                return number
            await writer.write(ballot())
        raise AssertionError

    begun = time.monotonic()
    done = await asyncio.gather(*(cast(begun + SECONDS) for _ in range(IN_FLIGHT)))
    rate = sum(done) / (time.monotonic() - begun)
    await writer.stop()
    await database.close()
    return rate
