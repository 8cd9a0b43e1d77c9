"""The last head: every ballot is in the log by the commit that closes, counts or cancels a poll."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.domain.checkpoints import read_checkpoint
from app.domain.merkle import Tree
from app.keyring import Keyring
from app.models.log import LogLeaf, PendingLeaf, TreeHead
from app.models.polls import Envelope
from tests.factories import A1
from tests.polling import ask_for, fill_box, leader_of, move, open_poll, publish_heads, shift_round

pytestmark = pytest.mark.anyio

BALLOTS = [[0, 1], [1], [2, 3], [0]] * 3


async def log_of(api, poll):
    """Return a poll's heads, its leaves in order, and how many still wait."""
    poll_id = UUID(poll["id"])
    async with api.app.state.database.reading() as session:
        heads = select(TreeHead).where(TreeHead.poll_id == poll_id).order_by(TreeHead.number)
        leaves = select(LogLeaf).where(LogLeaf.poll_id == poll_id).order_by(LogLeaf.idx)
        waiting = select(func.count()).where(PendingLeaf.poll_id == poll_id)
        return (
            list(await session.scalars(heads)),
            list(await session.scalars(leaves)),
            await session.scalar(waiting),
        )


@pytest.mark.parametrize(
    "ways", [("closed",), ("cancelled",), ("closed", "counted"), ("closed", "cancelled")]
)
async def test_the_end_of_a_poll_publishes_one_head_with_every_ballot(api, ways):
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, BALLOTS)
    await move(leader, poll, *ways)
    heads, leaves, waiting = await log_of(api, poll)
    assert (len(heads), len(leaves), waiting) == (1, 20, 0)
    assert heads[0].root == Tree(leaf.leaf_hash for leaf in leaves).root()
    async with api.app.state.database.reading() as session:
        kept = set(await session.scalars(select(Envelope.leaf_hash)))
    assert kept == {leaf.leaf_hash for leaf in leaves if leaf.cover is None}


async def test_counting_after_the_clock_closed_a_poll_publishes_the_last_head_too(api):
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, BALLOTS)
    await shift_round(api, poll, closes_at=datetime.now(UTC) - timedelta(seconds=1))
    await move(leader, poll, "counted", "published")
    heads, leaves, waiting = await log_of(api, poll)
    assert (len(heads), len(leaves), waiting) == (1, 20, 0)


async def test_after_the_end_the_log_never_grows_again(api):
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, BALLOTS)
    await move(leader, poll, "closed")
    before = [head.checkpoint for head in (await log_of(api, poll))[0]]
    assert await publish_heads(api) == 0
    await move(leader, poll, "counted", "published")
    assert [head.checkpoint for head in (await log_of(api, poll))[0]] == before


async def test_the_manifest_names_the_key_that_signs_the_heads(api):
    leader = await leader_of(api)
    poll = await open_poll(leader)
    manifest = (await api.get(f"/v1/polls/{poll['id']}/manifest")).json()
    voter = await api.as_("resident", wards=(A1,))
    ballot = {"approved_options": [poll["options"][0]["id"]]}
    assert (await voter.put(f"/v1/polls/{poll['id']}/ballot", json=ballot)).status_code == 201
    await move(leader, poll, "closed")
    signer = api.app.state.keyring.log_signer
    assert manifest["log_key"] == signer.verifier_key
    [head] = (await log_of(api, poll))[0]
    assert signer.has_signed(head.checkpoint)
    assert read_checkpoint(head.checkpoint).size == 10


async def test_a_poll_does_not_close_under_a_log_key_that_is_not_its_own(api):
    leader = await leader_of(api)
    poll = await open_poll(leader)
    state = api.app.state
    await publish_heads(api)
    before = (await log_of(api, poll))[0][0].checkpoint
    await fill_box(api, poll, BALLOTS)
    (state.settings.key_store / "log").write_bytes(bytes(32))
    state.keyring = Keyring(state.settings.key_store)
    answer = await ask_for(leader, poll, "closed")
    assert (answer.status_code, answer.json()["code"]) == (503, "keys_missing")
    heads, _, waiting = await log_of(api, poll)
    assert ([head.checkpoint for head in heads], waiting) == ([before], 12)
