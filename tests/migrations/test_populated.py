"""Migrations on a database that people have used: nobody's rows are lost on the way, up or down."""

import asyncio
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select

from app.database import Database
from app.keyring import Keyring
from app.models import Base
from app.models.log import TreeHead
from app.models.representation import PollEstimate
from app.operations.ballots import BallotBox, cast_ballot
from app.operations.log import publish_due_heads
from tests.ballot_polls import make_poll, make_round, resident
from tests.conftest import fill
from tests.migrations.test_migrations import config_for

VOTERS = 23
OF_AN_EARLIER_VERSION = {"reason": None, "left_out": {}, "options": [{"weighted": 41}]}


async def use(url: str, keys: Path) -> None:
    """Make wards and a poll, vote in it, and publish a head of its log without the last vote."""
    await fill(url)
    database, keyring = Database(url, pool_size=1), Keyring(keys)
    box = BallotBox(database, keyring)
    poll = await make_poll(database, await make_round(database, keyring))
    for number in range(VOTERS):
        if number == VOTERS - 1:
            await publish_due_heads(database, keyring.log_signer, interval_s=1)
        await cast_ballot(box, resident(f"voter {number}"), poll.id, poll.options[:1])
    async with database.writing() as session:
        session.add(PollEstimate(poll_id=poll.id, estimate=OF_AN_EARLIER_VERSION))
    await box.writer.stop()
    await database.close()


async def counted(url: str) -> dict[str, int]:
    """Return how many rows each table has."""
    database = Database(url, pool_size=1)
    async with database.reading() as session:
        rows = {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
    await database.close()
    return rows


async def told(url: str) -> tuple[list[int], list[str]]:
    """Return the turnouts that heads tell, and why there are no estimates."""
    database = Database(url, pool_size=1)
    async with database.reading() as session:
        turnouts = list(await session.scalars(select(TreeHead.turnout)))
        estimates = list(await session.scalars(select(PollEstimate.estimate)))
    await database.close()
    return turnouts, [estimate["reason"] for estimate in estimates]


@pytest.mark.parametrize("down_to", ["0018", "0023"])
def test_loses_nothing_on_the_way_down_and_up(empty_url: str, tmp_path: Path, down_to: str) -> None:
    config = config_for(empty_url)
    command.upgrade(config, "head")
    asyncio.run(use(empty_url, tmp_path / "keys"))
    before = asyncio.run(counted(empty_url))
    assert (before["envelope"], before["log_leaf"], before["pending_leaf"]) == (VOTERS, 30, 1)
    command.downgrade(config, down_to)
    command.upgrade(config, "head")
    assert asyncio.run(counted(empty_url)) == before
    assert asyncio.run(told(empty_url)) == ([20], ["would_tell_groups"])
