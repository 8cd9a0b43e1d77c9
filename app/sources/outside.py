"""Calls to other people's servers: the name looked up once, no private address, hard limits.

An address that somebody else chose may point at our own network (server-side request forgery). So
the transport below looks a name up once, refuses it unless every answer is a public address, and
connects to the very address it checked; name and certificate stay those of the address asked for.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from ssl import SSLContext
from typing import Any

import httpx

MAX_BYTES = 5_000_000
TOTAL_S = 10.0

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Returns every address of a host, as text."""

SPECIAL = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20
"""
"""IANA's special-purpose registries (RFC 6890), with the tunnels that carry another address."""

OWN = "10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 ::1/128"
"""Where servers of our own network may be: never at a link-local address."""

NOT_PUBLIC, INTERNAL = (tuple(map(ip_network, listed.split())) for listed in (SPECIAL, OWN))
UNICAST_6 = ip_network("2000::/3")
"""All of IPv6 that is assigned to the public internet; mapped and translated forms lie outside."""


class OutsideRefusedError(httpx.TransportError):
    """The call was not made, or was cut short; says why."""


class OutsideForbiddenError(OutsideRefusedError):
    """The address is one that is never called from here."""


class OutsideUnusableError(OutsideRefusedError):
    """The host gives what is not taken, and would give it again."""


def is_public(text: str) -> bool:
    """Whether an address belongs to the public internet and to no special purpose."""
    address = _parse(text)
    if address is None or any(address in network for network in NOT_PUBLIC):
        return False
    return address in UNICAST_6 if isinstance(address, IPv6Address) else address.is_global


def is_internal(text: str) -> bool:
    """Whether an address may be that of a server of our own network, this machine included."""
    address = _parse(text)
    return address is not None and (
        is_public(text) or any(address in network for network in INTERNAL)
    )


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


async def look_up(host: str, port: int) -> list[str]:
    """Return every address of a host by the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class OutsideTransport(httpx.AsyncBaseTransport):
    """Carries requests to public https servers only, and answers within size and time."""

    def __init__(
        self,
        *,
        private_hosts: Iterable[str] = (),
        schemes: Iterable[str] = ("https",),
        resolve: Resolve = look_up,
        verify: SSLContext | bool = True,
        max_bytes: int = MAX_BYTES,
        total_s: float = TOTAL_S,
    ) -> None:
        self._private = frozenset(host.strip().lower() for host in private_hosts)
        self._schemes = frozenset(schemes)
        self._resolve = resolve
        self._max_bytes, self._total_s = max_bytes, total_s
        # No connection is kept: one made for a name must not serve another at the same address.
        self._inner = httpx.AsyncHTTPTransport(
            verify=verify, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request to the address that was checked."""
        ends_at = asyncio.get_running_loop().time() + self._total_s
        try:
            async with asyncio.timeout_at(ends_at):
                pinned = await self._pin(request)
                response = await self._inner.handle_async_request(pinned)
        except TimeoutError as cause:
            raise OutsideRefusedError(_too_slow(self._total_s), request=request) from cause
        fault = self._fault_of(response)
        if fault is not None:
            await response.aclose()
            raise OutsideUnusableError(fault, request=request)
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("an asynchronous transport gives an asynchronous stream")
        response.stream = _Limited(stream, self._max_bytes, self._total_s, ends_at)
        return response

    async def _pin(self, request: httpx.Request) -> httpx.Request:
        url = request.url
        if url.scheme not in self._schemes:
            raise OutsideForbiddenError(f"{url.scheme} is not called from here.", request=request)
        host = url.raw_host.decode("ascii")
        port = url.port or {"http": 80}.get(url.scheme, 443)
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as cause:
            raise OutsideRefusedError("The host has no address.", request=request) from cause
        allowed = is_internal if host.rstrip(".").lower() in self._private else is_public
        if not addresses or not all(map(allowed, addresses)):
            raise OutsideForbiddenError("The host is not on the public internet.", request=request)
        return httpx.Request(
            request.method,
            url.copy_with(host=addresses[0]),
            headers=request.headers,  # with the Host that was asked for
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )

    def _fault_of(self, response: httpx.Response) -> str | None:
        redirects = HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST
        if redirects and response.status_code != HTTPStatus.NOT_MODIFIED:
            return "The host answered with a redirect, which is not followed."
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            return "The host sent a packed answer, which was not asked for."
        length = response.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._max_bytes:
            return _too_large(self._max_bytes)
        return None

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


class _Limited(httpx.AsyncByteStream):
    """An answer's body that ends in a refusal once it is too large or too late."""

    def __init__(
        self, inner: httpx.AsyncByteStream, max_bytes: int, total_s: float, ends_at: float
    ) -> None:
        self._inner = inner
        self._max_bytes, self._total_s, self._ends_at = max_bytes, total_s, ends_at

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks, received = self._inner.__aiter__(), 0
        while True:
            try:
                async with asyncio.timeout_at(self._ends_at):
                    chunk = await anext(chunks, None)
            except TimeoutError as cause:
                raise OutsideRefusedError(_too_slow(self._total_s)) from cause
            if chunk is None:
                return
            received += len(chunk)
            if received > self._max_bytes:
                raise OutsideUnusableError(_too_large(self._max_bytes))
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _too_slow(seconds: float) -> str:
    return f"The host took longer than {seconds:g} seconds."


def _too_large(limit: int) -> str:
    return f"The host's answer is larger than {limit:,} bytes."


def open_client(**options: Any) -> httpx.AsyncClient:
    """Return a client for calls to outside; the options are those of `OutsideTransport`.

    A refusal is an `OutsideRefusedError`, which is an `httpx.TransportError`. A name in
    `private_hosts` may lie in our own network, though never at a link-local address.
    """
    return httpx.AsyncClient(
        transport=OutsideTransport(**options),
        headers={"accept-encoding": "identity", "user-agent": "ward-priorities"},
        timeout=options.get("total_s", TOTAL_S),
        follow_redirects=False,
        trust_env=False,
    )


async def fetch(url: str, **options: Any) -> bytes:
    """Return what stands at an address, or raise an `httpx.HTTPError`; options as above."""
    async with open_client(**options) as client:
        answer = await client.get(url)
        answer.raise_for_status()
        return answer.content
