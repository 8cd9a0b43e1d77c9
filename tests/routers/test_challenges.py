"""Second openings and the end of a round's keys over HTTP."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from app.dependencies import unit_of_work
from app.domain.ballots import leaf_hash
from app.domain.challenges import CHALLENGE
from app.keyring import Keyring
from app.models.polls import Envelope, OpenedBallot, Poll, Round
from app.operations.bundles import BundleShelf
from app.operations.key_destruction import forget_destroyed_keys
from app.sealing import Choice, associated_data, new_tracker, seal_batch
from tests.bundles import SHARED, bundle_of, published
from tests.factories import A1
from tests.polling import fill_box, leader_of, move, open_poll
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


async def change(api: Api, statement: Any) -> None:
    """Do what only somebody with the database in their hands can do."""
    async with unit_of_work(api.app.state.database, api.app.state.answers) as session:
        await session.execute(statement)


async def let_days_pass(api: Api, poll: dict[str, Any], by: timedelta = CHALLENGE + HOUR) -> None:
    """Move a poll's publication and its round's close into the past."""
    past = datetime.now(UTC) - by
    await change(api, update(Poll).where(Poll.id == UUID(poll["id"])).values(published_at=past))
    mine = Round.id == UUID(poll["round"]["id"])
    times = {"opens_at": past - HOUR, "closes_at": past}
    await change(api, update(Round).where(mine).values(**times))


def reopening(poll: dict[str, Any]) -> str:
    return f"/v1/polls/{poll['id']}/second-openings"


def destruction(poll: dict[str, Any]) -> str:
    return f"/v1/rounds/{poll['round']['id']}/key-destruction"


async def test_only_an_auditor_opens_a_counted_poll_again_and_in_time(api: Api) -> None:
    leader, auditor = await leader_of(api), await api.as_("auditor")
    poll = await open_poll(leader)
    await fill_box(api, poll, SHARED)
    for caller in (leader, await api.as_("admin"), await api.as_("resident", wards=(A1,))):
        assert_problem(await caller.post(reopening(poll)), 403, "not_allowed")
    await move(leader, poll, "closed")
    assert_problem(await auditor.post(reopening(poll)), 409, "poll_not_counted")
    await move(leader, poll, "counted", "published")
    await let_days_pass(api, poll)
    assert_problem(await auditor.post(reopening(poll)), 409, "challenge_closed")


async def test_a_second_opening_agrees_and_everybody_sees_that_it_did(api: Api) -> None:
    poll, auditor = await published(api), await api.as_("auditor")
    answer = await auditor.post(reopening(poll))
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert (report["agrees"], report["ballots"]) == (True, len(SHARED))
    assert set(report["differences"].values()) == {0}
    [seen] = (await api.get(reopening(poll))).json()["items"]
    assert seen == {
        "id": report["id"],
        "poll_id": poll["id"],
        "opened_at": report["opened_at"],
        "role": "auditor",
        "agrees": True,
    }


def stuffed(round_: Round, poll: dict[str, Any]) -> dict[str, Any]:
    """Return an envelope that opens as it should and that nobody cast."""
    poll_id, slot = UUID(poll["id"]), bytes(15) + b"\xff"
    choice = Choice(1, new_tracker(), associated_data(poll_id, poll["manifest_sha256"]))
    [sealed] = seal_batch(round_.seal_public_key, [choice])
    place = {"round_id": round_.id, "poll_id": poll_id, "slot": slot, "seq": 1, "sealed": sealed}
    leaf = leaf_hash(round_.id, poll_id, slot=slot, seq=1, sealed=sealed)
    return {**place, "level": 0, "leaf_hash": leaf}


@pytest.mark.parametrize(
    ("harm", "differences"),
    [
        ("list", {"only_on_list"}),
        ("sealed", {"damaged", "only_on_list", "altered_leaves"}),
        ("leaf", {"altered_leaves", "not_in_log"}),
        ("stuffed", {"only_in_envelopes", "not_in_log", "unaccounted"}),
        ("held back", {"only_on_list"}),
    ],
)
async def test_a_second_opening_finds_what_was_changed_behind_the_service(
    api: Api, harm: str, differences: set[str]
) -> None:
    poll = await published(api)
    mine = UUID(poll["id"])
    async with api.app.state.database.reading() as session:
        leaf = await session.scalar(select(Envelope.leaf_hash).where(Envelope.poll_id == mine))
        round_ = await session.get_one(Round, UUID(poll["round"]["id"]))
    one = update(Envelope).where(Envelope.poll_id == mine, Envelope.leaf_hash == leaf)
    added = {"poll_id": mine, "position": 999, "choices": [poll["options"][0]["id"]]}
    statements = {
        "list": insert(OpenedBallot).values(**added, tracker="00" * 16),
        "sealed": one.values(sealed=bytes(93)),
        "leaf": one.values(leaf_hash=bytes(32)),
        "stuffed": insert(Envelope).values(**stuffed(round_, poll)),
        "held back": one.values(quarantined=True),
    }
    await change(api, statements[harm])
    report = (await (await api.as_("auditor")).post(reopening(poll))).json()
    assert report["agrees"] is False
    assert {name for name, number in report["differences"].items() if number} == differences
    assert (await api.get(reopening(poll))).json()["items"][0]["agrees"] is False


async def test_keys_are_kept_while_a_result_may_be_challenged(api: Api) -> None:
    leader, admin = await leader_of(api), await api.as_("admin")
    poll = await open_poll(leader)
    assert_problem(await leader.post(destruction(poll)), 403, "not_allowed")
    assert_problem(await admin.post(destruction(poll)), 409, "round_not_over")
    await fill_box(api, poll, SHARED)
    await move(leader, poll, "closed", "counted", "published")
    await let_days_pass(api, poll, CHALLENGE - HOUR)
    problem = assert_problem(await admin.post(destruction(poll)), 409, "round_not_over")
    assert "may be challenged until" in problem["detail"]


async def test_two_people_destroy_a_rounds_keys_and_its_slots(api: Api) -> None:
    poll, keyring = await published(api), api.app.state.keyring
    round_id, poll_id = UUID(poll["round"]["id"]), UUID(poll["id"])
    await let_days_pass(api, poll)
    keyring.slot(round_id, keyring.anchor("subject", "somebody"))
    before, bundle = await slots_of(api, poll_id), await bundle_of(api, poll)
    admin, auditor = await api.as_("admin"), await api.as_("auditor")
    for _ in range(2):
        waits = await admin.post(destruction(poll))
        assert waits.status_code == 202, waits.text
    assert await slots_of(api, poll_id) == before
    assert keyring.private_key(round_id)
    done = await auditor.post(destruction(poll))
    assert done.status_code == 200, done.text
    assert done.json()["keys_destroyed_at"] is not None
    after = await slots_of(api, poll_id)
    assert (len(after), len(after & before)) == (len(before), 0)
    files = [p.name for p in api.app.state.settings.key_store.glob(f"round-{round_id}*")]
    assert (files, keyring.held_rounds()) == ([], [])
    assert_problem(await auditor.post(reopening(poll)), 409, "keys_destroyed")
    assert_problem(await admin.post(destruction(poll)), 409, "keys_destroyed")
    api.app.state.bundles = BundleShelf()
    assert await bundle_of(api, poll) == bundle


async def slots_of(api: Api, poll_id: UUID) -> set[bytes]:
    async with api.app.state.database.reading() as session:
        return set(await session.scalars(select(Envelope.slot).where(Envelope.poll_id == poll_id)))


async def test_an_auditor_withdraws_their_request_to_destroy(api: Api) -> None:
    poll = await published(api)
    await let_days_pass(api, poll)
    auditor = await api.as_("auditor")
    waits = await auditor.post(destruction(poll))
    path, body = waits.headers["location"], {"status": "withdrawn"}
    assert_problem(await (await api.as_("auditor")).patch(path, json=body), 403, "not_allowed")
    assert (await auditor.patch(path, json=body)).json()["status"] == "withdrawn"
    assert (await (await api.as_("admin")).post(destruction(poll))).status_code == 202


async def test_a_destruction_cut_short_is_completed_by_whoever_repeats_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll, state = await published(api), api.app.state
    round_id, poll_id = UUID(poll["round"]["id"]), UUID(poll["id"])
    await let_days_pass(api, poll)
    admin, auditor = await api.as_("admin"), await api.as_("auditor")
    assert (await admin.post(destruction(poll))).status_code == 202
    before = await slots_of(api, poll_id)

    def die_after_the_files(self: Keyring, gone: UUID) -> None:
        Keyring.__dict__["forget_round"](self, gone)
        for file in state.settings.key_store.glob(f"round-{gone}*"):
            file.unlink()
        raise ConnectionError("the process is no more")

    with monkeypatch.context() as dying:
        dying.setattr(Keyring, "destroy_round", die_after_the_files)
        answer = await auditor.post(destruction(poll))
        assert answer.status_code >= 500
    assert (await api.get(f"/v1/rounds/{round_id}")).json()["keys_destroyed_at"] is None
    assert await slots_of(api, poll_id) == before
    done = await auditor.post(destruction(poll))
    assert done.status_code == 200, done.text
    assert not await slots_of(api, poll_id) & before


async def test_other_processes_forget_a_destroyed_rounds_slot_key(api: Api) -> None:
    poll, state = await published(api), api.app.state
    round_id = UUID(poll["round"]["id"])
    other = Keyring(state.settings.key_store)
    other.slot(round_id, other.anchor("subject", secrets.token_hex(4)))
    assert await forget_destroyed_keys(state.database, other) == 0
    await let_days_pass(api, poll)
    await (await api.as_("admin")).post(destruction(poll))
    await (await api.as_("auditor")).post(destruction(poll))
    assert other.held_rounds() == [round_id]
    assert await forget_destroyed_keys(state.database, other) == 1
    assert other.held_rounds() == []
