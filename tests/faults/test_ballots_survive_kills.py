"""Killing the server in the middle of a crowd of voters loses no acknowledged ballot."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from dataclasses import dataclass, field

import httpx
import pytest
from sqlalchemy import select

from app.database import Database
from app.keyring import Keyring
from app.models.polls import Envelope
from app.tokens import EvaluationIssuer
from tests.ballot_polls import PollMade, make_poll, make_round
from tests.conftest import ROOT
from tests.factories import A1

pytestmark = pytest.mark.anyio

VOTERS, KILLS, VOTING_S, START_S = 24, 3, 0.7, 40.0


@dataclass
class Crowd:
    """Voters who vote again and again, and remember every receipt."""

    poll: PollMade
    tokens: dict[str, str]
    receipts: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    async def vote(self, client: httpx.AsyncClient, subject: str) -> None:
        """Vote until the server goes away."""
        body = {"approved_options": [str(self.poll.options[0])]}
        headers = {"Authorization": f"Bearer {self.tokens[subject]}"}
        with contextlib.suppress(httpx.TransportError):
            while True:
                path = f"/v1/polls/{self.poll.id}/ballot"
                answer = await client.put(path, json=body, headers=headers)
                assert answer.status_code in {200, 201, 503}, answer.text
                if answer.status_code < 300:
                    receipt = answer.json()
                    known = self.receipts.setdefault(subject, [])
                    known.append((receipt["seq"], receipt["leaf_hash"]))

    def acknowledged(self) -> int:
        """Return how many receipts there are."""
        return sum(map(len, self.receipts.values()))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def start(port: int, settings) -> asyncio.subprocess.Process:
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "KEY_STORE": str(settings.key_store),
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app"),
        *("--port", str(port), "--no-access-log", "--log-level", "critical"),
        cwd=ROOT,
        env=environment,
    )


async def wait_until_up(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(START_S):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)


async def test_three_kills_among_voters_lose_nothing_acknowledged(settings):
    database, keyring = Database(settings.database_url), Keyring(settings.key_store)
    poll = await make_poll(database, await make_round(database, keyring))
    issuer = EvaluationIssuer(settings.key_store, settings.oidc_audience)
    claims = {"role": "resident", "wards": [A1], "boroughs": [], "level": 2}
    subjects = [f"voter-{number}" for number in range(VOTERS)]
    crowd = Crowd(poll, {name: issuer.issue({"sub": name} | claims) for name in subjects})
    port, after_each = free_port(), []
    for _ in range(KILLS):
        server = await start(port, settings)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            await wait_until_up(client)
            voting = [asyncio.create_task(crowd.vote(client, name)) for name in subjects]
            await asyncio.sleep(VOTING_S)
            os.kill(server.pid, signal.SIGKILL)
            await asyncio.gather(*voting)
        await server.wait()
        after_each.append(crowd.acknowledged())
    assert after_each == sorted(set(after_each)), "every life of the server took ballots"
    await check_all_kept(database, keyring, crowd)
    await database.close()


async def check_all_kept(database: Database, keyring: Keyring, crowd: Crowd) -> None:
    """Check each voter's last receipt: kept as told, or replaced by a later ballot of their own."""
    async with database.reading() as session:
        kept = {e.slot: e for e in (await session.execute(select(Envelope))).scalars()}
    for subject, receipts in crowd.receipts.items():
        numbers = [number for number, _ in receipts]
        assert numbers == sorted(set(numbers)), "no number is given twice"
        slot = keyring.slot(crowd.poll.round_id, keyring.anchor("subject", subject))
        last, leaf = receipts[-1]
        assert kept[slot].seq >= last
        if kept[slot].seq == last:
            assert kept[slot].leaf_hash.hex() == leaf
        assert kept[slot].seq <= last + KILLS, "at most one unanswered ballot for each kill"
