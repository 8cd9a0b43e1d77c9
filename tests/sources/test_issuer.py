"""The issuer's keys: fresh, asked for by nobody's leave but ours, and never a way to hold us up."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from app.errors import IssuerUnavailableError, NotAuthenticatedError
from app.main import create_app
from app.settings import Settings
from app.sources import issuer
from app.sources.issuer import FRESH_S, RETRY_S, STALE_S, UNKNOWN_REST_S, IssuerKeys, read_keys
from app.tokens import TokenRules, TokenVerifier
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

ISSUER = "https://login.example"
RULES = TokenRules(ISSUER, "ward-priorities")


def key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid}, private=True)


def token(signer: ECKey) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "ward-priorities", "sub": "sam", "role": "admin"}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": signer.kid}
    return jwt.encode(header, claims | {"iat": now, "exp": now + 600}, signer)


class Publisher:
    """An issuer's published keys, how often they were asked for, and the time."""

    def __init__(self, *keys: ECKey) -> None:
        self.keys, self.asked, self.now = list(keys), 0, 1000.0
        self.away = False
        self.kept = IssuerKeys(TokenVerifier(RULES), self.ask, lambda: self.now)

    async def ask(self) -> object:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.away:
            raise httpx.ConnectError("away")
        return KeySet(list(self.keys)).as_dict(private=False)

    async def prove(self, signed: str) -> str:
        return (await self.kept.verifier.prove(signed)).subject


async def test_refuses_every_token_until_the_keys_are_there() -> None:
    one = key("one")
    published = Publisher(one)
    published.away = True
    await published.kept.renew_if_due()
    with pytest.raises(IssuerUnavailableError):
        await published.prove(token(one))
    published.away, published.now = False, published.now + RETRY_S
    await published.kept.renew_if_due()
    assert await published.prove(token(one)) == "sam"


async def test_asks_once_for_any_number_of_unknown_keys_in_a_minute() -> None:
    published = Publisher(key("one"))
    await published.kept.renew_if_due()
    strange = [token(key(f"strange-{number}")) for number in range(50)]
    refused = await asyncio.gather(
        *(published.prove(signed) for signed in strange), return_exceptions=True
    )
    assert all(isinstance(one, NotAuthenticatedError) for one in refused)
    assert published.asked == 2
    for signed in strange:
        with pytest.raises(NotAuthenticatedError):
            await published.prove(signed)
    assert published.asked == 2
    published.now += UNKNOWN_REST_S
    with pytest.raises(NotAuthenticatedError):
        await published.prove(strange[0])
    assert published.asked == 3


async def test_picks_up_a_new_key_with_the_first_token_that_names_it() -> None:
    one, two = key("one"), key("two")
    published = Publisher(one)
    await published.kept.renew_if_due()
    published.keys.append(two)
    assert await published.prove(token(two)) == "sam"


async def test_refuses_a_remembered_token_once_its_key_was_taken_back() -> None:
    one, two = key("one"), key("two")
    published, signed = Publisher(one, two), token(one)
    await published.kept.renew_if_due()
    assert await published.prove(signed) == "sam"
    published.keys.remove(one)
    await published.kept.renew_if_due()
    assert await published.prove(signed) == "sam"  # the control: nobody asked the issuer yet
    published.now += FRESH_S
    await published.kept.renew_if_due()
    with pytest.raises(NotAuthenticatedError):
        await published.prove(signed)


async def test_refuses_a_remembered_token_when_another_key_took_the_name() -> None:
    one = key("one")
    published, signed = Publisher(one), token(one)
    await published.kept.renew_if_due()
    assert await published.prove(signed) == "sam"
    published.keys[:] = [key("one")]
    published.now += FRESH_S
    await published.kept.renew_if_due()
    with pytest.raises(NotAuthenticatedError):
        await published.prove(signed)


async def test_lives_through_an_issuer_that_is_away_for_a_while_and_no_longer() -> None:
    one = key("one")
    published, signed = Publisher(one), token(one)
    await published.kept.renew_if_due()
    published.away = True
    published.now += STALE_S
    await published.kept.renew_if_due()
    assert await published.prove(signed) == "sam"
    published.now += RETRY_S
    await published.kept.renew_if_due()
    with pytest.raises(IssuerUnavailableError):
        await published.prove(signed)


@pytest.mark.parametrize(
    "document",
    [{}, [], {"keys": []}, {"keys": [{"kty": "oct", "k": "AA", "kid": "one"}]}, {"keys": ["x"]}],
)
async def test_keeps_its_keys_when_the_issuer_answers_with_none(
    document: Any, tmp_path: Path
) -> None:
    path, one = tmp_path / "keys.json", key("one")
    path.write_text(json.dumps(KeySet([one]).as_dict(private=False)))
    now = [0.0]
    kept = IssuerKeys(TokenVerifier(RULES), lambda: read_keys(path), lambda: now[0])
    await kept.renew_if_due()
    path.write_text(json.dumps(document))
    now[0] += FRESH_S
    await kept.renew_if_due()
    assert (await kept.verifier.prove(token(one))).subject == "sam"


async def test_discovers_the_keys_only_from_a_document_of_this_issuer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = {
        f"{ISSUER}/.well-known/openid-configuration": {"issuer": "https://other.example"},
    }

    async def fetch(url: str) -> bytes:
        return json.dumps(documents[url]).encode()

    monkeypatch.setattr(issuer, "fetch", fetch)
    with pytest.raises(ValueError, match="not this issuer"):
        await issuer.discover_keys(ISSUER)


async def test_starts_and_says_so_while_the_issuer_cannot_be_reached(
    settings: Settings, tmp_path: Path
) -> None:
    away = Settings(
        mode="production",
        database_url=settings.database_url,
        key_store=tmp_path / "keys",
        oidc_issuer="https://issuer.invalid",
        oidc_discovery=True,
    )
    app = create_app(away)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service.example") as client,
    ):
        api = Api(client, app, token(key("one")))
        answer = await api.get("/v1/partner-keys")
        assert_problem(answer, 503, "issuer_unavailable")
        assert answer.headers["retry-after"]
        assert (await Api(client, app).get("/v1/concerns")).status_code == 200
