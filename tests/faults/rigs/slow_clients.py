"""Clients that are slow on purpose, each in its own way, and good ones that must not notice.

Every slow client does one thing a second, for as long as the server lets it.
"""

import asyncio
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

DRIP_S, CONNECT_S = 1.0, 10.0
RECEIVE_BYTES = 4096
HEAD = b"GET /healthz HTTP/1.1\r\nHost: rig.example\r\n"
SLOW_HEAD = HEAD + b"X-Slow: "
LONG_BODY = (
    b"PUT /v1/polls/019a0000-0000-7000-8000-000000000000/ballot HTTP/1.1\r\nHost: rig.example\r\n"
    b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
)
CHUNKS = LONG_BODY.replace(b"Content-Length: 100000", b"Transfer-Encoding: chunked")
MUCH = b"GET /openapi.json HTTP/1.1\r\nHost: rig.example\r\n\r\n"


class Way(NamedTuple):
    """How to be slow: what is sent at first, what then every second, and whether one reads."""

    first: bytes
    drip: bytes
    reads: bool = True


WAYS = {
    "says nothing": Way(b"", b""),
    "drips its head": Way(SLOW_HEAD, b"a"),
    "starts late and drips": Way(b"", b"GET /healthz HTTP/1.1\r\nX-Slow: a"),
    "sends empty lines": Way(b"\r\n", b"\r\n"),
    "drips its body": Way(LONG_BODY, b" "),
    "drips chunks": Way(CHUNKS, b"1\r\n \r\n"),
    "is idle after an answer": Way(HEAD + b"\r\n", b""),
    "drips a second head": Way(HEAD + b"\r\n" + SLOW_HEAD, b"a"),
    "takes no answers": Way(MUCH * 40, b"", reads=False),
}
HELD_BY_PLAIN_UVICORN = frozenset(
    {"says nothing", "drips its head", "sends empty lines", "drips its body", "drips a second head"}
)


def allow_files(number: int) -> None:
    """Let this process have so many open files, if the system grants them."""
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if granted < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, most), most))


async def hold(port: int, way: Way, at_most_s: float) -> float | None:
    """Be slow in this way; return how long the server bore it, `None` if to the end."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_S):
        transport, client = await loop.create_connection(lambda: _Slow(way), "127.0.0.1", port)
    begun = loop.time()
    while (held := loop.time() - begun) < at_most_s and not client.is_let_go():
        await asyncio.wait({client.gone}, timeout=min(DRIP_S, at_most_s - held))
        if way.drip and not client.gone.done():
            transport.write(way.drip)
    transport.abort()
    return held if client.is_let_go() else None


async def upload(port: int, *, size: int, bytes_a_second: int) -> bytes:
    """Send a long body at a slow but steady pace, and return how the answer begins."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(LONG_BODY.replace(b"100000", str(size).encode()))
    for sent in range(0, size, bytes_a_second // 10):
        writer.write(b" " * min(bytes_a_second // 10, size - sent))
        await asyncio.sleep(0.1)
    answer = await reader.read(RECEIVE_BYTES)
    writer.transport.abort()
    return answer


class _Slow(asyncio.Protocol):
    """The connection of a slow client."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._way.reads:
            transport.pause_reading()
        transport.write(self._way.first)

    def eof_received(self) -> bool:
        """The server closed its side."""
        return False

    def connection_lost(self, _: Exception | None) -> None:
        """The server let go."""
        if not self.gone.done():
            self.gone.set_result(None)

    def is_let_go(self) -> bool:
        """Whether the connection is gone; one who does not read has to ask the system."""
        if self.gone.done():
            return True
        assert self._transport is not None
        try:
            self._transport.get_extra_info("socket").getpeername()
        except OSError:
            return True
        return False


@dataclass
class Probe:
    """What good clients met meanwhile: one fresh connection after another, and one kept."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def run(self, port: int, path: str, over: asyncio.Event, pause_s: float = 0.02) -> None:
        """Ask again and again until told to stop."""
        request = f"GET {path} HTTP/1.1\r\nHost: rig.example\r\nConnection: close\r\n\r\n".encode()
        while not over.is_set():
            begun = time.monotonic()
            try:
                async with asyncio.timeout(CONNECT_S):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(request)
                    answer = await reader.read()
                    writer.transport.abort()
            except OSError as error:
                self.errors.append(type(error).__name__)
            else:
                if not answer.startswith(b"HTTP/1.1 200"):
                    self.errors.append(answer[:60].decode("latin-1"))
            self.latencies.append(time.monotonic() - begun)
            await asyncio.sleep(pause_s)

    def quantile(self, share: float) -> float:
        """Return the latency, in seconds, that this share of the good requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def besiege(
    port: int, ways: Iterable[str], each: int, at_most_s: float
) -> dict[str, list[float | None]]:
    """Let so many clients be slow in each way at once; return how long each was borne."""
    names = list(ways)
    held = await asyncio.gather(
        *(hold(port, WAYS[name], at_most_s) for name in names for _ in range(each))
    )
    return {name: held[place * each : (place + 1) * each] for place, name in enumerate(names)}
