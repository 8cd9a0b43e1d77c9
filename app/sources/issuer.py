"""The token issuer's public keys, from a file or its published address, always fresh."""

import asyncio
import functools
import json
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from app.settings import Settings
from app.sources.outside import fetch
from app.tokens import TokenRules, TokenVerifier, public_keys

logger = logging.getLogger(__name__)

FRESH_S = 300.0
"""Keys are asked for again after this long, so that a key taken back is soon refused."""
UNKNOWN_REST_S = 60.0
"""A token with a key nobody knows makes us ask at most this often."""
RETRY_S = 5.0
STALE_S = 24 * 3600.0
"""Keys that could not be asked for during this long are trusted no more."""
DISCOVERY = "/.well-known/openid-configuration"

Ask = Callable[[], Awaitable[object]]
"""Returns the issuer's JWK set."""


class IssuerKeys:
    """Keeps one verifier's keys fresh, without ever holding up a request whose key is known."""

    def __init__(
        self, verifier: TokenVerifier, ask: Ask, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.verifier = verifier
        self._ask, self._clock = ask, clock
        self._asked_at = self._got_at = self._unknown_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        verifier.renew = self.renew_for_unknown

    async def renew_if_due(self) -> None:
        """Ask when the keys are no longer fresh; without any, every few seconds."""
        wait = FRESH_S if self._got_at >= self._asked_at else RETRY_S
        if self._clock() - self._asked_at >= wait:
            await self._renew()

    async def renew_for_unknown(self) -> None:
        """Ask because of a key that is not known, at most once a minute whoever sends such."""
        if self._asking is None:
            if self._clock() - self._unknown_at < UNKNOWN_REST_S:
                return
            self._unknown_at = self._clock()
        await self._renew()

    async def _renew(self) -> None:
        """Ask once for everybody who waits; one who goes away takes nothing from the others."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_once())
            self._asking.add_done_callback(self._asked)
        await asyncio.shield(self._asking)

    def _asked(self, _: asyncio.Task[None]) -> None:
        self._asking = None

    async def _ask_once(self) -> None:
        self._asked_at = self._clock()
        try:
            self.verifier.trust(public_keys(await self._ask()))
            self._got_at = self._asked_at
        except (httpx.HTTPError, OSError, ValueError) as fault:
            logger.warning("the issuer gave no keys", extra={"cause": type(fault).__name__})
            if self._asked_at - self._got_at > STALE_S:
                self.verifier.trust(None)


def open_issuer(settings: Settings) -> IssuerKeys:
    """Return the keeper of the configured issuer's keys; it has none until it first asks."""
    rules = TokenRules(
        issuer=str(settings.oidc_issuer),
        audience=settings.oidc_audience,
        types=_listed(settings.oidc_token_types.lower()),
        role_claim=settings.oidc_role_claim,
        parties=_listed(settings.oidc_authorized_parties),
        residents=settings.oidc_residents,
    )
    return IssuerKeys(TokenVerifier(rules), _way_to_keys(settings))


def _listed(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _way_to_keys(settings: Settings) -> Ask:
    if settings.oidc_jwks_file is not None:
        return functools.partial(read_keys, settings.oidc_jwks_file)
    options = {"private_hosts": settings.outside_private_hosts.split(",")}
    if settings.oidc_jwks_url:
        return functools.partial(fetch_document, settings.oidc_jwks_url, **options)
    return functools.partial(discover_keys, str(settings.oidc_issuer), **options)


async def read_keys(path: Path) -> object:
    """Return the key set kept in a file."""
    document: object = json.loads(await asyncio.to_thread(path.read_bytes))
    return document


async def fetch_document(url: str, **options: Any) -> object:
    """Return the JSON document at an address; options as for `outside.fetch`."""
    document: object = json.loads(await fetch(url, **options))
    return document


async def discover_keys(issuer: str, **options: Any) -> object:
    """Return the key set that an issuer's discovery document names (OpenID Discovery §4).

    Raises `ValueError` when the document is another issuer's.
    """
    document = await fetch_document(issuer.rstrip("/") + DISCOVERY, **options)
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ValueError("the discovery document is not this issuer's")
    return await fetch_document(str(document.get("jwks_uri")), **options)
