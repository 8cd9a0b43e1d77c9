"""The table of who took part: told once, when a round is over, and only through the gate."""

import csv
import io
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import update

from app.models.polls import Poll, PollResult
from app.operations.participation import publish_due_participation
from tests.ballot_polls import make_poll, make_round
from tests.factories import A1, A2, A3
from tests.polling import fill_box, leader_of, move, open_poll
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def made_round(app, counts: dict[str, dict[int, int] | None]):
    """Write a round whose polls are published with these ballots by level; `None`: cancelled."""
    round_id = await make_round(app.state.database, app.state.keyring)
    statuses = {}
    for ward, by_level in counts.items():
        poll = await make_poll(app.state.database, round_id, ward=ward, status="counted")
        statuses[poll.id] = "cancelled" if by_level is None else "published"
        if by_level is not None:
            await write_result(app, poll, by_level)
    async with app.state.database.writing() as session:
        for poll_id, status in statuses.items():
            await session.execute(update(Poll).where(Poll.id == poll_id).values(status=status))
    await publish_due_participation(app.state.database)
    return round_id


async def write_result(app, poll, by_level: dict[int, int]) -> None:
    ballots = sum(by_level.values())
    async with app.state.database.writing() as session:
        session.add(
            PollResult(
                poll_id=poll.id,
                ballots=ballots,
                superseded=0,
                by_level={str(level): number for level, number in by_level.items()},
                profile=[],
                count={"approvals": {}, "disclosure": "exact"},
                counted_at=datetime.now(UTC),
            )
        )


async def test_refuses_a_round_that_is_not_there(api: Api):
    assert_problem(await api.get(f"/v1/rounds/{uuid4()}/participation"), 404, "not_found")


async def test_tells_nothing_while_a_poll_of_the_round_goes_on(api: Api, app, database):
    round_id = await make_round(database, app.state.keyring)
    await make_poll(database, round_id, ward=A2, status="counted")
    poll = await make_poll(database, round_id, ward=A1, status="published")
    await write_result(app, poll, {1: 40, 2: 30})
    assert await publish_due_participation(database) == 0
    answer = await api.get(f"/v1/rounds/{round_id}/participation")
    assert_problem(answer, 404, "participation_not_published")


async def test_publishes_the_table_with_the_last_poll_of_the_round(api: Api):
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, [[0], [1]] * 21, levels=[0, 2] * 21)
    await move(leader, poll, "closed", "counted", "published")
    told = (await api.get(f"/v1/rounds/{poll['round']['id']}/participation")).json()
    assert told["wards"][0]["ballots"] == 40
    assert told["proof"]["narrowest"] >= told["proof"]["required"] == 5


async def test_rounds_what_it_tells_and_hides_what_would_show(api: Api, app, database):
    round_id = await made_round(app, {A1: {1: 33, 2: 41}, A2: {1: 43, 2: 3}, A3: {1: 4, 2: 2}})
    told = (await api.get(f"/v1/rounds/{round_id}/participation")).json()
    by_ward = {ward["code"]: ward for ward in told["wards"]}
    assert by_ward[A1]["by_level"] == [{"level": 1, "ballots": 35}, {"level": 2, "ballots": 40}]
    assert by_ward[A2]["by_level"] == [{"level": 1, "ballots": None}, {"level": 2, "ballots": None}]
    assert (by_ward[A2]["ballots"], by_ward[A3]["ballots"]) == (45, None)
    assert told["boroughs"][0]["ballots"] is None or told["proof"]["narrowest"] >= 5


async def test_leaves_out_cancelled_polls_and_never_tells_a_second_table(api: Api, app, database):
    round_id = await made_round(app, {A1: {1: 33, 2: 41}, A2: None})
    address = f"/v1/rounds/{round_id}/participation"
    first = await api.get(address)
    assert [ward["code"] for ward in first.json()["wards"]] == [A1]
    late = await make_poll(database, round_id, ward=A3, status="published")
    await write_result(app, late, {1: 60, 2: 60})
    assert await publish_due_participation(database) == 0
    assert (await api.get(address)).content == first.content


async def test_gives_the_same_figures_as_rows(api: Api, app):
    round_id = await made_round(app, {A1: {1: 33, 2: 41}, A2: {1: 4, 2: 2}})
    address = f"/v1/rounds/{round_id}/participation"
    answer = await api.get(f"{address}?f=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 9
    told = {(row["ward"], row["level"]): row["ballots"] for row in rows}
    assert (told[A1, "1"], told[A2, "1"], told[A1, ""]) == ("35", "", "75")
    assert_problem(await api.get(f"{address}?f=ics"), 406, "not_acceptable")
