"""The public log over HTTP: receipts kept to their word, proofs that hold, and nothing more."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.domain.checkpoints import PROMISES, read_checkpoint
from app.domain.merkle import extends, includes
from app.models.log import LogLeaf
from app.signing import is_signed
from tests.ballot_polls import open_poll_of
from tests.factories import A1
from tests.polling import draft_poll, leader_of, move, open_poll, publish_heads
from tests.support import assert_problem

pytestmark = pytest.mark.anyio


async def cast(api, poll_id, option, voters) -> list[dict]:
    receipts = []
    for number in voters:
        voter = await api.as_("resident", wards=(A1,), subject=f"voter {number}")
        body = {"approved_options": [str(option)]}
        answer = await voter.put(f"/v1/polls/{poll_id}/ballot", json=body)
        assert answer.status_code < 300, answer.text
        receipts.append(answer.json())
    return receipts


async def key_of(api) -> tuple[str, bytes]:
    key = (await api.get("/v1/log-key")).json()
    return key["name"], bytes.fromhex(key["public_key"])


def path_of(proof) -> list[bytes]:
    return [bytes.fromhex(step) for step in proof["path"]]


@pytest.mark.parametrize("rest", ["heads", "head", f"inclusion?leaf_hash={'0' * 64}"])
async def test_there_is_no_log_of_a_draft_or_of_nothing(api, rest):
    draft = await draft_poll(await leader_of(api))
    for poll_id in (draft["id"], uuid4()):
        assert_problem(await api.get(f"/v1/polls/{poll_id}/{rest}"), 404, "not_found")
    sizes = "consistency?first=0&second=0"
    assert_problem(await api.get(f"/v1/polls/{draft['id']}/{sizes}"), 404, "not_found")


async def test_says_so_before_the_first_head(api):
    poll = await open_poll(await leader_of(api))
    own = f"/v1/polls/{poll['id']}"
    assert (await api.get(f"{own}/heads")).json() == {"items": [], "next": None}
    assert_problem(await api.get(f"{own}/head"), 404, "no_head_yet")
    leaf = {"leaf_hash": "0" * 64}
    assert_problem(await api.get(f"{own}/inclusion", params=leaf), 404, "no_head_yet")


async def test_refuses_sizes_and_leaves_that_make_no_sense(api):
    poll = await open_poll(await leader_of(api))
    own = f"/v1/polls/{poll['id']}"
    await publish_heads(api)
    for wrong in ({"first": 10, "second": 0}, {"first": 0, "second": 7777}):
        answer = await api.get(f"{own}/consistency", params=wrong)
        assert_problem(answer, 422, "invalid_request")
    for wrong in ({"first": -1, "second": 0}, {"first": 0, "second": 2**40}, {"first": 0}):
        answer = await api.get(f"{own}/consistency", params=wrong)
        assert_problem(answer, 422, "validation_failed")
    for wrong in ("", "zz" * 32, "AB" * 32, "00" * 31):
        answer = await api.get(f"{own}/inclusion", params={"leaf_hash": wrong})
        assert_problem(answer, 422, "validation_failed")
    assert_problem(await api.get(f"{own}/head?f=csv"), 406, "not_acceptable")


async def test_a_leaf_under_no_head_is_told_by_when_and_after_the_end_that_it_never_will(api):
    leader = await leader_of(api)
    poll = await open_poll(leader)
    own = f"/v1/polls/{poll['id']}"
    await publish_heads(api)
    [receipt] = await cast(api, poll["id"], poll["options"][0]["id"], [1])
    asked = {"leaf_hash": receipt["leaf_hash"]}
    problem = assert_problem(
        await api.get(f"{own}/inclusion", params=asked), 404, "leaf_not_in_log"
    )
    assert "under the next one, by " in problem["detail"]
    await move(leader, poll, "closed")
    assert (await api.get(f"{own}/inclusion", params=asked)).status_code == 200
    unknown = await api.get(f"{own}/inclusion", params={"leaf_hash": "0" * 64})
    assert "complete" in assert_problem(unknown, 404, "leaf_not_in_log")["detail"]


async def test_every_receipt_is_promised_by_the_services_key_and_found_in_the_next_head(api):
    poll = await open_poll(await leader_of(api))
    name, public_key = await key_of(api)
    receipts = await cast(api, poll["id"], poll["options"][0]["id"], [1, 2, 3, 1])
    await publish_heads(api)
    for receipt in receipts:
        promise, leaf = receipt["promise"], bytes.fromhex(receipt["leaf_hash"])
        assert is_signed(promise["note"], name, public_key)
        head = read_checkpoint(promise["note"])
        by = datetime.fromisoformat(receipt["in_log_by"])
        assert head.origin == PROMISES
        assert head.extensions == (f"in log by {by:%Y-%m-%dT%H:%M:%SZ}",)
        here = {"leaf": leaf, "index": promise["index"], "path": path_of(promise)}
        assert includes(head.root, head.size, **here)
        proof = await api.get(
            f"/v1/polls/{poll['id']}/inclusion", params={"leaf_hash": receipt["leaf_hash"]}
        )
        shown = proof.json()
        assert is_signed(shown["head"]["checkpoint"], name, public_key)
        logged = read_checkpoint(shown["head"]["checkpoint"])
        there = {"leaf": leaf, "index": shown["index"], "path": path_of(shown)}
        assert includes(logged.root, logged.size, **there)
        assert datetime.fromisoformat(shown["head"]["published_at"]) <= by


async def test_the_promised_time_is_a_full_hour_so_that_it_tells_no_cast_time(api):
    poll = await open_poll(await leader_of(api))
    [receipt] = await cast(api, poll["id"], poll["options"][0]["id"], [1])
    by = datetime.fromisoformat(receipt["in_log_by"])
    assert (by.minute, by.second, by.microsecond) == (0, 0, 0)
    assert timedelta() < by - datetime.now(UTC) <= timedelta(hours=2)


async def test_any_two_heads_prove_that_the_log_only_grew(api):
    poll = await open_poll(await leader_of(api))
    own = f"/v1/polls/{poll['id']}"
    for turn, count in enumerate((1, 11, 3)):
        await publish_heads(api)
        voters = range(turn * 20, turn * 20 + count)
        await cast(api, poll["id"], poll["options"][0]["id"], voters)
    await publish_heads(api)
    listed = (await api.get(f"{own}/heads")).json()["items"]
    assert [head["size"] for head in listed] == sorted((h["size"] for h in listed), reverse=True)
    assert len({head["size"] for head in listed}) >= 4
    for earlier in listed:
        for later in listed:
            if earlier["size"] > later["size"]:
                continue
            sizes = {"first": earlier["size"], "second": later["size"]}
            proof = (await api.get(f"{own}/consistency", params=sizes)).json()
            roots = [bytes.fromhex(proof[end]["root"]) for end in ("first", "second")]
            numbers = (roots[0], sizes["first"], roots[1], sizes["second"])
            assert extends(*numbers, path=path_of(proof))


async def test_pages_through_heads_newest_first(api):
    poll = await open_poll(await leader_of(api))
    for turn in range(3):
        await cast(api, poll["id"], poll["options"][0]["id"], [turn])
        await publish_heads(api)
    first = (await api.get(f"/v1/polls/{poll['id']}/heads", params={"limit": 2})).json()
    rest = (await api.get(first["next"])).json()
    assert [head["size"] for head in first["items"] + rest["items"]] == [30, 20, 10]
    assert rest["next"] is None


async def test_the_head_is_plain_text_for_those_who_ask(api):
    poll = await open_poll(await leader_of(api))
    await publish_heads(api)
    own = f"/v1/polls/{poll['id']}/head"
    shown = (await api.get(own)).json()
    for asked in ({"params": {"f": "text"}}, {"headers": {"Accept": "text/plain"}}):
        answer = await api.get(own, **asked)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.text == shown["checkpoint"]
        assert (await api.get(own, headers={"If-None-Match": "*"})).status_code == 304


async def test_a_poll_somebody_voted_in_looks_like_one_nobody_did_but_for_tens(api, app):
    """Before the close the public sees sizes in tens, times of ticks, and hashes of nothing else.

    One ballot and ten look alike, covers look like ballots, and what waits is not to be seen.
    """
    polls = {count: await open_poll_of(app) for count in (0, 1, 9, 10, 11)}
    await publish_heads(api)
    for count, poll in polls.items():
        await cast(api, poll.id, poll.options[0], range(count))
    seen = {count: await all_public(api, poll.id) for count, poll in polls.items()}
    await publish_heads(api)
    for count, poll in polls.items():
        grown = await all_public(api, poll.id)
        sizes = [head["size"] for head in grown["heads"]["items"]]
        assert all(size % 10 == 0 for size in sizes)
        before = seen[count]["head"]["size"]
        assert sizes[0] - before in ({0, 10} if count == 0 else {-(-count // 10) * 10})
        assert set(grown["head"]) == {"size", "root", "published_at", "checkpoint"}
        told = json.dumps(grown)
        async with app.state.database.reading() as session:
            leaves = select(LogLeaf).where(LogLeaf.poll_id == UUID(str(poll.id)))
            for leaf in await session.scalars(leaves):
                assert leaf.leaf_hash.hex() not in told
                assert leaf.cover is None or leaf.cover.hex() not in told


async def all_public(api, poll_id) -> dict:
    """Return what anyone can read of a log without knowing a leaf."""
    own = f"/v1/polls/{poll_id}"
    return {name: (await api.get(f"{own}/{name}")).json() for name in ("head", "heads")}


async def test_ballots_change_nothing_in_the_log_until_the_next_tick(api, app):
    poll = await open_poll_of(app)
    await publish_heads(api)
    before = await all_public(api, poll.id)
    await cast(api, poll.id, poll.options[0], range(5))
    assert await all_public(api, poll.id) == before
