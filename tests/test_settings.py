"""Settings refuse what would be unsafe, each with one plain sentence."""

import pytest
from pydantic import ValidationError

from app.settings import Mode, Settings

GOOD = {
    "mode": Mode.PRODUCTION,
    "host": "192.0.2.1",
    "oidc_issuer": "https://login.example",
    "oidc_jwks_url": "https://login.example/keys",
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"oidc_issuer": None}, "needs OIDC_ISSUER"),
        ({"second_person": False}, "takes two people"),
        ({"oidc_role_claim": "my role"}, "match pattern"),
        ({"oidc_issuer": "http://login.example"}, "must be an https address"),
        ({"oidc_jwks_url": None}, "needs OIDC_JWKS_URL or OIDC_JWKS_FILE"),
        ({"oidc_jwks_url": "http://login.example/keys"}, "must be an https address"),
        ({"mode": Mode.EVALUATION}, "loopback only"),
        ({"mode": Mode.EVALUATION, "host": "0.0.0.0"}, "loopback only"),
        ({"mode": "demo"}, "Input should be"),
        ({"port": 0}, "greater than or equal"),
    ],
)
def test_refuses_an_unsafe_combination(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Settings.model_validate(GOOD | change)


def test_accepts_an_issuer_whose_keys_are_discovered() -> None:
    assert Settings(**GOOD | {"oidc_jwks_url": None, "oidc_discovery": True}).oidc_discovery


def test_accepts_production_with_an_issuer() -> None:
    assert not Settings(**GOOD).evaluation


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_accepts_evaluation_on_loopback(host: str) -> None:
    assert Settings(host=host).evaluation
