"""Tokens that must prove nothing, each one step away from a good one; and the good one."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, KeySet, RSAKey

from app.tokens import TokenRules, TokenVerifier, public_keys

ISSUER, AUDIENCE, PARTY = "https://login.example", "ward-priorities", "staff-app"
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}, private=True)
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, private=True)
OTHER = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
RULES = TokenRules(ISSUER, AUDIENCE, parties=frozenset({PARTY}))
SIGNS: dict[str, Any] = {"ES256": EC, "RS256": RSA}


def verifier() -> TokenVerifier:
    """Return what accepts this issuer's tokens, as in production."""
    return TokenVerifier(RULES, public_keys(KeySet([EC, RSA]).as_dict(private=False)))


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good token of an admin; `None` leaves a claim out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "azp": PARTY,
        "sub": "staff-1",
        "role": "admin",
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(
    stated: dict[str, Any] | None = None, *, alg: str = "ES256", key: Any = None, **header: Any
) -> str:
    """Return a token with these claims, signed with the named algorithm's own key."""
    key = key or SIGNS[alg]
    whole = {"alg": alg, "typ": "at+jwt", "kid": key.kid} | header
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    text = json.dumps(stated or claims()).encode()
    return jws.serialize_compact(whole, text, key, registry=registry)


def part(value: Any) -> str:
    """Return one part of a token: of an object, or of JSON text as it stands."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsigned(alg: str) -> str:
    """Return a token that says it needs no signature."""
    return f"{part({'alg': alg, 'typ': 'at+jwt', 'kid': 'ec'})}.{part(claims())}."


def keyed_with_the_public_key() -> str:
    """Return a token whose HMAC key is the issuer's published RSA key (CVE-2015-9235)."""
    head = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'rsa'})}.{part(claims())}"
    digest = hmac.digest(RSA.as_pem(private=False), head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def twice(name: str, first: Any, second: Any) -> str:
    """Return a rightly signed token in which one claim stands twice."""
    stated = claims(**{name: first})
    text = json.dumps(stated)[:-1] + f', "{name}": {json.dumps(second)}}}'
    return jws.serialize_compact(
        {"alg": "ES256", "typ": "at+jwt", "kid": "ec"}, text.encode(), EC, algorithms=["ES256"]
    )


def changed_after_signing() -> str:
    """Return a token whose role was raised after it was signed."""
    head, _, tail = signed(claims(role="resident")).split(".")
    return f"{head}.{part(claims())}.{tail}"


def soon(seconds: int) -> int:
    return int(time.time()) + seconds


GOOD: dict[str, Callable[[], str]] = {
    "as issued, ES256": signed,
    "as issued, RS256": lambda: signed(alg="RS256"),
    "among several audiences": lambda: signed(claims(aud=["another", AUDIENCE])),
    "with nbf within the leeway": lambda: signed(claims(nbf=soon(20))),
    "just expired, within the leeway": lambda: signed(claims(exp=soon(-10))),
    "with header names of no concern": lambda: signed(x5t="AAAA", jku="https://evil.example/keys"),
}
"""Tokens that must be accepted: the controls of what follows."""

FORGED: dict[str, Callable[[], str]] = {
    "wrong audience": lambda: signed(claims(aud="another-service")),
    "no audience": lambda: signed(claims(aud=None)),
    "audience that only begins like ours": lambda: signed(claims(aud="ward-priorities-test")),
    "wrong issuer": lambda: signed(claims(iss="https://login.example.evil.example")),
    "issuer with a slash more": lambda: signed(claims(iss=f"{ISSUER}/")),
    "wrong authorised party": lambda: signed(claims(azp="another-app")),
    "no authorised party": lambda: signed(claims(azp=None)),
    "two authorised parties": lambda: signed(claims(client_id="another-app")),
    "alg none": lambda: unsigned("none"),
    "alg None": lambda: unsigned("None"),
    "alg missing": lambda: f"{part({'typ': 'at+jwt', 'kid': 'ec'})}.{part(claims())}.AAAA",
    "HMAC with the public key": keyed_with_the_public_key,
    "another key under the same name": lambda: signed(key=OTHER),
    "changed after signing": changed_after_signing,
    "expired": lambda: signed(claims(exp=soon(-31))),
    "without an end": lambda: signed(claims(exp=None)),
    "not yet valid": lambda: signed(claims(nbf=soon(90))),
    "issued in the future": lambda: signed(claims(iat=soon(90))),
    "id token by its type": lambda: signed(typ="JWT"),
    "id token by its nonce": lambda: signed(claims(nonce="asked")),
    "id token by its hash": lambda: signed(claims(at_hash="AAAA")),
    "without a type": lambda: signed(typ=""),
    "key brought along": lambda: signed(key=OTHER, jwk=OTHER.as_dict(private=False)),
    "key at an address": lambda: signed(key=OTHER, jku="https://evil.example/keys"),
    "certificate at an address": lambda: signed(key=OTHER, x5u="https://evil.example/c.pem"),
    "key name of a path": lambda: signed(kid="../../../dev/null"),
    "key name of a query": lambda: signed(kid="' OR 1=1 --"),
    "huge": lambda: signed(claims(padding="x" * 20_000)),
    "role twice": lambda: twice("role", "resident", "admin"),
    "audience twice": lambda: twice("aud", "another-service", AUDIENCE),
    "two known roles": lambda: signed(claims(role=["resident", "admin"])),
    "no role": lambda: signed(claims(role=None)),
    "no subject": lambda: signed(claims(sub=None)),
    "a subject that cannot be written": lambda: signed(claims(sub="a\x00b")),
    "a subject too long": lambda: signed(claims(sub="x" * 121)),
    "a level beyond all": lambda: signed(claims(level=99)),
    "wards as text": lambda: signed(claims(wards="E05013714")),
    "three dots": lambda: f"{signed()}.AAAA",
    "deeply nested": lambda: f"{part('[' * 3000)}.{part(claims())}.AAAA",
    "no object": lambda: f"{part([1])}.{part(claims())}.AAAA",
    "not of this alphabet": lambda: "é.é.é",
    "empty parts": lambda: "..",
}
"""Tokens that must be refused, by what is wrong with them."""
