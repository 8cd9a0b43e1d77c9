"""Proofs of residence: a signed statement by one issuer of who somebody is and where they live."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.errors import ProofRefusedError

LEEWAY_S = 30
MAX_AGE_S = 3600
ALGORITHMS = ["RS256", "ES256"]
ACCESS_TOKENS = frozenset({"at+jwt", "application/at+jwt"})


class ResidenceProof(NamedTuple):
    """Whom the issuer knows, and the postcode they proved to live at."""

    person: str
    postcode: str


class ProofReader:
    """Reads proofs of one issuer; its key file is read each time, so that keys may change."""

    def __init__(self, issuer: str, *, audience: str, keys: Path) -> None:
        self._issuer, self._keys = issuer, keys
        self._registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    async def read(self, token: str) -> ResidenceProof:
        """Return what a proof proves, or raise `ProofRefusedError`."""
        document = json.loads(await asyncio.to_thread(self._keys.read_bytes))
        try:
            decoded = jwt.decode(token, KeySet.import_key_set(document), algorithms=ALGORITHMS)
            self._registry.validate(decoded.claims)
            too_old = float(decoded.claims["iat"]) < time.time() - MAX_AGE_S
        except (JoseError, ValueError, TypeError, RecursionError) as cause:
            raise _refused("The proof is not accepted.") from cause
        if too_old or str(decoded.header.get("typ", "")).lower() in ACCESS_TOKENS:
            raise _refused("The proof is too old, or is no proof of residence.")
        return ResidenceProof(f"{self._issuer}\n{decoded.claims['sub']}", _postcode(decoded.claims))


def _postcode(claims: dict[str, Any]) -> str:
    """Return the postcode of a proof: its own claim, or that of OpenID's address claim."""
    address = claims.get("address")
    found = claims.get("postcode") or (isinstance(address, dict) and address.get("postal_code"))
    if not isinstance(found, str):
        raise _refused("The proof names no postcode.")
    return found


def _refused(detail: str) -> ProofRefusedError:
    return ProofRefusedError(detail, pointer="/proof")
