"""The token issuer's public keys, from a file or its published address."""

import json
from typing import Any

import httpx

from app.settings import Settings
from app.tokens import TokenVerifier, issuer_verifier

TIMEOUT_S = 10.0


def load_verifier(settings: Settings) -> TokenVerifier:
    """Return the verifier of the configured issuer's access tokens."""
    if settings.oidc_jwks_file is not None:
        keys = json.loads(settings.oidc_jwks_file.read_text())
    else:
        keys = fetch_keys(str(settings.oidc_jwks_url))
    return issuer_verifier(keys, issuer=str(settings.oidc_issuer), audience=settings.oidc_audience)


def fetch_keys(url: str, transport: httpx.BaseTransport | None = None) -> dict[str, Any]:
    """Return the key set published at an address, or raise when the answer is not one."""
    with httpx.Client(timeout=TIMEOUT_S, transport=transport, follow_redirects=False) as client:
        answer = client.get(url)
        answer.raise_for_status()
        keys: dict[str, Any] = answer.json()
    if not isinstance(keys.get("keys"), list):
        raise TypeError("the issuer's key address did not answer with a key set")
    return keys
