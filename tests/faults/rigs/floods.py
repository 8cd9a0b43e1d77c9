"""Clients that send without end what is no body, as fast as the server takes it."""

import asyncio
from typing import NamedTuple

TAKEN_S, CHUNK = 20.0, 65_536
GET = b"GET /healthz HTTP/1.1\r\nHost: rig.example\r\n"
CHUNKED = b"POST /evaluation/tokens HTTP/1.1\r\nHost: rig.example\r\nTransfer-Encoding: chunked\r\n"


class Flood(NamedTuple):
    """What is sent at first, and what then over and over again."""

    first: bytes
    more: bytes


FLOODS = {
    "headers": Flood(GET, b"X-Flood: " + b"a" * 1_000 + b"\r\n"),
    "one header": Flood(GET + b"X-Flood: ", b"a"),
    "address": Flood(b"GET /", b"a"),
    "empty lines": Flood(b"", b"\r\n"),
    "chunk extensions": Flood(CHUNKED + b"\r\n1;", b"a"),
    "trailers": Flood(CHUNKED + b"\r\n0\r\n", b"X-Flood: " + b"a" * 1_000 + b"\r\n"),
    "requests": Flood(b"", GET + b"\r\n"),
}


async def takes(port: int, flood: Flood, size: int) -> bool:
    """Send so many bytes without reading; return whether the server took them all."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    some = flood.more * (CHUNK // len(flood.more))
    try:
        async with asyncio.timeout(TAKEN_S):
            writer.write(flood.first)
            for _ in range(size // len(some)):
                writer.write(some)
                await writer.drain()
            return not reader.at_eof() and not writer.is_closing()
    except ConnectionError:
        return False
    finally:
        writer.transport.abort()


async def answer_to(port: int, request: bytes) -> bytes:
    """Send one text whole, say that it is all, and return everything that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(TAKEN_S):
        answer = await reader.read()
    writer.transport.abort()
    return answer
