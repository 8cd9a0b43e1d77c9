"""The one layer around every request: id, quota, size limit, CORS and safety headers."""

import logging
import re
import secrets
from collections.abc import Iterable, Sequence

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import problems
from app.domain.quotas import Standing
from app.errors import QuotaExceededError
from app.logs import request_id
from app.operations.quotas import Quotas

logger = logging.getLogger(__name__)

FAULT = "The service failed; the request id helps to find out why."
ACCEPTED_ID = re.compile(rb"[A-Za-z0-9_.:-]{8,80}")
EXPOSED = (
    b"ETag, Link, Location, Retry-After, X-Request-ID, Idempotency-Replayed, RateLimit, "
    b"RateLimit-Policy"
)
ALLOWED_HEADERS = (
    b"Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-ID"
)
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
READ_HERE = frozenset({b"x-request-id", b"origin", b"content-length", b"authorization"})
UNMETERED = frozenset({"/healthz", "/readyz"})
REFUSALS = range(400, 500)
ALLOWED_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
NOTHING_RUNS = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
ON_DATA = (NOTHING_RUNS,)
ON_PAGES = (
    NOTHING_RUNS,
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), display-capture=(), geolocation=(), microphone=(), usb=()",
    ),
)
"""What a browser is told with every page, unless the page's own route says it differently."""


class ServiceLayer:
    """Gives every answer its request id and headers, and stops bodies that are too large."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        quotas: Quotas,
        max_body_bytes: int,
        allowed_origins: Sequence[str],
        evaluation: bool,
    ) -> None:
        self._app = app
        self._quotas = quotas
        self._max_body = max_body_bytes
        self._any_origin = "*" in allowed_origins
        self._origins = {origin.encode() for origin in allowed_origins}
        self._fixed = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]
        self._fixed.append((b"x-evaluation", b"true") if evaluation else STRICT_TRANSPORT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Of a header sent twice the first counts, here as wherever else it is read.
        sent = {name: value for name, value in reversed(scope["headers"]) if name in READ_HERE}
        name = _request_id_of(sent)
        added = [(b"x-request-id", name), *self._fixed, *self._cors(sent.get(b"origin"))]
        scope["charge"], started = self._charge(scope, sent), False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started, headers = True, message["headers"]
                self._charge_late(scope, message["status"])
                message["headers"] = [*headers, *added, *_guards(headers), *_told(scope)]
            await send(message)

        token = request_id.set(name.decode())
        try:
            await self._serve(scope, receive, send_with_headers, sent)
        except Exception:
            logger.exception("unhandled fault")
            if started:
                raise
            await problems.render_framework(500, FAULT)(scope, receive, send_with_headers)
        finally:
            request_id.reset(token)

    def _charge(self, scope: Scope, sent: dict[bytes, bytes]) -> Standing | None:
        """Charge a request to its caller or address.

        Ballots are charged to their voter where they are cast: many vote from one address.
        """
        if scope["method"] == "OPTIONS" or scope["path"] in UNMETERED:
            return None
        credential = sent.get(b"authorization")
        if credential is not None and _is_ballot(scope):
            return self._quotas.find_refusal(_host_of(scope), credential)
        return self._quotas.charge(_host_of(scope), credential)

    def _charge_late(self, scope: Scope, status: int) -> None:
        """Charge the address for a ballot that was refused before it was anybody's."""
        if scope["charge"] is None and status in REFUSALS and _is_ballot(scope):
            scope["charge"] = self._quotas.charge_unproven(_host_of(scope))

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, sent: dict[bytes, bytes]
    ) -> None:
        length, charge = sent.get(b"content-length"), scope["charge"]
        if charge is not None and not charge.given:
            await _refuse(charge)(scope, receive, send)
        elif b"origin" in sent and scope["method"] == "OPTIONS":
            await _answer_preflight(send)
        elif length is not None and (not length.isdigit() or int(length) > self._max_body):
            answer = problems.render_framework(
                413, f"A request body may have at most {self._max_body} bytes here."
            )
            await answer(scope, receive, send)
        elif length is None and scope["method"] in BODY_METHODS:
            await self._app(scope, self._limited(receive), send)
        else:
            await self._app(scope, receive, send)

    def _limited(self, receive: Receive) -> Receive:
        """Return a `receive` that stops a body of unannounced length once it is too large."""
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body:
                raise HTTPException(413)
            return message

        return receive_within_limit

    def _cors(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        if origin is None or not (self._any_origin or origin in self._origins):
            return []
        allowed = b"*" if self._any_origin else origin
        return [
            (b"access-control-allow-origin", allowed),
            (b"access-control-expose-headers", EXPOSED),
        ]


def _is_ballot(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] == "PUT" and path.endswith("/ballot")


def _host_of(scope: Scope) -> str:
    client: tuple[str, int] | None = scope["client"]
    return client[0] if client else ""


def _request_id_of(sent: dict[bytes, bytes]) -> bytes:
    given = sent.get(b"x-request-id")
    return given if given and ACCEPTED_ID.fullmatch(given) else secrets.token_hex(16).encode()


def _guards(headers: Sequence[tuple[bytes, bytes]]) -> Sequence[tuple[bytes, bytes]]:
    """Return what keeps a browser from running or framing an answer, where that is not said."""
    for name, value in headers:
        if name == b"content-type" and value.startswith(b"text/html"):
            own = {said for said, _ in headers}
            return [guard for guard in ON_PAGES if guard[0] not in own]
    return ON_DATA


def _told(scope: Scope) -> Iterable[tuple[bytes, bytes]]:
    charge: Standing | None = scope["charge"]
    return () if charge is None else charge.told()


def _refuse(charge: Standing) -> Response:
    return problems.render_refusal(QuotaExceededError(charge.policy.name, charge.seconds))


async def _answer_preflight(send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", ALLOWED_METHODS),
        (b"access-control-allow-headers", ALLOWED_HEADERS),
        (b"access-control-max-age", b"86400"),
        (b"vary", b"Origin"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
