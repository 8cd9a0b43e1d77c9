"""One ballot a round: who moves house votes anew only while the poll they voted in is open."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.models.polls import Envelope, OpenedBallot
from tests.factories import A1, A2
from tests.polling import leader_of, made, make_round, move, poll_body
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def two_polls(api: Api) -> tuple[Api, dict[str, Any], dict[str, Any]]:
    """Return a leader and the open polls of two wards in one round."""
    leader = await leader_of(api)
    round_ = await make_round(leader)
    polls = []
    for ward in (A1, A2):
        drafted = await made(
            await leader.post("/v1/polls", json=poll_body(round_["id"], ward=ward))
        )
        polls.append(await move(leader, drafted, "scheduled", "open"))
    return leader, polls[0], polls[1]


async def vote(api: Api, subject: str, poll: dict[str, Any]) -> Any:
    resident = await api.as_("resident", wards=(poll["ward"]["code"],), subject=subject)
    ballot = {"approved_options": [poll["options"][0]["id"]]}
    return await resident.put(f"/v1/polls/{poll['id']}/ballot", json=ballot)


async def ballots_in(api: Api, table: Any, poll: dict[str, Any]) -> int:
    async with api.app.state.database.reading() as session:
        counted = select(func.count()).select_from(table).where(table.poll_id == UUID(poll["id"]))
        return (await session.execute(counted)).scalar_one()


async def test_takes_the_ballot_along_while_both_polls_are_open(api: Api) -> None:
    _, first, second = await two_polls(api)
    assert (await vote(api, "sam", first)).status_code == 201
    assert (await vote(api, "sam", second)).status_code == 200
    assert await ballots_in(api, Envelope, first) == 0
    assert await ballots_in(api, Envelope, second) == 1


@pytest.mark.parametrize("path", [("closed",), ("closed", "counted")])
async def test_refuses_a_second_ballot_once_the_first_poll_is_closed(
    api: Api, path: tuple[str, ...]
) -> None:
    leader, first, second = await two_polls(api)
    assert (await vote(api, "sam", first)).status_code == 201
    first = await move(leader, first, *path)
    assert_problem(await vote(api, "sam", second), 409, "poll_not_open")
    assert await ballots_in(api, Envelope, first) == 1
    assert await ballots_in(api, Envelope, second) == 0


async def test_counts_everyone_once_when_they_move_while_a_poll_closes(api: Api) -> None:
    leader, first, second = await two_polls(api)
    names = [f"resident {n}" for n in range(12)]
    await asyncio.gather(*(vote(api, name, first) for name in names))
    moving = [vote(api, name, second) for name in names]
    await asyncio.gather(*moving[:6], move(leader, first, "closed"), *moving[6:])
    for poll in (first, second):
        await move(leader, poll, *(("closed",) if poll is second else ()), "counted")
    counted = [await ballots_in(api, OpenedBallot, poll) for poll in (first, second)]
    assert sum(counted) == len(names)
