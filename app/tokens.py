"""Access tokens: what a bearer token proves, checked against one issuer's keys (RFC 9068)."""

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from app.domain.identity import Role
from app.domain.polls import MAX_LEVEL
from app.errors import IssuerUnavailableError, NotAuthenticatedError
from app.secret_files import read_or_create_secret

EVALUATION_ISSUER = "urn:ward-priorities:evaluation"
LEEWAY_S = 30
REMEMBERED_TOKENS = 4096
MAX_TOKEN_LENGTH = 8_192
MAX_KEYS = 50
SUBJECT = re.compile(r"[^\x00-\x1f\x7f]{1,120}")
ID_TOKEN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
"""Claims that only id tokens carry (OpenID Connect Core §2, §3.3.2.11)."""
ACCESS_TOKEN_CLAIMS = frozenset({"scope", "scp", "client_id", "azpacr", "appidacr"})
"""Claims that only access tokens carry (RFC 9068 §2.2, and Entra's spellings)."""
PARTY_CLAIMS = ("azp", "client_id", "appid")
"""Where issuers say to which client they issued a token."""
PUBLIC_PARTS = frozenset({"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"})


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says."""

    subject: str
    role: str
    wards: frozenset[str]
    boroughs: frozenset[str]
    level: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class TokenRules:
    """Which tokens are accepted: of one issuer, for one audience, signed in fixed ways."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    types: frozenset[str] = frozenset({"at+jwt"})
    role_claim: str = "role"
    parties: frozenset[str] = frozenset()
    """Clients whose tokens are accepted; empty for any client of the issuer."""
    residents: bool = False
    """Whether residents may come with a token of the issuer."""


class UnknownKeyError(Exception):
    """The token names a signing key that is not known here; the issuer may have a new one."""


class TokenVerifier:
    """Checks bearer tokens by rules and keys; remembers those it accepted until they expire.

    What is remembered is forgotten with the keys, so that no token outlives its key's removal.
    """

    def __init__(
        self,
        rules: TokenRules,
        keys: OctKey | KeySet | None = None,
        renew: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.rules = rules
        self.renew = renew
        self._keys, self._names = keys, _names(keys)
        self._registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": rules.issuer},
            aud={"essential": True, "value": rules.audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._seen: dict[bytes, Claims] = {}

    @property
    def has_keys(self) -> bool:
        """Whether any token can be checked yet."""
        return self._keys is not None

    def trust(self, keys: KeySet | None) -> None:
        """Check by these keys from now on, and by no others; `None` for none at all."""
        names = _names(keys)
        if names != self._names:
            self._seen.clear()
        self._keys, self._names = keys, names

    async def prove(self, token: str) -> Claims:
        """Return what the token proves; an unknown key is asked for once before it is refused."""
        try:
            return self._verify(token)
        except UnknownKeyError:
            if self.renew is not None:
                await self.renew()
        return self.verify(token)

    def verify(self, token: str) -> Claims:
        """Return what the token proves, or raise `NotAuthenticatedError`.

        Raises `IssuerUnavailableError` while the issuer's keys are not there.
        """
        try:
            return self._verify(token)
        except UnknownKeyError as cause:
            raise NotAuthenticatedError("The access token is not accepted.") from cause

    def _verify(self, token: str) -> Claims:
        if self._keys is None:
            raise IssuerUnavailableError("The token issuer's keys are not here yet; try again.")
        if len(token) > MAX_TOKEN_LENGTH:
            raise NotAuthenticatedError(f"A token has at most {MAX_TOKEN_LENGTH:,} characters.")
        fingerprint = hashlib.sha256(token.encode()).digest()
        known = self._seen.get(fingerprint)
        if known is not None and known.expires_at > time.time():
            return known
        claims = self._check(token, self._keys)
        if len(self._seen) >= REMEMBERED_TOKENS:
            self._seen.clear()
        self._seen[fingerprint] = claims
        return claims

    def _check(self, token: str, keys: OctKey | KeySet) -> Claims:
        try:
            header, stated = (_read_part(part) for part in token.split(".", 2)[:2])
            self._require_shape(header, stated)
            decoded = jwt.decode(token, keys, algorithms=list(self.rules.algorithms))
            self._registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError, RecursionError) as cause:
            raise NotAuthenticatedError("The access token is not accepted.") from cause
        parties = {str(decoded.claims[name]) for name in PARTY_CLAIMS if name in decoded.claims}
        if self.rules.parties and not (parties and parties <= self.rules.parties):
            raise NotAuthenticatedError("The token was issued to a client not accepted here.")
        found = _claims_of(decoded.claims, self.rules.role_claim)
        if found.role == Role.RESIDENT and not self.rules.residents:
            raise NotAuthenticatedError("Residents sign in by mail here, not with such a token.")
        return found

    def _require_shape(self, header: dict[str, Any], stated: dict[str, Any]) -> None:
        """Refuse what is not an access token before any key is tried on it."""
        kind = str(header.get("typ", "")).lower().removeprefix("application/")
        marked = kind == "at+jwt" or ACCESS_TOKEN_CLAIMS & stated.keys()
        if kind not in self.rules.types or ID_TOKEN_CLAIMS & stated.keys() or not marked:
            raise NotAuthenticatedError("Only access tokens are accepted, not other kinds.")
        name = header.get("kid")
        if self._names is not None and name is not None and name not in self._names:
            raise UnknownKeyError(name)


def _names(keys: OctKey | KeySet | None) -> dict[str | None, str] | None:
    """Return a set's key names with their thumbprints, which make two sets the same."""
    return {key.kid: key.thumbprint() for key in keys} if isinstance(keys, KeySet) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


_PARTS = json.JSONDecoder(object_pairs_hook=_once)


def _read_part(part: str) -> dict[str, Any]:
    """Return one part of a token; a name that comes twice could be read in two ways."""
    text = base64.b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True)
    read = _PARTS.decode(text.decode())
    if not isinstance(read, dict):
        raise TypeError("a part of a token is an object")
    return read


def _claims_of(claims: dict[str, Any], role_claim: str) -> Claims:
    subject, role = claims["sub"], _role_of(claims.get(role_claim))
    if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
        raise NotAuthenticatedError("The token's subject is not one this service can write down.")
    try:
        return Claims(
            subject=subject,
            role=role,
            wards=_area(claims, "wards"),
            boroughs=_area(claims, "boroughs"),
            level=_level_of(claims),
            expires_at=int(claims["exp"]),
        )
    except (TypeError, ValueError, OverflowError) as cause:
        raise NotAuthenticatedError("The access token lacks a claim this service needs.") from cause


def _role_of(stated: object) -> str:
    """Return the one role a token names: as text, or in a list that holds exactly one we know."""
    known = frozenset(Role)
    if isinstance(stated, list):
        found = [role for role in stated if isinstance(role, str) and role in known]
        stated = found[0] if len(found) == 1 else None
    if not isinstance(stated, str):
        raise NotAuthenticatedError("The token must name one role that this service knows.")
    return stated


def _level_of(claims: dict[str, Any]) -> int:
    level = int(claims.get("level", 0))
    if not 0 <= level <= MAX_LEVEL:
        raise ValueError(f"a level is 0 to {MAX_LEVEL}")
    return level


def _area(claims: dict[str, Any], name: str) -> frozenset[str]:
    codes = claims.get(name, [])
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise TypeError(f"{name} is a list of codes")
    return frozenset(codes)


class EvaluationIssuer:
    """Issues tokens to anyone who asks, in evaluation mode; its key lives in the key store."""

    lifetime_s = 12 * 3600

    def __init__(self, key_store: Path, audience: str) -> None:
        self._key = OctKey.import_key(read_or_create_secret(key_store / "evaluation-issuer"))
        self._audience = audience

    def verifier(self) -> TokenVerifier:
        """Return the verifier that accepts this issuer's tokens."""
        rules = TokenRules(EVALUATION_ISSUER, self._audience, ("HS256",), residents=True)
        return TokenVerifier(rules, self._key)

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


def public_keys(document: object) -> KeySet:
    """Return the keys of an issuer's JWK set that may check signatures, or raise `ValueError`."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("the issuer's key address did not answer with a key set")  # noqa: TRY004 - what it got is wrong, not its type
    usable = [
        {name: part for name, part in key.items() if name in PUBLIC_PARTS}
        for key in document["keys"][:MAX_KEYS]
        if isinstance(key, dict)
        and key.get("kty") in {"RSA", "EC"}
        and key.get("use", "sig") == "sig"
        and key.get("alg", "RS256") in {"RS256", "ES256"}
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except JoseError as cause:
        raise ValueError("the issuer's key set holds no key that can be used") from cause
