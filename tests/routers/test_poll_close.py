"""From ballots to a result over HTTP: what was accepted is counted, what came too late is not."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.factories import A1
from tests.polling import leader_of, move, open_poll, publish_heads, shift_round
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio
VOTERS = 16


async def residents(api: Api, number: int = VOTERS) -> list[Api]:
    """Return the service as so many residents of the ward see it."""
    return [await api.as_("resident", wards=(A1,)) for _ in range(number)]


async def cast(voter: Api, poll: dict[str, Any], *places: int) -> httpx.Response:
    """Cast one ballot."""
    ids = [poll["options"][place]["id"] for place in places]
    return await voter.put(f"/v1/polls/{poll['id']}/ballot", json={"approved_options": ids})


async def ballots_counted(api: Api, poll: dict[str, Any]) -> dict[str, Any]:
    """Count a closed poll and return what the auditor sees."""
    await move(await leader_of(api), poll, "counted")
    answer = await (await api.as_("auditor")).get(f"/v1/polls/{poll['id']}/result")
    body: dict[str, Any] = answer.json()
    return body


async def test_counts_the_last_ballot_of_each_resident(api: Api) -> None:
    leader = await leader_of(api)
    poll, voters = await open_poll(leader), await residents(api, 12)
    for voter in voters:
        assert (await cast(voter, poll, 0, 1)).status_code == 201
    for voter in voters[:4]:
        assert (await cast(voter, poll, 2)).status_code == 200
    await publish_heads(api)
    assert (await api.get(f"/v1/polls/{poll['id']}")).json()["turnout"]["at_least"] == 10
    await move(leader, poll, "closed")
    result = await ballots_counted(api, poll)
    approvals = {option["concern"]: option["approvals"] for option in result["options"]}
    assert approvals == {"burglary": 8, "drug-dealing": 8, "road-safety": 4, "shop-theft": 0}
    assert (result["turnout"]["ballots"], result["superseded"]) == (12, 4)


@pytest.mark.parametrize("close", ["early", "by the clock"])
async def test_counts_exactly_the_ballots_it_accepted_while_it_closed(api: Api, close: str) -> None:
    leader, voters = await leader_of(api), await residents(api)
    poll = await open_poll(leader)

    async def vote_late(voter: Api, place: int) -> int:
        await asyncio.sleep(0.02 * place)
        return (await cast(voter, poll, place % 4)).status_code

    async def stop() -> int:
        await asyncio.sleep(0.02 * VOTERS / 2)
        if close == "by the clock":
            await shift_round(api, poll, closes_at=datetime.now(UTC) - timedelta(seconds=1))
        else:
            await move(leader, poll, "closed")
        return 0

    votes = [vote_late(voter, place) for place, voter in enumerate(voters)]
    answers = await asyncio.gather(stop(), *votes)
    accepted = answers.count(201)
    assert accepted + answers.count(409) == VOTERS
    assert_problem(await cast(voters[0], poll, 0), 409, "poll_not_open")
    result = await ballots_counted(api, poll)
    assert result["turnout"]["ballots"] == accepted
