"""Whether a poll takes ballots is the database's clock to say, whatever a server's clock shows."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import update

from app.models.polls import Round
from tests.ballot_polls import make_poll, make_round, open_poll_of
from tests.factories import A1, ALDER
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


async def vote(voter: Api, poll):
    body = {"approved_options": [str(poll.options[0])]}
    return await voter.put(f"/v1/polls/{poll.id}/ballot", json=body)


async def close_at(database, poll, moment: datetime) -> None:
    """Let a poll's round end at a moment, while ballots for it are on their way."""
    statement = update(Round).where(Round.id == poll.round_id).values(closes_at=moment)
    async with database.writing() as session:
        await session.execute(statement)


@pytest.mark.parametrize("skew", [-2 * HOUR, 2 * HOUR])
async def test_a_clock_that_is_two_hours_wrong_changes_nothing(api: Api, app, skew) -> None:
    database, keyring = app.state.database, app.state.keyring
    open_still = await make_poll(database, await make_round(database, keyring, closes_in=HOUR))
    over = await make_poll(database, await make_round(database, keyring, closes_in=-SECOND))
    early = await make_poll(
        database, await make_round(database, keyring, opens_in=HOUR, closes_in=2 * HOUR)
    )
    with time_machine.travel(datetime.now(UTC) + skew, tick=True):
        voter = await api.as_("resident", wards=(A1,))
        assert (await vote(voter, open_still)).status_code == 201
        assert_problem(await vote(voter, over), 409, "poll_not_open")
        assert_problem(await vote(voter, early), 409, "poll_not_open")


async def test_closes_between_two_ballots_and_not_a_second_later(api: Api, app) -> None:
    poll = await open_poll_of(app)
    voter = await api.as_("resident", wards=(A1,))
    assert (await vote(voter, poll)).status_code == 201
    closes_at = datetime.now(UTC).replace(microsecond=0) + 2 * SECOND
    await close_at(app.state.database, poll, closes_at)
    while datetime.now(UTC) < closes_at:
        answer = await vote(voter, poll)
        if datetime.now(UTC) < closes_at:
            assert answer.status_code == 200, answer.text
        await asyncio.sleep(0.1)
    assert_problem(await vote(voter, poll), 409, "poll_not_open")


@pytest.mark.parametrize("offset", ["+01:00", "+00:00"])
async def test_the_hour_that_comes_twice_is_two_hours(api: Api, offset) -> None:
    """The night on which London's clocks go back: half past one is said twice and closes once."""
    chief = await api.as_("borough_superintendent", boroughs=(ALDER,))
    closes_at = f"2099-10-25T01:30:00{offset}"
    body = {"title": "Clocks go back", "borough": ALDER, "closes_at": closes_at}
    made = await chief.post("/v1/rounds", json=body | {"opens_at": "2099-10-01T09:00:00Z"})
    assert made.status_code == 201, made.text
    told = datetime.fromisoformat(made.json()["closes_at"])
    assert told == datetime.fromisoformat(closes_at)
    assert told.astimezone(ZoneInfo("Europe/London")).isoformat() == closes_at
