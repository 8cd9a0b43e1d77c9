"""P9: no forged, stale or borrowed token opens any operation; the good ones beside them do."""

import pytest

from app.errors import NotAuthenticatedError
from tests.contracts.calls import Call, calls_of
from tests.contracts.token_attacks import FORGED, GOOD, claims, signed, verifier
from tests.factories import A1, ALDER, B1
from tests.priorities import set_body
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(api: Api) -> Api:
    """The service, accepting one production issuer's tokens."""
    api.app.state.verifier = verifier()
    return api


def guarded_calls(api: Api) -> list[Call]:
    return [call for call in calls_of(api.app.openapi()) if call.access != "public"]


async def test_refuses_every_forged_token_at_every_operation(service: Api) -> None:
    caller = Api(service.client, service.app)
    for attack, forge in FORGED.items():
        headers = {"Authorization": f"Bearer {forge()}".encode()}
        for call in guarded_calls(service):
            answer = await call.send(caller, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), (
                attack,
                call.operation_id,
                answer.text,
            )
            assert "evil.example" not in answer.text


async def test_accepts_every_token_of_the_controls(service: Api) -> None:
    for name, issue in GOOD.items():
        answer = await Api(service.client, service.app, issue()).get("/v1/partner-keys")
        assert answer.status_code == 200, (name, answer.text)


@pytest.mark.parametrize("attack", FORGED)
def test_refuses_a_token_by_itself(attack: str) -> None:
    with pytest.raises(NotAuthenticatedError):
        verifier().verify(FORGED[attack]())


async def test_opens_every_operation_of_an_admin_to_a_good_token(service: Api) -> None:
    caller = Api(service.client, service.app, signed())
    for call in guarded_calls(service):
        if "admin" in call.allowed:
            answer = await call.send(caller)
            assert answer.status_code not in {401, 403}, (call.operation_id, answer.text)


async def test_trusts_no_territory_that_a_staff_token_claims(service: Api) -> None:
    stated = claims(role="borough_superintendent", sub="nobody", boroughs=[ALDER], wards=[A1])
    caller = Api(service.client, service.app, signed(stated))
    answer = await caller.post(f"/v1/wards/{A1}/priority-sets", json=set_body("burglary"))
    assert_problem(answer, 403, "outside_territory")


async def test_reaches_only_the_borough_of_todays_posting(api: Api) -> None:
    await api.as_("sergeant", wards=(A1,), subject="staff-1")
    api.app.state.verifier = verifier()
    caller = Api(api.client, api.app, signed(claims(role="sergeant")))
    body = set_body("burglary")
    assert_problem(
        await caller.post(f"/v1/wards/{B1}/priority-sets", json=body), 403, "outside_territory"
    )
    assert (await caller.post(f"/v1/wards/{A1}/priority-sets", json=body)).status_code == 201


async def test_refuses_an_unknown_role(service: Api) -> None:
    caller = Api(service.client, service.app, signed(claims(role="superuser")))
    assert_problem(await caller.get("/v1/partner-keys"), 403, "not_allowed")
