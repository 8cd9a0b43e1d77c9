"""Tokens of a real provider: access tokens say who calls, and nothing else of the issuer's does."""

import functools
from collections.abc import Iterator
from typing import Any

import pytest

from app.sources.issuer import IssuerKeys, discover_keys
from app.tokens import TokenRules, TokenVerifier
from tests.factories import A1, A2, ALDER, BIRCH
from tests.oidc.provider import Provider, install
from tests.priorities import set_body
from tests.refreshing import finding
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

CLAIMS: dict[str, dict[str, Any]] = {
    "officer-1": {"role": "ward_officer"},
    "entra-like": {"role": ["other_app_role", "ward_officer"]},
    "two-roles": {"role": ["ward_officer", "admin"]},
    "partner-1": {"role": "partner", "boroughs": [ALDER]},
    "ward-priorities": {"role": "admin"},
}
"""Clients of the provider; the last one's id tokens carry our own audience."""
HERE = {"schemes": ("http",), "private_hosts": ("127.0.0.1",)}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A running provider with one key."""
    made = Provider(install(), CLAIMS)
    made.start("one")
    yield made
    made.close()


@pytest.fixture
async def keys(api: Api, provider: Provider) -> IssuerKeys:
    """The service, checking tokens as in production against the provider's published keys."""
    await api.as_("ward_officer", wards=(A1,), subject="officer-1")
    await api.as_("ward_officer", wards=(A1,), subject="entra-like")
    rules = TokenRules(provider.issuer, "ward-priorities")
    ask = functools.partial(discover_keys, provider.issuer, **HERE)
    kept = IssuerKeys(TokenVerifier(rules), ask)
    api.app.state.verifier = kept.verifier
    await kept.renew_if_due()
    return kept


def bearing(api: Api, token: str) -> Api:
    return Api(api.client, api.app, token)


async def post_priorities(api: Api, token: str, ward: str = A1) -> Any:
    path = f"/v1/wards/{ward}/priority-sets"
    return await bearing(api, token).post(path, json=set_body("burglary"))


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("client", ["officer-1", "entra-like"])
async def test_takes_the_role_from_the_token_and_the_ward_from_the_postings(
    api: Api, provider: Provider, client: str
) -> None:
    token = provider.access_token(client)
    assert_problem(await post_priorities(api, token, A2), 403, "outside_territory")
    assert (await post_priorities(api, token)).status_code == 201


@pytest.mark.usefixtures("keys")
async def test_refuses_an_id_token_although_its_audience_and_signature_are_right(
    api: Api, provider: Provider
) -> None:
    overseer = bearing(api, provider.access_token("ward-priorities"))
    assert (await overseer.get("/v1/partner-keys")).status_code == 200
    answer = await bearing(api, provider.id_token("ward-priorities")).get("/v1/partner-keys")
    assert_problem(answer, 401, "not_authenticated")


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("client", "audience"), [("officer-1", "another-service"), ("two-roles", "ward-priorities")]
)
async def test_refuses_a_token_for_another_service_or_of_two_roles(
    api: Api, provider: Provider, client: str, audience: str
) -> None:
    answer = await post_priorities(api, provider.access_token(client, audience))
    assert_problem(answer, 401, "not_authenticated")


@pytest.mark.usefixtures("keys")
async def test_refuses_a_token_of_another_issuer(api: Api) -> None:
    other = Provider(install(), CLAIMS)
    other.start("one")
    try:
        token = other.access_token("officer-1")
    finally:
        other.close()
    assert_problem(await post_priorities(api, token), 401, "not_authenticated")


@pytest.mark.usefixtures("keys")
async def test_lets_a_partners_program_in_by_client_credentials_for_its_borough(
    api: Api, provider: Provider
) -> None:
    partner = bearing(api, provider.access_token("partner-1"))
    assert (await partner.post("/v1/evidence", json=finding())).status_code == 201
    elsewhere = finding(borough_code=BIRCH, ward_code=None)
    assert_problem(await partner.post("/v1/evidence", json=elsewhere), 403, "outside_territory")


async def test_picks_up_a_new_key_at_once_and_drops_the_old_one_with_it(
    api: Api, provider: Provider, keys: IssuerKeys
) -> None:
    old = provider.access_token("officer-1")
    assert (await post_priorities(api, old)).status_code == 201
    provider.start("two")
    try:
        fresh = provider.access_token("officer-1")
        overseer = bearing(api, provider.access_token("ward-priorities"))
        assert (await overseer.get("/v1/partner-keys")).status_code == 200
        assert (await bearing(api, fresh).get("/v1/postings")).status_code == 200
        assert_problem(await bearing(api, old).get("/v1/postings"), 401, "not_authenticated")
        assert keys.verifier.has_keys
    finally:
        provider.start("one")
