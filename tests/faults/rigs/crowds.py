"""Many clients at once: each answer kept with when it was asked for and when it came."""

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.faults.rigs.stage import Stage
from tests.faults.rigs.voters import ACCEPTED, Connection

BUSY, CLOSED, BROKEN = 503, 409, 0
DONE = ACCEPTED


class Request(NamedTuple):
    """One request to be sent."""

    method: str
    path: str
    body: bytes = b""
    token: str = ""


class Told(NamedTuple):
    """One answer, by this machine's clock; status 0 for a connection that broke."""

    who: str
    begun: float
    ended: float
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def took_s(self) -> float:
        """How long it took."""
        return self.ended - self.begun

    @property
    def is_plain_refusal(self) -> bool:
        """Whether it is a 503 that says when to come again."""
        return self.status == BUSY and "retry-after" in self.headers


async def tell(connection: Connection, request: Request, who: str = "") -> Told:
    """Send one request and return what it was told."""
    headers = [f"Authorization: Bearer {request.token}"] if request.token else []
    if request.method == "POST":
        headers.append(f"Idempotency-Key: {uuid.uuid4().hex}")
    begun = time.time()
    try:
        status, told, body = await connection.send(
            request.method, request.path, request.body, *headers
        )
    except (OSError, EOFError):
        return Told(who, begun, time.time(), BROKEN, {}, b"")
    return Told(who, begun, time.time(), status, told, body)


async def rush(port: int, requests: Sequence[Request]) -> list[Told]:
    """Send all the requests at once, each on a connection of its own that is open already."""
    connections = [Connection(port) for _ in requests]
    await asyncio.gather(*(connection.open() for connection in connections))
    answers = await asyncio.gather(*map(tell, connections, requests))
    await asyncio.gather(*(connection.close() for connection in connections))
    return answers


def quantile(values: Iterable[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass
class Voters:
    """Residents of a stage who change their minds, and all that they were told."""

    stage: Stage
    port: int
    told: list[Told] = field(default_factory=list)
    sent: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    choice_of: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)

    def ballots(self) -> Iterable[frozenset[str]]:
        """Return one choice after another, without end and each unlike those around it."""
        options = [str(option) for option in self.stage.poll.options]
        for mask in itertools.cycle(range(1, 2 ** len(options))):
            yield frozenset(o for place, o in enumerate(options) if mask >> place & 1)

    async def cast(self, connection: Connection, name: str, choice: frozenset[str]) -> Told:
        """Cast one ballot and note what came of it."""
        body = json.dumps({"approved_options": sorted(choice)}).encode()
        self.sent.setdefault(name, []).append(choice)
        told = await tell(
            connection,
            Request("PUT", f"{self.stage.path}/ballot", body, self.stage.tokens[name]),
            name,
        )
        self.told.append(told)
        if told.status in DONE:
            self.choice_of[name, receipt_of(told)["seq"]] = choice
        return told

    @property
    def acknowledged(self) -> int:
        """How many ballots were acknowledged."""
        return sum(told.status in DONE for told in self.told)

    def surprises(self) -> list[str]:
        """Return every answer that is neither a receipt, nor closed, nor come-again."""
        return [
            f"{told.status} after {told.took_s:.1f} s: {told.body[:200]!r}"
            for told in self.told
            if told.status not in {*DONE, CLOSED} and not told.is_plain_refusal
        ]


def receipt_of(told: Told) -> dict[str, Any]:
    """Return a receipt."""
    receipt: dict[str, Any] = json.loads(told.body)
    return receipt
