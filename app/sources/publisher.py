"""Asking other publishers: paced, patient with the busy, plain about the rest.

A question is asked again after a timeout, a broken connection, 429 and 5xx; never after any other
4xx, a redirect or an answer that is too large, nor where the address may not be called. Between two
tries lies the wait that the publisher asks for (Retry-After), else one that doubles, of which a
random part of at least half is taken.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from app.errors import (
    SourceAwayError,
    SourceForbiddenError,
    SourceMalformedError,
    SourceRefusedError,
)
from app.sources.outside import OutsideForbiddenError, OutsideUnusableError, open_client
from app.sources.pace import Pace, Sleep

TRIES = 4
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 120.0
"""A publisher that wants more patience than this counts as away."""

MAX_TOTAL_S = 60.0
MAX_VALIDATOR = 300
MAX_DATE = 60


@dataclass(frozen=True, slots=True)
class Validators:
    """What a publisher gave with a copy, to ask whether it changed (RFC 9110 §13.1)."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that make a question conditional."""
        told = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a publisher answered; the content is `None` when it has not changed (304)."""

    url: str
    content: bytes | None
    validators: Validators


@dataclass(frozen=True, slots=True)
class Question:
    """An address, and a form to post where the question is too long for an address."""

    url: str
    form: Mapping[str, str] | None = None
    known: Validators = field(default_factory=Validators)


class EmptyBusyError(Exception):
    """The publisher answered 503 with nothing in it, which some send for "too much at once"."""


class Publisher:
    """One publisher's server. Counts the requests that it was sent."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        base_url: str,
        per_second: float,
        max_bytes: int,
        pace: Pace | None = None,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.requests = 0
        self._client, self._max_bytes = client, max_bytes
        self._pace = pace or Pace(per_second, sleep=sleep)
        self._sleep, self._chance = sleep, chance

    async def ask(self, question: Question, *, tells_too_much: bool = False) -> Answer:
        """Return the answer, or raise a `SourceError`; a redirect is not followed.

        With `tells_too_much` an empty 503 is an `EmptyBusyError` at once.
        """
        wait = 0.0
        for attempt in range(TRIES):
            if attempt:
                await self._sleep(wait)
            await self._pace.wait()
            try:
                response = await self._try(question)
            except httpx.HTTPError as fault:
                wait = self._backoff(attempt)
                told = f"{question.url} does not answer: {str(fault) or type(fault).__name__}"
                continue
            status = response.status_code
            if not _is_busy(status):
                return _answer(question.url, response)
            if tells_too_much and status == HTTPStatus.SERVICE_UNAVAILABLE and not response.content:
                raise EmptyBusyError(f"{question.url} answers {status} with nothing in it.")
            asked = _retry_after(response)
            wait = self._backoff(attempt) if asked is None else asked
            told = f"{question.url} answers {status}."
            if wait > LONGEST_WAIT_S:
                raise SourceAwayError(f"{told} It wants to be left alone for {wait:,.0f} seconds.")
        raise SourceAwayError(f"{told} It was asked {TRIES} times.")

    def _backoff(self, attempt: int) -> float:
        return float(FIRST_WAIT_S * 2**attempt * (0.5 + self._chance() / 2))

    async def _try(self, question: Question) -> httpx.Response:
        """Send one request; what no time mends is a `SourceError` at once."""
        try:
            return await self._send(question)
        except OutsideForbiddenError as fault:
            raise SourceForbiddenError(f"{question.url} is not asked: {fault}") from fault
        except OutsideUnusableError as fault:
            raise SourceMalformedError(f"{question.url} cannot be used: {fault}") from fault

    async def _send(self, question: Question) -> httpx.Response:
        """Send one request and read what comes back, up to the limit."""
        self.requests += 1
        request = self._client.build_request(
            "GET" if question.form is None else "POST",
            question.url,
            data=question.form,
            headers={"accept": "application/json", **question.known.headers()},
        )
        response = await self._client.send(request, stream=True)
        content = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > self._max_bytes:
                    raise SourceMalformedError(
                        f"{question.url} answers with more than {self._max_bytes:,} bytes."
                    )
        finally:
            await response.aclose()
        return httpx.Response(
            response.status_code,
            headers=[(k, v) for k, v in response.headers.items() if k != "content-encoding"],
            content=bytes(content),
        )


def _is_busy(status: int) -> bool:
    return (
        status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _answer(url: str, response: httpx.Response) -> Answer:
    status = response.status_code
    etag = response.headers.get("etag", "")
    date = response.headers.get("last-modified", "")
    validators = Validators(
        etag if 0 < len(etag) <= MAX_VALIDATOR else None,
        date if 0 < len(date) <= MAX_DATE else None,
    )
    if status == HTTPStatus.NOT_MODIFIED:
        return Answer(url, None, validators)
    if status != HTTPStatus.OK:
        raise SourceRefusedError(url, status)
    return Answer(url, response.content, validators)


def _retry_after(response: httpx.Response) -> float | None:
    """Return how long the publisher wants to be left alone: seconds, or a date against its own."""
    told = response.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    with contextlib.suppress(ValueError, KeyError):
        until = parsedate_to_datetime(told)
        its_now = parsedate_to_datetime(response.headers["date"])
        until, its_now = (d if d.tzinfo else d.replace(tzinfo=UTC) for d in (until, its_now))
        return max(0.0, (until - its_now).total_seconds())
    return None


@asynccontextmanager
async def open_publisher(
    base_url: str, *, per_second: float, max_bytes: int, private_hosts: str = ""
) -> AsyncGenerator[Publisher]:
    """Open the way to a publisher's server for the block.

    Plain http is spoken only to a mirror in our own network that `private_hosts` names.
    """
    hosts = [host.strip().lower() for host in private_hosts.split(",") if host.strip()]
    parts = urlsplit(base_url)
    is_own = parts.scheme == "http" and parts.hostname in hosts
    client = open_client(
        private_hosts=hosts,
        schemes=("https", "http") if is_own else ("https",),
        max_bytes=max_bytes,
        total_s=MAX_TOTAL_S,
    )
    async with client:
        yield Publisher(client, base_url=base_url, per_second=per_second, max_bytes=max_bytes)
