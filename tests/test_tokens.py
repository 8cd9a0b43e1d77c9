"""Access tokens: what is refused, and that a good one says who calls."""

import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from app.errors import NotAuthenticatedError
from app.tokens import EvaluationIssuer, TokenRules, TokenVerifier, public_keys

ISSUER = "https://login.example"
KEY = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "ward-priorities",
    "sub": "officer-1",
    "role": "ward_officer",
}


def token(
    claims: dict[str, Any], *, typ: str = "at+jwt", key: Any = KEY, alg: str = "ES256"
) -> str:
    now = int(time.time())
    header = {"alg": alg, "typ": typ, "kid": "one"}
    return jwt.encode(header, {"iat": now, "exp": now + 60} | claims, key, algorithms=[alg])


def verifying(**rules: Any) -> Any:
    keys = public_keys(dict(KeySet([KEY]).as_dict(private=False)))
    return TokenVerifier(TokenRules(ISSUER, "ward-priorities", **rules), keys).verify


@pytest.fixture
def verify() -> Any:
    return verifying()


@pytest.mark.parametrize(
    "bad",
    [
        token(GOOD | {"iss": "https://other.example"}),
        token(GOOD | {"aud": "another-service"}),
        token(GOOD | {"exp": int(time.time()) - 120}),
        token({k: v for k, v in GOOD.items() if k != "sub"}),
        token({k: v for k, v in GOOD.items() if k != "role"}),
        token(GOOD, typ="JWT"),
        token(GOOD, key=ECKey.generate_key("P-256", {"kid": "one"}, private=True)),
        token(GOOD, key=OctKey.import_key(b"x" * 32), alg="HS256"),
        "eyJhbGciOiJub25lIn0." + token(GOOD).split(".")[1] + ".",
        "",
        "not.a.token",
    ],
)
def test_refuses_a_token_that_proves_nothing(verify: Any, bad: str) -> None:
    with pytest.raises(NotAuthenticatedError):
        verify(bad)


def test_reads_a_good_token(verify: Any) -> None:
    claims = verify(token(GOOD))
    assert (claims.subject, claims.role) == ("officer-1", "ward_officer")


def test_takes_no_resident_of_the_issuer_unless_told_to(verify: Any) -> None:
    resident = token(GOOD | {"role": "resident", "wards": ["E05013714"], "level": 2})
    with pytest.raises(NotAuthenticatedError, match="by mail"):
        verify(resident)
    assert verifying(residents=True)(resident).role == "resident"


ID_TOKENS: dict[str, dict[str, Any]] = {
    "plain code flow": {"auth_time": 1, "email": "officer@wards.example"},
    "Keycloak": {"typ": "ID", "azp": "ward-priorities", "sid": "s", "acr": "1", "jti": "j"},
    "Entra": {"ver": "2.0", "tid": "t", "oid": "o", "uti": "u", "rh": "r", "roles": ["a"]},
}
ACCESS_TOKENS: dict[str, dict[str, Any]] = {
    "Keycloak": {"typ": "Bearer", "azp": "staff-app", "scope": "openid email", "jti": "j"},
    "Entra, of a person": {"ver": "2.0", "azp": "staff-app", "scp": "wards", "uti": "u"},
    "Entra, of a client": {"ver": "2.0", "azp": "partner", "azpacr": "1", "roles": ["a"]},
    "Entra, older": {"ver": "1.0", "appid": "partner", "appidacr": "1"},
    "RFC 9068 but for its type": {"client_id": "staff-app", "jti": "j"},
}


@pytest.mark.parametrize("provider", ID_TOKENS)
def test_refuses_an_id_token_also_where_access_tokens_are_of_type_jwt(provider: str) -> None:
    with pytest.raises(NotAuthenticatedError):
        verifying(types={"jwt"})(token(GOOD | ID_TOKENS[provider], typ="JWT"))


@pytest.mark.parametrize("provider", ACCESS_TOKENS)
def test_reads_an_access_token_of_type_jwt(provider: str) -> None:
    claims = verifying(types={"jwt"})(token(GOOD | ACCESS_TOKENS[provider], typ="JWT"))
    assert claims.role == "ward_officer"


def test_refuses_evaluation_tokens_of_another_key_store(tmp_path: Path) -> None:
    mine, other = (EvaluationIssuer(tmp_path / name, "ward-priorities") for name in ("a", "b"))
    issued = other.issue({"sub": "sam", "role": "admin"})
    with pytest.raises(NotAuthenticatedError):
        mine.verifier().verify(issued)
    assert other.verifier().verify(issued).role == "admin"
