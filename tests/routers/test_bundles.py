"""Bundles over HTTP: who gets one when, what it holds back, and that the verifier believes it."""

import gzip
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.dependencies import unit_of_work
from app.keyring import LOG, Keyring
from app.models.polls import Poll
from app.operations.bundles import BundleShelf
from tests.bundles import SHARED, bundle_of, load_verifier, published, run_verifier, told_by
from tests.factories import A1
from tests.polling import draft_poll, fill_box, leader_of, move, open_poll
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio
FEW = SHARED[:8] + SHARED[14:22]
RARE = [*SHARED, [0, 3]]
SIGNED = "That the key you know has signed all of this."
AGREED = [[0, 1]] * 32


async def test_gives_no_bundle_to_anyone_before_the_result_is_published(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, SHARED)
    for status in ("closed", "counted"):
        await move(leader, poll, status)
        callers = [api, leader, await api.as_("admin")]
        callers += [await api.as_("auditor")] if status == "closed" else []
        for caller in callers:
            answer = await caller.get(f"/v1/polls/{poll['id']}/bundle")
            assert_problem(answer, 404, "result_not_published")
    early = await bundle_of(await api.as_("auditor"), poll)
    assert early["opened"] is not None


async def test_gives_no_bundle_of_a_draft_or_of_a_poll_older_than_the_log(api: Api) -> None:
    draft = await draft_poll(await leader_of(api))
    assert_problem(await api.get(f"/v1/polls/{draft['id']}/bundle"), 404, "not_found")
    poll = await published(api)
    async with unit_of_work(api.app.state.database) as session:
        old = {**(await session.get_one(Poll, UUID(poll["id"]))).manifest, "tie_break": "as before"}
        await session.execute(update(Poll).where(Poll.id == UUID(poll["id"])).values(manifest=old))
    assert_problem(await api.get(f"/v1/polls/{poll['id']}/bundle"), 404, "bundle_unavailable")


@pytest.mark.parametrize("rule", ["phragmen", "equal_shares", "pav", "approval"])
async def test_the_verifier_recounts_a_published_poll_by_every_rule(api: Api, rule: str) -> None:
    bundle = await bundle_of(api, await published(api, rule=rule))
    done = run_verifier("-", stdin=json.dumps(bundle))
    assert (done.returncode, done.stderr) == (0, "")
    assert "the opened list gives exactly this result." in " ".join(done.stdout.split())
    assert "NOTHING WRONG was found" in done.stdout
    assert bundle["counts"] == {
        "heads": 1,
        "leaves": 50,
        "cover": 2,
        "current": 36,
        "superseded": 12,
        "quarantined": 0,
        "opened": 36,
    }


@pytest.mark.parametrize(
    ("ballots", "disclosure"),
    [(FEW, "rounded"), (FEW[:9], "withheld"), (AGREED, "rounded"), ([], "withheld")],
)
async def test_a_bundle_tells_no_more_than_the_result(
    api: Api, ballots: list[list[int]], disclosure: str
) -> None:
    poll = await published(api, ballots, replaced=20)
    bundle, auditor = await bundle_of(api, poll), await api.as_("auditor")
    assert bundle["result"]["disclosure"] == disclosure
    assert (bundle["opened"], bundle["log"]["cover"]) == (None, None)
    told = {name for name, number in bundle["counts"].items() if number is not None}
    assert told == {"heads", "leaves"}
    assert bundle["result"]["trace"] is None
    proved = " ".join(told_by(load_verifier(), bundle))
    assert "The numbers agree: heads 1, leaves" in proved
    assert "Counted anew" not in proved
    full = await bundle_of(auditor, poll)
    assert len(full["opened"]) == len(ballots)
    assert len(told_by(load_verifier(), full)) == 5


async def test_a_rare_combination_of_ticks_keeps_the_list_back_but_not_the_numbers(
    api: Api,
) -> None:
    bundle = await bundle_of(api, await published(api, RARE))
    assert bundle["opened"] is None
    assert bundle["counts"]["opened"] == 37
    assert bundle["result"]["trace"] is not None
    done = run_verifier("-", stdin=json.dumps(bundle))
    assert done.returncode == 0
    assert "NOT PROVED  That the result is right" in done.stdout
    assert "occurs fewer than 3 times" in bundle["opened_withheld"]


async def test_few_replaced_ballots_keep_the_covers_back(api: Api) -> None:
    """Else "nobody voted again" would show that a coerced voter did not either."""
    for replaced in (0, 9):
        bundle = await bundle_of(api, await published(api, replaced=replaced))
        counts = bundle["counts"]
        assert bundle["opened"] is not None
        assert (bundle["log"]["cover"], counts["cover"], counts["superseded"]) == (None, None, None)
        assert "did not vote again" in bundle["counts_withheld"]
        assert len(told_by(load_verifier(), bundle)) == 5


async def test_a_receipt_and_an_older_head_are_found_in_the_log(api: Api, tmp_path: Any) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, SHARED)
    voter = await api.as_("resident", wards=(A1,))
    ballot = {"approved_options": [poll["options"][0]["id"]]}
    receipt = (await voter.put(f"/v1/polls/{poll['id']}/ballot", json=ballot)).json()
    await move(leader, poll, "closed", "counted", "published")
    bundle = await bundle_of(api, poll)
    told = told_by(load_verifier(), bundle, bundle["log"]["key"], [bundle["log"]["heads"][0]])
    assert receipt["leaf_hash"] in bundle["log"]["leaves"]
    assert told


async def test_the_log_key_signs_every_bundle_as_it_is_and_its_loss_is_not_hidden(
    api: Api, tmp_path: Path
) -> None:
    poll, auditor, state = await published(api, RARE), await api.as_("auditor"), api.app.state
    public, full = await bundle_of(api, poll), await bundle_of(auditor, poll)
    key = public["log"]["key"]
    for bundle in (public, full):
        assert state.keyring.log_signer.has_signed(bundle["note"])
        assert f"\nmanifest {poll['manifest_sha256']}\n" in bundle["note"]
        assert told_by(load_verifier(), bundle, key)[-1] == SIGNED
    assert public["note"] != full["note"]
    state.bundles, state.keyring = BundleShelf(), Keyring(tmp_path)
    for _ in ("no key", "another key"):
        unsigned = await bundle_of(auditor, poll)
        assert unsigned == {**full, "note": None}
        assert SIGNED not in told_by(load_verifier(), unsigned)
        with pytest.raises(AssertionError, match="not as the log's key has signed it"):
            told_by(load_verifier(), unsigned, key)
        assert state.keyring.log_signer.verifier_key != key


async def test_the_bundle_is_packed_for_those_who_take_it_so(api: Api) -> None:
    poll = await published(api)
    path = f"/v1/polls/{poll['id']}/bundle"
    plain = await api.get(path, headers={"Accept-Encoding": "identity"})
    packed = await api.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.content == packed.content
    assert len(gzip.compress(plain.content)) < len(plain.content)


async def test_a_bundle_that_could_not_be_signed_is_made_anew_with_the_key(api: Api) -> None:
    poll = await published(api)
    key = api.app.state.settings.key_store / LOG
    away = key.rename(key.with_name("elsewhere"))
    assert (await bundle_of(api, poll))["note"] is None
    away.rename(key)
    for _ in range(2):
        api.app.state.answers.forget()  # as after some seconds
        assert api.app.state.keyring.log_signer.name in (await bundle_of(api, poll))["note"]
