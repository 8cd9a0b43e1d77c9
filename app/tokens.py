"""Access tokens: what a bearer token proves, checked against one issuer's keys (RFC 9068)."""

import hashlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from app.errors import NotAuthenticatedError

EVALUATION_ISSUER = "urn:ward-priorities:evaluation"
LEEWAY_S = 30
REMEMBERED_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says."""

    subject: str
    role: str
    wards: frozenset[str]
    boroughs: frozenset[str]
    level: int
    expires_at: int


class TokenVerifier:
    """Checks bearer tokens of one issuer; remembers those it has checked until they expire."""

    def __init__(
        self, keys: OctKey | KeySet, *, issuer: str, audience: str, algorithms: list[str]
    ) -> None:
        self._keys = keys
        self._algorithms = algorithms
        self._registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._seen: dict[bytes, Claims] = {}

    def verify(self, token: str) -> Claims:
        """Return what the token proves, or raise `NotAuthenticatedError`."""
        fingerprint = hashlib.sha256(token.encode()).digest()
        known = self._seen.get(fingerprint)
        if known is not None and known.expires_at > time.time():
            return known
        claims = self._check(token)
        if len(self._seen) >= REMEMBERED_TOKENS:
            self._seen.clear()
        self._seen[fingerprint] = claims
        return claims

    def _check(self, token: str) -> Claims:
        try:
            decoded = jwt.decode(token, self._keys, algorithms=self._algorithms)
            self._registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as cause:
            raise NotAuthenticatedError("The access token is not accepted.") from cause
        if str(decoded.header.get("typ", "")).lower() not in {"at+jwt", "application/at+jwt"}:
            raise NotAuthenticatedError("Only access tokens are accepted, not other kinds.")
        return _claims_of(decoded.claims)


def _claims_of(claims: dict[str, Any]) -> Claims:
    try:
        return Claims(
            subject=str(claims["sub"]),
            role=str(claims["role"]),
            wards=frozenset(map(str, claims.get("wards", []))),
            boroughs=frozenset(map(str, claims.get("boroughs", []))),
            level=int(claims.get("level", 0)),
            expires_at=int(claims["exp"]),
        )
    except (KeyError, TypeError, ValueError) as cause:
        raise NotAuthenticatedError("The access token lacks a claim this service needs.") from cause


class EvaluationIssuer:
    """Issues tokens to anyone who asks, in evaluation mode; its key lives in the key store."""

    lifetime_s = 12 * 3600

    def __init__(self, key_store: Path, audience: str) -> None:
        self._key = OctKey.import_key(read_or_create_secret(key_store / "evaluation-issuer"))
        self._audience = audience

    def verifier(self) -> TokenVerifier:
        """Return the verifier that accepts this issuer's tokens."""
        return TokenVerifier(
            self._key, issuer=EVALUATION_ISSUER, audience=self._audience, algorithms=["HS256"]
        )

    def issue(self, claims: dict[str, Any]) -> str:
        """Return a signed access token with these claims, valid for `lifetime_s`."""
        now = int(time.time())
        standard = {
            "iss": EVALUATION_ISSUER,
            "aud": self._audience,
            "iat": now,
            "exp": now + self.lifetime_s,
            "jti": secrets.token_hex(8),
        }
        return jwt.encode({"alg": "HS256", "typ": "at+jwt"}, standard | claims, self._key)


def issuer_verifier(jwks: dict[str, Any], *, issuer: str, audience: str) -> TokenVerifier:
    """Return the verifier of a production issuer's public keys."""
    keys = KeySet.import_key_set(json.loads(json.dumps(jwks)))
    return TokenVerifier(keys, issuer=issuer, audience=audience, algorithms=["RS256", "ES256"])


def read_or_create_secret(path: Path, size: int = 32) -> bytes:
    """Return the secret kept in a file that only its owner may read, making it at first use.

    Processes that start together agree: the first to link its file in place wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(size))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _keep_entry(path.parent)
    return path.read_bytes()


def _keep_entry(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
