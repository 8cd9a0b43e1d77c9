"""Outside calls: no form of an address reaches this machine, and answers are cut at their limits.

Each guard has its control: the same call by a plain client gets through.
"""

import asyncio
import contextlib
import gzip
import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.sources import outside
from app.sources.outside import OutsideRefusedError, is_internal, is_public
from tests.ports import keep_port, port_of

pytestmark = pytest.mark.anyio

LOOPBACK = """
    127.0.0.1 127.1 127.0.1 127.255.255.254 0 0.0.0.0 0x7f.1 0x7f000001 2130706433 017700000001
    0177.0.0.1 0177.0.0.01 0x7f.0x0.0x0.0x1 127.0.0.1. localhost localhost. LOCALHOST LocalHost
    [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [::7f00:1]
    [0:0:0:0:0:ffff:127.0.0.1] ①②⑦.⓪.⓪.① 127。0。0。1 ⓛocalhost
"""
INSIDE = """
    10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 192.168.0.1 192.168.255.1 100.64.0.1
    100.127.255.254 169.254.169.254 169.254.0.1 192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1
    198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 0.1.2.3
    0xa9fea9fe 2852039166 0251.0376.0251.0376 169.254.43518 0xa.1 012.1 [fe80::1] [fc00::1]
    [fd00:ec2::254] [ff02::1] [2001:db8::1] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2001::1]
    [2001:10::1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [3fff::1] [100::1] [::ffff:10.0.0.1]
    [::ffff:a9fe:a9fe] [::10.0.0.1] [5f00::1] [fec0::1]
"""
FRAMES = ("http://{host}:{port}/", "http://public.example@{host}:{port}/a?b=c#d",
          "HTTP://u:p@{host}:{port}", "http://{host}:{port}//public.example/..")  # fmt: skip
OTHER_SCHEMES = """
    file:///etc/hosts ftp://127.0.0.1/ gopher://127.0.0.1:{port}/ ws://127.0.0.1:{port}/
    unix:///var/run/x ://127.0.0.1 //127.0.0.1:{port}/ 127.0.0.1:{port} data:text/plain,x
"""


@asynccontextmanager
async def listening(answer: bytes = b"", then: Any = None) -> AsyncIterator[tuple[int, list[str]]]:
    """Listen on every local address; yield the port and the list of who connected."""
    hits: list[str] = []
    serving: list[asyncio.Future[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            hits.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            writer.write(answer or b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            if then is not None:
                await then(writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def noted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.ensure_future(serve(reader, writer)))

    with keep_port() as keeper:
        port = port_of(keeper)
        async with await asyncio.start_server(noted, ["127.0.0.1", "::1"], port):
            yield port, hits
    await asyncio.gather(*serving)


def urls(port: int) -> list[str]:
    hosts = (LOOPBACK + INSIDE).split()
    made = [f.format(host=h, port=port) for f, h in itertools.product(FRAMES, hosts)]
    return [*made, *(form.format(port=port) for form in OTHER_SCHEMES.split())]


async def attempt(client: httpx.AsyncClient, url: str) -> str:
    """Return what became of a call, by name."""
    try:
        answer = await client.get(url)
    except Exception as refusal:  # noqa: BLE001 - also what the closed sockets of tests raise
        return type(refusal).__name__
    return str(answer.status_code)


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that somebody tried to connect to."""
    found: list[str] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> None:
        found.append(address[0])
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    return found


async def test_no_form_of_an_address_reaches_this_machine(reached: list[str]) -> None:
    async with (
        listening() as (port, hits),
        outside.open_client(schemes=("http", "https")) as guarded,
    ):
        tried = urls(port)
        assert len(tried) >= 300
        results = {await attempt(guarded, url) for url in tried}
        assert (hits, reached) == ([], [])
        assert "200" not in results


async def test_control_a_plain_client_reaches_this_machine_by_the_same_forms() -> None:
    async with listening() as (port, hits), httpx.AsyncClient(timeout=1, trust_env=False) as plain:
        for host in LOOPBACK.split():
            await attempt(plain, f"http://{host}:{port}/")
        assert len(hits) >= 14


class Rebinding:
    """A resolver that names a public address first and this machine from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, *_: object) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_a_name_that_changes_its_address_is_connected_where_it_was_checked(
    reached: list[str],
) -> None:
    resolver = Rebinding(["93.184.215.14"], ["127.0.0.1"])
    async with (
        listening() as (port, hits),
        outside.open_client(schemes=("http",), resolve=resolver) as client,
    ):
        first = await attempt(client, f"http://rebind.example:{port}/")
        assert (resolver.asked, reached) == (1, ["93.184.215.14"])
        assert first not in {"200", "OutsideForbiddenError"}
        again = await attempt(client, f"http://rebind.example:{port}/")
        assert (hits, again) == ([], "OutsideForbiddenError")


async def test_control_checking_and_connecting_apart_is_fooled(reached: list[str]) -> None:
    resolver = Rebinding(["93.184.215.14"], ["127.0.0.1"])
    assert all(map(is_public, await resolver("rebind.example", 80)))
    async with listening() as (port, hits), httpx.AsyncClient(trust_env=False) as plain:
        (address,) = await resolver("rebind.example", port)
        await attempt(plain, f"http://{address}:{port}/")
        assert len(hits) == 1


@pytest.mark.parametrize("answers", [["93.184.215.14", "127.0.0.1"], ["::1"], [], ["fe80::1%eth0"]])
async def test_one_private_address_among_the_answers_is_enough_to_refuse(
    answers: list[str], reached: list[str]
) -> None:
    async with outside.open_client(resolve=Rebinding(answers)) as client:
        with pytest.raises(OutsideRefusedError, match="public internet"):
            await client.get("https://mixed.example/")
    assert reached == []


async def test_plain_http_is_refused_unless_it_is_asked_for() -> None:
    with pytest.raises(OutsideRefusedError, match="http is not called"):
        await outside.fetch("http://public.example/")


@asynccontextmanager
async def internal(
    answer: bytes = b"", then: Any = None, **options: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, str, list[str]]]:
    """A client that may call `inside.example`, which is this machine; its address and its hits."""
    options |= {"schemes": ("http",), "private_hosts": ("Inside.example",)}
    async with (
        listening(answer, then) as (port, hits),
        outside.open_client(resolve=Rebinding(["127.0.0.1"]), **options) as client,
    ):
        yield client, f"http://inside.example:{port}/keys", hits


async def test_a_named_internal_host_is_reached_under_its_own_name() -> None:
    async with internal() as (client, url, hits):
        assert (await client.get(url)).json() == {}
        assert "host: inside.example:" in hits[0].lower()


async def test_only_the_named_host_may_be_internal(reached: list[str]) -> None:
    async with internal() as (client, url, hits):
        with pytest.raises(OutsideRefusedError):
            await client.get(url.replace("inside.", "other."))
        assert hits == []
    assert not is_internal("169.254.169.254")
    assert not is_internal("fe80::1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    async with listening() as (port, hits):
        moved = f"HTTP/1.1 {status} x\r\nlocation: http://127.0.0.1:{port}/\r\n\r\n".encode()
        async with internal(moved) as (client, url, asked):
            with pytest.raises(OutsideRefusedError, match="redirect"):
                await client.get(url, follow_redirects=True)
            assert (len(asked), hits) == (1, [])


async def endless(writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await writer.drain()


async def test_an_answer_larger_than_the_limit_is_cut() -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    async with internal(chunked, endless) as (client, url, _):
        with pytest.raises(OutsideRefusedError, match="larger than 5,000,000"):
            await client.get(url)
    announced = b"HTTP/1.1 200 OK\r\ncontent-length: 5000001\r\n\r\n"
    async with internal(announced) as (client, url, _):
        with pytest.raises(OutsideRefusedError, match="larger than 5,000,000"):
            await client.get(url)


async def test_a_packed_answer_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n"
    async with internal(head.encode() + bomb) as (client, url, _):
        with pytest.raises(OutsideRefusedError, match="packed"):
            await client.get(url)


async def drip(writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"x")
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: "]
)
async def test_a_host_that_drips_is_cut_at_the_limit_in_all(head: bytes) -> None:
    loop = asyncio.get_running_loop()
    async with internal(head, drip, total_s=0.5) as (client, url, _):
        began = loop.time()
        with pytest.raises(OutsideRefusedError, match="longer than"):
            await client.get(url)
        assert loop.time() - began < 2
