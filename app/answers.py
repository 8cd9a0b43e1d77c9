"""Ready answers: finished public bodies kept per process until a write, or until they grow old."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request, Response
from starlette.types import Scope

MAX_ENTRIES = 20_000
MAX_BYTES = 256 * 1024 * 1024
STALE_S = 600
Key = tuple[str, bytes, bytes | None, bool]
"""What an answer depends on: path, query, `Accept`, and whether the client takes gzip."""

KEPT_TYPES = ("application/json", "application/geo+json", "text/csv", "text/calendar")


class Prepared(Response):
    """A response whose body and headers are taken as they are."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = headers


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """One finished answer with the revision and moment up to which it holds."""

    body: bytes
    headers: list[tuple[bytes, bytes]]
    etag: bytes
    revision: int
    good_until: float

    def as_response(self, if_none_match: bytes | None) -> Response:
        """Return the answer, or 304 when the client already has it."""
        if if_none_match is not None and (self.etag in if_none_match or if_none_match == b"*"):
            return Prepared(b"", 304, [h for h in self.headers if h[0] in _ON_304])
        return Prepared(self.body, 200, self.headers)


def accepts_gzip(header: bytes) -> bool:
    """Whether an Accept-Encoding header takes gzip (RFC 9110 §12.5.3): named or `*`, not q=0."""
    taken: dict[bytes, bool] = {}
    for part in header.lower().split(b","):
        coding, _, weight = part.partition(b";")
        taken[coding.strip()] = weight.replace(b" ", b"").strip(b"0.") != b"q="
    return taken.get(b"gzip", taken.get(b"*", False))


_ON_304 = frozenset({b"etag", b"cache-control", b"vary"})


class Answers:
    """The ready answers of one process, dropped as soon as the revision moves on."""

    def __init__(self) -> None:
        self.revision = 0
        self._entries: OrderedDict[Key, ReadyAnswer] = OrderedDict()
        self._bytes = 0

    def key(self, scope: Scope) -> Key | None:
        """Return what identifies the answer to a request, or `None` when it may not be shared.

        A header sent twice may be read in two ways, so such a request shares nothing.
        """
        accept = packed = None
        for name, value in scope["headers"]:
            if name == b"accept":
                if accept is not None:
                    return None
                accept = value
            elif name == b"accept-encoding":
                if packed is not None:
                    return None
                packed = accepts_gzip(value)
            elif name == b"authorization":
                return None
        return scope["path"], scope["query_string"], accept, packed or False

    def find(self, key: Key, *, outage: bool = False) -> ReadyAnswer | None:
        """Return the ready answer if nothing was written since and it is not too old.

        While the database is away an older answer is better than none, for `STALE_S` more.
        """
        entry = self._entries.get(key)
        if entry is None or entry.revision != self.revision:
            return None
        until = entry.good_until + (STALE_S if outage else 0)
        return entry if time.monotonic() <= until else None

    def keep(
        self,
        key: Key,
        response: Response,
        *,
        revision: int,
        fresh_for: int,
    ) -> None:
        """Keep a finished 200 answer, unless something was written while it was being made."""
        body = getattr(response, "body", None)
        kind = response.headers.get("content-type", "")
        if body is None or response.status_code != HTTPStatus.OK or not kind.startswith(KEPT_TYPES):
            return
        if revision != self.revision:
            return
        self._drop(key)
        self._entries[key] = ReadyAnswer(
            bytes(body),
            response.raw_headers,
            response.headers["etag"].encode(),
            revision,
            time.monotonic() + fresh_for,
        )
        self._bytes += len(body)
        while len(self._entries) > MAX_ENTRIES or self._bytes > MAX_BYTES:
            self._drop(next(iter(self._entries)))

    def moved_to(self, revision: int) -> None:
        """Forget every answer: something was written."""
        if revision != self.revision:
            self.revision = revision
            self.forget()

    def forget(self) -> None:
        """Forget every answer."""
        self._entries.clear()
        self._bytes = 0

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= len(entry.body)


def packed_response(request: Request, plain: bytes, packed: bytes, media_type: str) -> Response:
    """Return a ready body, compressed where the client takes gzip and there is a compressed one."""
    accepted = request.headers.get("accept-encoding", "").encode("latin-1")
    if packed and accepts_gzip(accepted):
        return Response(packed, headers={"Content-Encoding": "gzip"}, media_type=media_type)
    return Response(plain, media_type=media_type)
