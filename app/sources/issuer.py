"""The token issuer's public keys, from a file or its published address."""

import json
from typing import Any

from app.settings import Settings
from app.sources.outside import fetch_at_start
from app.tokens import TokenVerifier, issuer_verifier


def load_verifier(settings: Settings) -> TokenVerifier:
    """Return the verifier of the configured issuer's access tokens."""
    if settings.oidc_jwks_file is not None:
        keys = json.loads(settings.oidc_jwks_file.read_text())
    else:
        keys = fetch_keys(
            str(settings.oidc_jwks_url), private_hosts=settings.outside_private_hosts.split(",")
        )
    return issuer_verifier(keys, issuer=str(settings.oidc_issuer), audience=settings.oidc_audience)


def fetch_keys(url: str, **options: Any) -> dict[str, Any]:
    """Return the key set published at an address, or raise when the answer is not one."""
    keys: dict[str, Any] = json.loads(fetch_at_start(url, **options))
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        raise TypeError("the issuer's key address did not answer with a key set")
    return keys
