"""What is no body is taken up to 64 kB, so that nobody fills the memory or holds the loop."""

import pytest

from tests.faults.rigs.floods import FLOODS, GET, answer_to, takes
from tests.faults.rigs.servers import PLAIN_UVICORN, port_of, server

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SIZE, LIMIT = 16_000_000, 65_536
LAST = b"Connection: close\r\n\r\n"


def head_of(size: int) -> bytes:
    """Return a request of so many bytes that wants the connection closed."""
    start = GET + b"X-Long: "
    return start + b"a" * (size - len(start) - len(LAST) - 2) + b"\r\n" + LAST


async def test_lets_everybody_go_who_sends_without_end(settings):
    async with server(settings.database_url, settings.key_store) as client:
        port = port_of(client)
        taken = {name: await takes(port, flood, SIZE) for name, flood in FLOODS.items()}
        assert (await client.get("/healthz")).status_code == 200
    assert taken == dict.fromkeys(FLOODS, False)


async def test_plain_uvicorn_takes_it(settings):
    """The control: without our protocol the same clients go on."""
    async with server(settings.database_url, settings.key_store, PLAIN_UVICORN) as client:
        for name in ("headers", "trailers"):
            assert await takes(port_of(client), FLOODS[name], SIZE), name


async def test_refuses_a_head_above_the_limit_and_serves_one_below(settings):
    body = b" " * 4 * LIMIT
    put = b"POST /evaluation/tokens HTTP/1.1\r\nHost: rig.example\r\n"
    put += b"Content-Length: %d\r\n" % len(body) + LAST + body
    async with server(settings.database_url, settings.key_store) as client:
        port = port_of(client)
        assert (await answer_to(port, head_of(LIMIT - 100))).startswith(b"HTTP/1.1 200")
        assert (await answer_to(port, head_of(LIMIT + 100))).startswith(b"HTTP/1.1 431")
        assert (await answer_to(port, put)).startswith(b"HTTP/1.1 415"), "a body is no head"
        ahead = await answer_to(port, (GET + b"\r\n") * 50 + GET + LAST)
    assert ahead.count(b"HTTP/1.1 200") == 51


async def test_a_header_after_the_body_changes_no_answer(settings):
    head = b"GET /v1/wards HTTP/1.1\r\nHost: rig.example\r\nTransfer-Encoding: chunked\r\n" + LAST
    async with server(settings.database_url, settings.key_store) as client:
        answer = await answer_to(port_of(client), head + b"0\r\nAccept: text/csv\r\n\r\n")
    assert b"content-type: application/json" in answer
