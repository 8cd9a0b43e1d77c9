"""What poll tests need: a round, a poll at any stage, a ballot box filled with sealed ballots."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import delete, insert, update

from app.dependencies import unit_of_work
from app.domain.ballots import leaf_hash
from app.models.log import PendingLeaf
from app.models.polls import Envelope, Round
from app.operations.log import publish_due_heads
from app.sealing import Choice, associated_data, new_tracker, seal_batch
from tests.factories import A1, ALDER
from tests.support import Api

CONCERNS = ("burglary", "drug-dealing", "road-safety", "shop-theft")
HOUR = timedelta(hours=1)
FUTURE = {"opens_at": "2125-01-01T09:00:00Z", "closes_at": "2125-01-15T09:00:00Z"}


def around_now(before: timedelta = HOUR, after: timedelta = HOUR) -> dict[str, str]:
    """Return the times of a round that is open now."""
    now = datetime.now(UTC)
    return {"opens_at": (now - before).isoformat(), "closes_at": (now + after).isoformat()}


def round_body(**changes: Any) -> dict[str, Any]:
    """Return a round that can be made."""
    return {"title": "Spring refresh", "borough": ALDER, **around_now(), **changes}


def poll_body(round_id: str, **changes: Any) -> dict[str, Any]:
    """Return a poll that can be drafted."""
    return {
        "round": round_id,
        "ward": A1,
        "question": "What should your ward team work on?",
        "seats": 2,
        "options": [{"concern": slug, "text": slug.replace("-", " ")} for slug in CONCERNS],
        **changes,
    }


async def made(answer: Any) -> dict[str, Any]:
    """Return the body of a POST or PATCH that must have gone through."""
    assert answer.status_code in {200, 201}, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def leader_of(api: Api, borough: str = ALDER) -> Api:
    """Return the service as a borough's superintendent sees it."""
    return await api.as_("borough_superintendent", boroughs=(borough,))


async def make_round(leader: Api, **changes: Any) -> dict[str, Any]:
    """Make a round, open now unless told otherwise."""
    return await made(await leader.post("/v1/rounds", json=round_body(**changes)))


async def draft_poll(leader: Api, **changes: Any) -> dict[str, Any]:
    """Draft a poll in a new round; the round's own changes go by the name `times`."""
    round_ = await make_round(leader, **changes.pop("times", {}))
    return await made(await leader.post("/v1/polls", json=poll_body(round_["id"], **changes)))


async def second_of(api: Api, poll: dict[str, Any]) -> Api:
    """Return the service as another leader of a poll's borough sees it."""
    return await leader_of(api, poll["borough"]["code"])


async def move(leader: Api, poll: dict[str, Any], *path: str) -> dict[str, Any]:
    """Move a poll through statuses, each with a reason; a second leader signs where it takes two.

    Only somebody else may open what was scheduled; other moves of two answer 202 to the first.
    """
    for to in path:
        poll = await made(await ask_for(leader, poll, to))
    return poll


async def ask_for(leader: Api, poll: dict[str, Any], to: str) -> httpx.Response:
    """Return the last answer to a move that a leader begins and another completes if need be."""
    path, body = f"/v1/polls/{poll['id']}", {"status": to, "reason": "The test says so"}
    if to == "open":
        return await (await second_of(leader, poll)).patch(path, json=body)
    answer = await leader.patch(path, json=body)
    if answer.status_code == 202:
        return await (await second_of(leader, poll)).patch(path, json=body)
    return answer


async def open_poll(leader: Api, **changes: Any) -> dict[str, Any]:
    """Return a poll that takes ballots."""
    return await move(leader, await draft_poll(leader, **changes), "scheduled", "open")


async def fill_box(
    api: Api,
    poll: dict[str, Any],
    ballots: Sequence[Sequence[int]],
    *,
    levels: Sequence[int] = (),
    replaced: int = 0,
) -> None:
    """Put exactly these sealed ballots in a poll's box: option places per voter, and levels.

    So many more were replaced by the first of them, and left their leaves.
    """
    poll_id, round_id = UUID(poll["id"]), UUID(poll["round"]["id"])
    bound_to = associated_data(poll_id, poll["manifest_sha256"])
    choices = [
        Choice(sum(1 << place for place in ballot), new_tracker(), bound_to) for ballot in ballots
    ]
    async with unit_of_work(api.app.state.database) as session:
        round_ = await session.get_one(Round, round_id)
        for emptied in (Envelope, PendingLeaf):
            await session.execute(delete(emptied).where(emptied.poll_id == poll_id))
        rows = []
        for number, sealed in enumerate(seal_batch(round_.seal_public_key, choices)):
            slot, seq = number.to_bytes(16, "big"), 1 if number else 1 + replaced
            leaf = leaf_hash(round_id, poll_id, slot=slot, seq=seq, sealed=sealed)
            row = {"round_id": round_id, "poll_id": poll_id, "slot": slot, "seq": seq}
            level = levels[number] if levels else 0
            rows.append({**row, "level": level, "sealed": sealed, "leaf_hash": leaf})
        if rows:
            await session.execute(insert(Envelope), rows)
            earlier = [number.to_bytes(32, "big") for number in range(1, replaced + 1)]
            hashes = [*earlier, *(row["leaf_hash"] for row in rows)]
            leaves = [{"poll_id": poll_id, "leaf_hash": leaf} for leaf in hashes]
            await session.execute(insert(PendingLeaf), leaves)


async def publish_heads(api: Api) -> int:
    """Publish the heads that are due at a fresh tick; return how many there were."""
    state = api.app.state
    return await publish_due_heads(state.database, state.keyring.log_signer, interval_s=1)


async def shift_round(api: Api, poll: dict[str, Any], **times: datetime) -> None:
    """Let time pass: move a round's opening or closing instead of the clock."""
    async with unit_of_work(api.app.state.database, api.app.state.answers) as session:
        await session.execute(
            update(Round).where(Round.id == UUID(poll["round"]["id"])).values(**times)
        )
