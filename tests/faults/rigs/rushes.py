"""Forty ballots of every resident in the same moment: each resident has one in the end (P2)."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.faults.rigs.crowds import BUSY, Voters
from tests.faults.rigs.servers import LONG_S, port_of, server
from tests.faults.rigs.stage import open_box, read_box, set_stage
from tests.faults.rigs.voters import Connection

AT_ONCE = 1_000


@dataclass
class OnePerson:
    """What a rush of re-votes left behind."""

    residents: int
    casts: int
    acknowledged: int
    refused: int
    slots: int
    written: int
    opened: int
    surprises: list[str]
    strangers: int
    """Kept ballots that are not the one whose receipt carries their number."""


async def rush_to_vote(url: str, key_store: Path, residents: int, each: int) -> OnePerson:
    """Let every resident cast so many ballots at once, with different choices, on two processes."""
    stage = await set_stage(url, key_store, residents=residents)
    async with server(url, key_store, WORKERS="2", KEEP_ALIVE_S=LONG_S) as client:
        voters = Voters(stage, port_of(client))
        connections = [Connection(voters.port) for _ in range(min(AT_ONCE, residents * each))]
        choices = iter(voters.ballots())
        for names in groups(stage.residents, len(connections) // each):
            casts = [name for name in names for _ in range(each)]
            await asyncio.gather(
                *(
                    voters.cast(connection, name, next(choices))
                    for connection, name in zip(connections, casts, strict=False)
                )
            )
        await asyncio.gather(*(connection.close() for connection in connections))
    box, opened = await read_box(url, stage), await open_box(url, stage)
    kept = [voters.choice_of.get((name, ballot.seq)) for name, ballot in box.items()]
    return OnePerson(
        residents=residents,
        casts=len(voters.told),
        acknowledged=voters.acknowledged,
        refused=sum(told.status == BUSY for told in voters.told),
        slots=len(box),
        written=sum(ballot.seq for ballot in box.values()),
        opened=sum(opened.values()),
        surprises=voters.surprises(),
        strangers=sum(opened[choice] <= 0 for choice in kept if choice is not None),
    )


def groups(names: list[str], size: int) -> Iterator[list[str]]:
    """Return the names in groups of this size."""
    for start in range(0, len(names), size):
        yield names[start : start + size]


async def vote_naively(url: str, residents: int, each: int) -> int:
    """Return how many votes the usual check before an insert lets through: the control."""
    pool = await asyncpg.create_pool(url, min_size=20, max_size=20)
    await pool.execute("CREATE TABLE naive_vote (voter integer, choice integer)")

    async def vote(voter: int, choice: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            asked = "SELECT 1 FROM naive_vote WHERE voter = $1"
            if await connection.fetchval(asked, voter) is None:
                await connection.execute("INSERT INTO naive_vote VALUES ($1, $2)", voter, choice)

    await asyncio.gather(*(vote(voter, c) for voter in range(residents) for c in range(each)))
    count: int = await pool.fetchval("SELECT count(*) FROM naive_vote")
    await pool.close()
    return count
