"""A poll that closes among voters who do not stop: by the clock, and by staff (P3)."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import update

from app.database import Database
from app.models.polls import Round
from tests.factories import ALDER
from tests.faults.rigs.crowds import BROKEN, BUSY, CLOSED, DONE, Voters, quantile
from tests.faults.rigs.servers import LONG_S, port_of, server
from tests.faults.rigs.stage import Stage, open_box, read_box, set_stage
from tests.faults.rigs.voters import Connection

AFTER_S = 1.5
WHY = "The rig says so"


@dataclass
class Closing:
    """What voters met around a close, and what the box held afterwards."""

    statuses: Counter[int]
    acknowledged: int
    late: int
    """Ballots that were sent after the close and yet accepted."""
    lost: int
    """Residents whose last receipt is not borne out by the box."""
    opened_wrong: int
    surprises: list[str]
    p99_ms: float
    closed_in_s: float


async def close_by_the_clock(
    url: str, key_store: Path, *, voters: int, open_s: float, workers: int = 2
) -> Closing:
    """Let the round's time run out."""
    async with voting(url, key_store, voters, workers) as (crowd, _):
        closes_at = time.time() + open_s
        await close_round_at(url, crowd.stage, closes_at)
        await vote_until(crowd, closes_at + AFTER_S)
    return await account(url, crowd, closes_at, 0.0)


async def close_by_hand(
    url: str, key_store: Path, *, voters: int, open_s: float, workers: int = 2
) -> Closing:
    """Let two people close the poll early; what counts is when the second one was answered."""
    async with voting(url, key_store, voters, workers) as (crowd, client):
        chiefs = [await chief(client, number) for number in range(2)]
        casting = asyncio.create_task(vote_until(crowd, time.time() + 60))
        try:
            await asyncio.sleep(open_s)
            asked = time.time()
            answers = [await close(client, crowd.stage, headers) for headers in chiefs]
            closed = time.time()
            await asyncio.sleep(AFTER_S)
        finally:
            crowd.over.set()
            await casting
    told = [(answer.status_code, answer.text) for answer in answers]
    assert [status for status, _ in told] == [202, 200], (told, closed - asked)
    return await account(url, crowd, closed, closed - asked)


async def close(client: httpx.AsyncClient, stage: Stage, headers: dict[str, str]) -> httpx.Response:
    """Ask for the close, again as long as the service says to come again."""
    wish = {"status": "closed", "reason": WHY}
    while True:
        answer = await client.patch(f"/v1/polls/{stage.poll.id}", json=wish, headers=headers)
        if answer.status_code != BUSY:
            return answer
        await asyncio.sleep(float(answer.headers["retry-after"]))


class Crowd(Voters):
    """Voters on as many connections, who go on until it is over."""

    def __init__(self, stage: Stage, port: int) -> None:
        super().__init__(stage, port)
        self.over = asyncio.Event()
        self._choices = iter(self.ballots())

    async def go_on(self, name: str) -> None:
        """Vote again and again on a connection of one's own."""
        connection = Connection(self.port)
        while not self.over.is_set():
            told = await self.cast(connection, name, next(self._choices))
            await asyncio.sleep(0.2 if told.status in {CLOSED, BROKEN} else 0.02)
        await connection.close()


@contextlib.asynccontextmanager
async def voting(
    url: str, key_store: Path, voters: int, workers: int
) -> AsyncIterator[tuple[Crowd, httpx.AsyncClient]]:
    """Yield a crowd before an open poll, and a client of the service."""
    stage = await set_stage(url, key_store, residents=voters)
    async with server(url, key_store, WORKERS=str(workers), KEEP_ALIVE_S=LONG_S) as client:
        yield Crowd(stage, port_of(client)), client


async def vote_until(crowd: Crowd, moment: float) -> None:
    """Let everybody vote until a moment, or until it is over."""
    tasks = [asyncio.create_task(crowd.go_on(name)) for name in crowd.stage.residents]
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(crowd.over.wait(), moment - time.time())
    crowd.over.set()
    await asyncio.gather(*tasks)


async def close_round_at(url: str, stage: Stage, moment: float) -> None:
    """Let a round end at a moment."""
    database = Database(url, pool_size=1)
    statement = update(Round).where(Round.id == stage.poll.round_id)
    async with database.writing() as session:
        await session.execute(statement.values(closes_at=datetime.fromtimestamp(moment, UTC)))
    await database.close()


async def chief(client: httpx.AsyncClient, number: int) -> dict[str, str]:
    """Return the headers of one of several superintendents."""
    body = {"role": "borough_superintendent", "boroughs": [ALDER], "subject": f"chief-{number}"}
    answer = await client.post("/evaluation/tokens", json={**body, "wards": []})
    return {"Authorization": f"Bearer {answer.json()['access_token']}", "If-Match": "*"}


async def account(url: str, crowd: Crowd, closed: float, closed_in_s: float) -> Closing:
    """Return what the crowd met, and whether the box bears it out."""
    box, opened = await read_box(url, crowd.stage), await open_box(url, crowd.stage)
    last: dict[str, int] = {}
    for name, seq in crowd.choice_of:
        last[name] = max(seq, last.get(name, 0))
    kept = Counter(
        crowd.choice_of[name, ballot.seq]
        for name, ballot in box.items()
        if (name, ballot.seq) in crowd.choice_of
    )
    return Closing(
        statuses=Counter(told.status for told in crowd.told),
        acknowledged=crowd.acknowledged,
        late=sum(told.status in DONE and told.begun > closed for told in crowd.told),
        lost=sum(name not in box or box[name].seq < seq for name, seq in last.items()),
        opened_wrong=sum((kept - opened).values()),
        surprises=crowd.surprises(),
        p99_ms=1000 * quantile((told.took_s for told in crowd.told), 0.99),
        closed_in_s=closed_in_s,
    )
