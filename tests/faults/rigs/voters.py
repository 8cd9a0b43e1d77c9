"""A crowd that votes without a pause over real HTTP and notes each receipt before the next ballot.

Twenty-four connections, each the phone of two dozen residents in turn. A resident always approves
the same options, so that the opened box can be compared with what the crowd was promised.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.faults.rigs.notes import is_promised, read_note
from tests.faults.rigs.stage import Stage

CONNECTIONS, RESIDENTS_EACH = 24, 25
PATIENCE_S, PAUSE_S, LOOK_S = 20.0, 0.02, 0.3
ACCEPTED = frozenset({200, 201})
TRY_AGAIN = frozenset({429, 503})


class Receipt(NamedTuple):
    """What the service said of one ballot."""

    seq: int
    leaf: bytes


class Connection:
    """One HTTP/1.1 connection that is kept open; opened anew after it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self) -> None:
        """Connect now instead of with the first request."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)

    async def send(
        self, method: str, path: str, body: bytes, *headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request and return status, headers and body.

        Raises `OSError` or `EOFError` when the connection broke before the whole answer was there.
        """
        lines = (f"{method} {path} HTTP/1.1", "Host: rig.example", *headers)
        length = f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\n\r\n"
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.open()
                assert self._streams is not None
                reader, writer = self._streams
                writer.write("\r\n".join((*lines, length)).encode() + body)
                return await self._read(reader)
        except (OSError, EOFError):
            await self.close()
            raise

    async def _read(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in lines if line)
        headers = {name.lower(): value for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            await self.close()
        return int(first.split()[1]), headers, body

    async def close(self) -> None:
        """Give the connection up."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()


@dataclass
class Crowd:
    """The residents of a stage, what they were promised, and what else they were told."""

    stage: Stage
    port: int
    receipts: dict[str, list[Receipt]] = field(default_factory=dict)
    refused: int = 0
    broken: int = 0
    acknowledged: int = 0
    heads: set[tuple[int, bytes]] = field(default_factory=set)
    surprises: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def voting(self) -> AsyncIterator[None]:
        """Vote as long as the block runs."""
        over = asyncio.Event()
        names = self.stage.residents
        each = -(-len(names) // CONNECTIONS)
        parts = [names[start : start + each] for start in range(0, len(names), each)]
        tasks = [asyncio.create_task(self._vote(part, over)) for part in parts]
        tasks.append(asyncio.create_task(self._look_on(over)))
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*tasks)

    async def _vote(self, names: list[str], over: asyncio.Event) -> None:
        connection = Connection(self.port)
        while not over.is_set():
            for name in names:
                if over.is_set():
                    break
                await self._vote_once(connection, name)
        await connection.close()

    async def _vote_once(self, connection: Connection, name: str) -> None:
        bearer = f"Authorization: Bearer {self.stage.tokens[name]}"
        try:
            status, _, body = await connection.send(
                "PUT", f"{self.stage.path}/ballot", self.stage.ballots[name], bearer
            )
        except (OSError, EOFError):
            self.broken += 1
            await asyncio.sleep(PAUSE_S)
            return
        if status in ACCEPTED:
            self._note(name, json.loads(body))
        elif status in TRY_AGAIN:
            self.refused += 1
            await asyncio.sleep(PAUSE_S)
        else:
            self.surprises.append(f"{status} {body[:300]!r}")

    async def _look_on(self, over: asyncio.Event) -> None:
        """Keep every head that is seen, as an outsider who trusts nobody would."""
        connection = Connection(self.port)
        while not over.is_set():
            with contextlib.suppress(OSError, EOFError):
                status, _, body = await connection.send("GET", f"{self.stage.path}/head", b"")
                if status == 200:
                    self._keep(json.loads(body)["checkpoint"])
            await asyncio.sleep(LOOK_S)
        await connection.close()

    def _keep(self, note: str) -> None:
        stated = read_note(note, self.stage.signer)
        if stated is None:
            self.surprises.append(f"a head that nobody signed: {note!r}")
        else:
            self.heads.add(stated)

    def _note(self, name: str, told: dict[str, Any]) -> None:
        receipt = Receipt(told["seq"], bytes.fromhex(told["leaf_hash"]))
        self.receipts.setdefault(name, []).append(receipt)
        self.acknowledged += 1
        if not is_promised(told, self.stage.signer):
            self.surprises.append(f"a receipt without a good promise: {told}")

    def promised(self) -> list[bytes]:
        """Return the leaf of every receipt."""
        return [receipt.leaf for receipts in self.receipts.values() for receipt in receipts]

    async def next_receipt(self, wait_s: float = 60.0) -> float:
        """Wait until another ballot is acknowledged and return how long that took, in seconds."""
        before, begun = self.acknowledged, time.monotonic()
        while self.acknowledged == before:
            if time.monotonic() - begun > wait_s:
                raise TimeoutError(f"no ballot in {wait_s:.0f} s; surprises: {self.surprises[:3]}")
            await asyncio.sleep(0.01)
        return time.monotonic() - begun
