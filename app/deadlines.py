"""Bounds for clients: uvicorn's protocol, which by itself waits and takes for ever.

A request must have arrived whole within `REQUEST_RECEIPT_S` of its first byte, a connection without
one is closed after `KEEP_ALIVE_S`, and a client that does not take its answer is let go. Bodies
that keep arriving earn more time. The service's own work is never cut short by any of this.
Bodies are bounded where they are read; all else that a client may send is bounded here.
"""

import asyncio
import struct
from functools import cache
from socket import SO_LINGER, SOL_SOCKET
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.settings import ServerSettings

LOOK_S = 0.5
"""How often a process looks at its connections: one timer for all, nothing to arm per request."""

FAIR_RATE = 10_000
"""Bytes a second that a body or an answer must move to be worth waiting for."""

FORGET = struct.pack("ii", 1, 0)
"""`SO_LINGER` for no time at all: a reset instead of a farewell."""

MAX_HEAD_BYTES = 65_536
"""The most that a client may send before a request's body, or between two pieces of it."""

MAX_QUEUED = 100
"""How many requests a client may send ahead of the answers it still waits for."""

REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)

SPARED_SHARE = 20
"""When there are too many connections, one in so many of the longest waiting is let go at once."""


class ExcessError(Exception):
    """A client sent more than it may; ends the reading of it."""


@cache
def server_settings() -> ServerSettings:
    """Return the server's settings, read once in each process."""
    return ServerSettings()


class DeadlineProtocol(HttpToolsProtocol):
    """One client's connection, with a deadline on what the client owes and a bound on the rest."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        settings = server_settings()
        self._receipt_s, self._idle_s = settings.request_receipt_s, settings.keep_alive_s
        self._most = settings.max_connections
        self._idle_since = 0.0
        self._begun_at: float | None = None
        self._received = 0
        self._unframed = 0  # bytes that arrived since a head, a piece of a body or its end
        self._stalled: tuple[float, int] | None = None
        self._answering: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # a socket gives this one
        """Watch a new connection from its first moment."""
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        Lookout.over(self.server_state).watch(self.loop, self._most)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request being answered and drop those behind it; uvicorn tells only the last."""
        self.pipeline.clear()
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Take what arrived, as long as requests and their bodies come of it."""
        self._unframed += len(data)
        super().data_received(data)
        if self._unframed > MAX_HEAD_BYTES:
            self._refuse()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, unless the client was refused already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _refuse(self) -> None:
        """Say that it was too much, where no other answer is on its way, and close."""
        if self.serving:
            self.let_go()
        elif not self.transport.is_closing():
            self.transport.write(REFUSAL)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Start the clock of a request at its first byte."""
        super().on_message_begin()
        self._begun_at, self._received = self.loop.time(), 0

    def on_headers_complete(self) -> None:
        """Serve the request, or refuse it; headers after the body belong to nobody."""
        if len(self.pipeline) >= MAX_QUEUED or self._has_too_large_head():
            self._refuse()
            raise ExcessError
        self._unframed = 0
        super().on_headers_complete()
        self.headers = []

    def _has_too_large_head(self) -> bool:
        if self._unframed <= MAX_HEAD_BYTES:  # the usual case, and no more than this arrived
            return False
        fields = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.url) + fields > MAX_HEAD_BYTES

    def on_body(self, body: bytes) -> None:
        """Count what arrives of a body."""
        self._received += len(body)
        self._unframed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the clock: the whole request is here."""
        super().on_message_complete()
        self._begun_at, self._unframed = None, 0

    def on_response_complete(self) -> None:
        """Start to wait for the next request, and read it once no other waits."""
        self._idle_since = self.loop.time()
        super().on_response_complete()
        if self.pipeline and not self.transport.is_closing():
            self.flow.pause_reading()

    def shutdown(self) -> None:
        """End with the server: a stream that would go on until its client leaves ends now."""
        if self.serving and self.cycle.scope.get("endless"):
            self.transport.close()
        super().shutdown()

    def let_go(self) -> None:
        """Close at once, and leave nothing behind for the system to deliver."""
        if not self.transport.is_closing():
            self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, FORGET)
        self.transport.abort()

    @property
    def serving(self) -> bool:
        """Whether a request is being answered, or waits behind one that is."""
        return self.cycle is not None and not self.cycle.response_complete

    def waiting_since(self) -> float | None:
        """Return since when the client owes a request or the rest of one; `None` if it does not."""
        if self._begun_at is not None:
            return self._begun_at
        return None if self.serving else self._idle_since

    def is_overdue(self, now: float) -> bool:
        """Whether the client took longer over what it owes than it may."""
        if self._does_not_take(now):
            return True
        if self._begun_at is None:
            return not self.serving and now - self._idle_since > self._idle_s + LOOK_S
        if self.flow.read_paused:  # it is us who do not read
            self._begun_at = now
        return now - self._begun_at > self._receipt_s + self._received / FAIR_RATE

    def _does_not_take(self, now: float) -> bool:
        """Whether an answer larger than the socket's buffers moves too slowly to go on."""
        if not self.flow.write_paused:
            self._stalled = None
            return False
        left = self.transport.get_write_buffer_size()
        since, before = self._stalled or (now, left)
        if self._stalled is None or before - left > (now - since) * FAIR_RATE:
            self._stalled = (now, left)
            return False
        return now - since > self._receipt_s


class Lookout:
    """Looks at every connection of one server now and again, for as long as there is one."""

    _all: "WeakKeyDictionary[ServerState, Lookout]" = WeakKeyDictionary()

    def __init__(self, state: ServerState) -> None:
        self._connections: set[Any] = state.connections
        self._looking = False

    @classmethod
    def over(cls, state: ServerState) -> "Lookout":
        """Return the lookout over a server."""
        lookout = cls._all.get(state)
        if lookout is None:
            lookout = cls._all[state] = cls(state)
        return lookout

    def watch(self, loop: asyncio.AbstractEventLoop, most: int) -> None:
        """See to it that somebody looks, and that a new connection does not make too many."""
        if not self._looking:
            self._looking = True
            loop.call_later(LOOK_S, self._look, loop)
        if len(self._connections) > most:
            self._make_room(most)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [one for one in self._connections if one.is_overdue(now)]:
            connection.let_go()
        self._looking = bool(self._connections)
        if self._looking:
            loop.call_later(LOOK_S, self._look, loop)

    def _make_room(self, most: int) -> None:
        """Let those go that have waited longest without a request; nobody who is being served."""
        waiting = [
            (since, id(one), one)
            for one in self._connections
            if (since := one.waiting_since()) is not None and not one.transport.is_closing()
        ]
        for _, _, connection in sorted(waiting)[: max(1, most // SPARED_SHARE)]:
            connection.let_go()
