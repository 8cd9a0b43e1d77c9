"""Logs and envelopes of a round agree on how many ballots were cast, or everybody sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update

from app.dependencies import unit_of_work
from app.models.log import LogLeaf, PendingLeaf
from app.models.polls import Envelope, Poll
from app.operations.ballot_accounts import count_unaccounted
from app.operations.residents import Caps
from tests.bundles import bundle_of, load_verifier, published, told_by
from tests.factories import A1, A3
from tests.polling import leader_of, made, move, open_poll, poll_body, publish_heads, shift_round
from tests.routers.test_round_moves import two_polls, vote
from tests.signing_in import signed_in
from tests.support import Api

pytestmark = pytest.mark.anyio
VOTERS = 40


async def box_of(api: Api, poll: dict[str, Any], leaf: str) -> dict[str, Any]:
    """Return the envelope that holds the ballot of a receipt."""
    table = Envelope.__table__
    mine = select(table).where(table.c.leaf_hash == bytes.fromhex(leaf))
    async with api.app.state.database.reading() as session:
        return dict((await session.execute(mine)).mappings().one())


async def checked(api: Api, poll: dict[str, Any]) -> tuple[bool, dict[str, int]]:
    """Return what a poll's result says of the box, and what a second opening finds."""
    auditor = await api.as_("auditor")
    result = (await api.get(f"/v1/polls/{poll['id']}/result")).json()
    report = await made(await auditor.post(f"/v1/polls/{poll['id']}/second-openings"))
    found = {name: number for name, number in report["differences"].items() if number}
    assert report["agrees"] is (found == {})
    return result["accounted_for"], found


async def unaccounted(api: Api, poll: dict[str, Any]) -> int | None:
    async with api.app.state.database.reading() as session:
        return await count_unaccounted(session, UUID(poll["round"]["id"]))


async def test_a_ballot_taken_out_and_one_set_back_before_the_count_are_seen(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    receipts = [(await vote(api, f"voter {n}", poll)).json() for n in range(VOTERS)]
    old = await box_of(api, poll, receipts[8]["leaf_hash"])
    again = (await vote(api, "voter 8", poll)).json()
    gone, newer = bytes.fromhex(receipts[7]["leaf_hash"]), bytes.fromhex(again["leaf_hash"])
    assert await unaccounted(api, poll) == 0
    async with unit_of_work(api.app.state.database) as session:
        await session.execute(delete(Envelope).where(Envelope.leaf_hash == gone))
        await session.execute(update(Envelope).where(Envelope.leaf_hash == newer).values(**old))
    await move(leader, poll, "closed", "counted", "published")
    assert await checked(api, poll) == (False, {"unaccounted": 2})
    bundle = await bundle_of(await api.as_("auditor"), poll)
    assert told_by(load_verifier(), bundle, bundle["log"]["key"], (), again), "this cannot tell"


async def test_a_ballot_without_its_leaf_is_seen_in_the_whole_round(api: Api) -> None:
    leader, first, second = await two_polls(api)
    receipt = (await vote(api, "voter", first)).json()
    leaf = bytes.fromhex(receipt["leaf_hash"])
    async with unit_of_work(api.app.state.database) as session:
        await session.execute(delete(PendingLeaf).where(PendingLeaf.leaf_hash == leaf))
    for poll in (first, second):
        await move(leader, poll, "closed", "counted", "published")
    assert await checked(api, first) == (False, {"not_in_log": 1, "unaccounted": 1})
    assert await checked(api, second) == (False, {"unaccounted": 1})


async def call_a_cover(api: Api, poll: dict[str, Any]) -> None:
    """Take a ballot out of the box and mark its leaf as a cover, past the trigger."""
    mine = LogLeaf.poll_id == UUID(poll["id"])
    async with unit_of_work(api.app.state.database) as session:
        leaf = await session.scalar(select(Envelope.leaf_hash).where(Envelope.seq == 1))
        await session.execute(delete(Envelope).where(Envelope.leaf_hash == leaf))
        if api.app.state.database.is_sqlite:
            await session.execute(text("DROP TRIGGER append_only_log_leaf_update"))
        else:
            await session.execute(text("ALTER TABLE log_leaf DISABLE TRIGGER append_only"))
        false = update(LogLeaf).where(mine, LogLeaf.leaf_hash == leaf).values(cover=bytes(32))
        await session.execute(false)


async def test_a_ballots_leaf_called_a_cover_is_seen(api: Api) -> None:
    poll = await published(api)
    await call_a_cover(api, poll)
    assert await checked(api, poll) == (True, {"only_on_list": 1, "false_covers": 1})


async def test_a_leaf_called_a_cover_before_the_count_is_told_in_the_result(
    api: Api,
) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    for number in range(12):
        await vote(api, f"voter {number}", poll)
    await publish_heads(api)
    await call_a_cover(api, poll)
    await move(leader, poll, "closed", "counted", "published")
    assert await checked(api, poll) == (False, {"false_covers": 1})


async def test_an_honest_round_agrees_whatever_its_voters_do(api: Api) -> None:
    """The control: second votes, moves, an erasure, quarantine, covers, a poll cancelled."""
    leader, first, second = await two_polls(api)
    drafted = await leader.post("/v1/polls", json=poll_body(first["round"]["id"], ward=A3))
    third = await move(leader, await made(drafted), "scheduled", "open")
    for number in range(12):
        await vote(api, f"voter {number}", first)
        await vote(api, f"voter {number}", (first, second, third)[number % 3])
    assert await publish_heads(api) == 3
    api.app.state.caps = Caps(2, 99)
    for number in range(4):
        one = await signed_in(api, f"r{number}@resident.example", ward=A1)
        body = {"approved_options": [first["options"][0]["id"]]}
        await made(await one.put(f"/v1/polls/{first['id']}/ballot", json=body))
        assert await unaccounted(api, first) == 0
    await made(await one.request("DELETE", "/v1/me"))
    await move(leader, third, "cancelled")
    await vote(api, "voter 2", second)
    await move(leader, first, "closed", "counted", "published")
    assert await checked(api, first) == (True, {})
    await vote(api, "voter 1", second)
    await shift_round(api, second, closes_at=datetime.now(UTC) - timedelta(seconds=1))
    await move(leader, second, "counted", "published")
    assert await checked(api, second) == (True, {})


async def test_a_round_from_before_the_log_is_not_compared(api: Api) -> None:
    poll = await published(api)
    async with unit_of_work(api.app.state.database) as session:
        row = await session.get_one(Poll, UUID(poll["id"]))
        row.manifest = {**(row.manifest or {}), "tie_break": "as before"}
    assert await unaccounted(api, poll) is None


async def test_a_result_tells_as_many_replaced_ballots_as_its_bundle_or_neither(api: Api) -> None:
    leader, first, second = await two_polls(api)
    for number in range(35):
        await vote(api, f"voter {number}", first if number < 12 else second)
    for number in range(12):
        await vote(api, f"voter {number}", second)
    await move(leader, second, "closed", "counted", "published")
    await move(leader, first, "closed", "counted", "published")
    for poll in (first, second):
        for caller in (api, await api.as_("auditor")):
            result = (await caller.get(f"/v1/polls/{poll['id']}/result")).json()
            assert result["superseded"] == (await bundle_of(caller, poll))["counts"]["superseded"]
