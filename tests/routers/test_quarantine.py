"""Quarantine: many from one place may vote, their ballots wait, and two people let them count."""

from datetime import UTC, datetime, timedelta

import pytest

from app.operations.residents import Caps
from tests import polling
from tests.factories import A1, ALDER
from tests.signing_in import signed_in
from tests.support import assert_problem

pytestmark = pytest.mark.anyio

PEOPLE = 13


async def crowd(api, poll, *, caps: Caps, home: dict[str, str]) -> list[bool]:
    """Let people state a home one after the other and vote; return who is quarantined."""
    api.app.state.caps = caps
    held = []
    for number in range(PEOPLE):
        one = await signed_in(api, f"r{number}@resident.example")
        held.append((await one.patch("/v1/me", json=home)).json()["quarantined"])
        body = {"approved_options": [poll["options"][0]["id"]]}
        assert (await one.put(f"/v1/polls/{poll['id']}/ballot", json=body)).status_code == 201
    return held


async def closed(api, poll) -> None:
    await polling.shift_round(api, poll, closes_at=datetime.now(UTC) - timedelta(seconds=1))


async def counted(api, leader, poll) -> int:
    await polling.move(leader, poll, "counted")
    auditor = await api.as_("auditor")
    result = (await auditor.get(f"/v1/polls/{poll['id']}/result")).json()
    ballots: int = result["turnout"]["ballots"]
    return ballots


@pytest.mark.parametrize(
    ("caps", "home"),
    [(Caps(3, 99), {"ward": A1}), (Caps(99, 3), {"postcode": "AL1 1AA"})],
    ids=["network", "postcode"],
)
async def test_those_beyond_a_cap_vote_and_are_not_counted(api, caps, home):
    leader = await polling.leader_of(api)
    poll = await polling.open_poll(leader)
    held = await crowd(api, poll, caps=caps, home=home)
    assert held == [False] * 3 + [True] * (PEOPLE - 3)
    await closed(api, poll)
    seen = (await api.get(f"/v1/polls/{poll['id']}/quarantine")).json()
    assert seen == {"poll": poll["id"], "at_least": 10, "rounded_down_to": 10}
    assert await counted(api, leader, poll) == 3


async def test_two_people_let_them_count_between_the_close_and_the_count(api):
    leader, second = await polling.leader_of(api), await polling.leader_of(api)
    poll = await polling.open_poll(leader)
    await crowd(api, poll, caps=Caps(3, 99), home={"ward": A1})
    path, body = f"/v1/polls/{poll['id']}/quarantine-releases", {"reason": "A hall of residence"}
    assert_problem(await leader.post(path, json=body), 409, "poll_move_refused")
    await closed(api, poll)
    for _ in range(2):
        assert (await leader.post(path, json=body)).status_code == 202
    assert (await api.get(f"/v1/polls/{poll['id']}/quarantine")).json()["at_least"] == 10
    released = await second.post(path, json=body)
    assert (released.status_code, released.json()["at_least"]) == (201, 10)
    assert (await api.get(f"/v1/polls/{poll['id']}/quarantine")).json()["at_least"] == 0
    assert await counted(api, leader, poll) == PEOPLE
    assert_problem(await second.post(path, json=body), 409, "poll_move_refused")


async def test_stating_a_home_again_changes_nobodys_place_and_a_proof_ends_it(api):
    api.app.state.caps = Caps(1, 99)
    first, late = [await signed_in(api, f"r{n}@resident.example") for n in range(2)]
    for _ in range(3):
        assert (await first.patch("/v1/me", json={"ward": A1})).json()["quarantined"] is False
        assert (await late.patch("/v1/me", json={"ward": A1})).json()["quarantined"] is True
    await late.request("DELETE", "/v1/me")
    late = await signed_in(api, "r1@resident.example")
    assert (await late.patch("/v1/me", json={"ward": A1})).json()["quarantined"] is True
    officer = await api.as_("borough_superintendent", boroughs=(ALDER,))
    body = {"ward": A1, "number": 1}
    (code,) = (await officer.post("/v1/residence-codes", json=body)).json()["codes"]
    proven = await late.post("/v1/me/residence", json={"code": code}, key="")
    assert (proven.json()["level"], proven.json()["quarantined"]) == (2, False)
