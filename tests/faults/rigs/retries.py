"""Officers who send every POST three times under one key, while the service is being killed."""

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.database import Database
from app.models.events import CommunityEvent
from tests.factories import A1, ALDER
from tests.faults.rigs.accounts import Account
from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.kills import PAUSE_S, SEED, Fault
from tests.faults.rigs.scenes import running_copy
from tests.faults.rigs.services import Service
from tests.faults.rigs.voters import TRY_AGAIN, Connection

OFFICERS, TIMES, THINKING_S = 12, 3, (0.02, 0.15)
CREATED, REFUSED, FAULTY = 201, 422, 500
BEGINS = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
"""The same in every repetition, also of one that is sent in the next hour."""
Answer = tuple[int, str, str, bytes]
"""Status, Location, ETag and body."""


@dataclass
class Officers:
    """Officers at work: how often which event was announced, and what each time was answered."""

    port: int
    token: str
    wanted: int
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)
    faulty: list[bytes] = field(default_factory=list)

    async def work(self) -> None:
        """Announce every event three times, and another one under each tenth key."""
        numbers = iter(range(self.wanted))
        chances = [random.Random(SEED + number) for number in range(OFFICERS)]
        await asyncio.gather(*(self._announce(numbers, chance) for chance in chances))

    async def _announce(self, numbers: Iterator[int], chance: random.Random) -> None:
        connection = Connection(self.port)
        for number in numbers:
            title = f"Synthetic meeting {number}"
            for _ in range(TIMES):
                answer = await self._send(connection, title, title)
                self.answers.setdefault(title, []).append(answer)
                await asyncio.sleep(chance.uniform(*THINKING_S))
            if number % 10 == 0:
                other = await self._send(connection, title, f"Another meeting {number}")
                self.others.append(other[0])
        await connection.close()

    async def announce_once(self) -> int:
        """Send one announcement under one key and return the status it is answered with."""
        connection = Connection(self.port)
        status, *_ = await connection.send("POST", "/v1/events", *self._request("0", "Meeting 0"))
        await connection.close()
        return status

    def _request(self, key: str, title: str) -> tuple[bytes, str, str]:
        body = json.dumps(announcement(title)).encode()
        return body, f"Authorization: Bearer {self.token}", f"Idempotency-Key: {key}"

    async def _send(self, connection: Connection, key: str, title: str) -> Answer:
        """Send an announcement until somebody answers it for good."""
        request = self._request(key, title)
        while True:
            with contextlib.suppress(OSError, EOFError):
                status, told, sent = await connection.send("POST", "/v1/events", *request)
                if status >= FAULTY and status not in TRY_AGAIN:
                    self.faulty.append(sent)
                elif status not in TRY_AGAIN:
                    return status, told.get("location", ""), told.get("etag", ""), sent
            await asyncio.sleep(0.05)

    def account(self, faults: int, effects: Mapping[str, int]) -> Account:
        """Return what became of the keys, given how many events of each title there are."""
        statuses = Counter(answer[0] for kept in self.answers.values() for answer in kept)
        assert set(statuses) == {CREATED}, statuses
        differing = sum(len(set(kept)) > 1 for kept in self.answers.values())
        return Account(
            faults=faults,
            acknowledged=len(self.answers),
            lost=sum(title not in effects for title in self.answers),
            twice=sum(effects.values()) - len(effects),
            broken=len(self.faulty) + differing + sum(status != REFUSED for status in self.others),
        )


def announcement(title: str) -> dict[str, Any]:
    """Return the body of a plausible event."""
    return {
        "kind": "open_community",
        "title": title,
        "description": "Say what should change.",
        "borough": ALDER,
        "wards": [A1],
        "starts_at": BEGINS.isoformat(),
        "ends_at": (BEGINS + timedelta(hours=2)).isoformat(),
        "place": "Example Library, 1 Example Road",
        "open_to_all": True,
    }


async def retry_on_postgresql(
    template: Cluster, ground: Path, *, posts: int, kills: int, weakness: str = ""
) -> Account:
    """Kill database and workers in turn while officers repeat themselves."""
    with running_copy(template, ground / "data", ground / "run") as cluster:
        service = Service(cluster.url, ground / "keys", weakness=weakness)
        chance = random.Random(SEED)

        def restart() -> None:
            cluster.kill()
            cluster.start()

        def kill_worker() -> None:
            service.kill_worker(chance)

        return await _retry(service, posts, kills, (restart, kill_worker))


async def retry_on_sqlite(
    file: Path, ground: Path, *, posts: int, kills: int, weakness: str = ""
) -> Account:
    """Kill the service while officers repeat themselves."""
    service = Service(f"sqlite:///{file}", ground / "keys", workers=1, weakness=weakness)

    def restart() -> None:
        service.kill()
        service.start()

    return await _retry(service, posts, kills, (restart,))


async def _retry(service: Service, posts: int, kills: int, faults: tuple[Fault, ...]) -> Account:
    """Strike at most so many times, until every post was made; the rest is in peace."""
    struck, chance = 0, random.Random(SEED)
    async with _at_work(service, posts) as (officers, working):
        while not working.done() and struck < kills:
            await asyncio.wait({working}, timeout=chance.uniform(*PAUSE_S))
            if not working.done():
                await asyncio.to_thread(faults[struck % len(faults)])
                struck += 1
        await working
    return officers.account(struck, await count_events(service.url))


@contextlib.asynccontextmanager
async def _at_work(
    service: Service, posts: int
) -> AsyncIterator[tuple[Officers, "asyncio.Task[None]"]]:
    try:
        await asyncio.to_thread(service.start)
        officers = Officers(service.port, await token_of(service.port), posts)
        yield officers, asyncio.create_task(officers.work())
    finally:
        await asyncio.to_thread(service.close)


async def token_of(port: int) -> str:
    """Return the token of a fictional officer of Alder 1, as an evaluation gives it to anyone."""
    wanted = {"role": "ward_officer", "wards": [A1], "boroughs": [], "subject": "rig-officer"}
    connection = Connection(port)
    status, _, body = await connection.send(
        "POST", "/evaluation/tokens", json.dumps(wanted).encode()
    )
    await connection.close()
    assert status == 200, body
    token: str = json.loads(body)["access_token"]
    return token


async def count_events(url: str) -> dict[str, int]:
    """Return how many events there are of each title."""
    database = Database(url, pool_size=1)
    counted = select(CommunityEvent.title, func.count()).group_by(CommunityEvent.title)
    async with database.reading() as session:
        found = {title: int(number) for title, number in await session.execute(counted)}
    await database.close()
    return found
