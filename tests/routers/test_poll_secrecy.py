"""Before the close no public answer, header or error depends on what was chosen."""

from typing import Any

import pytest

from tests.factories import A1, A2, A3
from tests.polling import fill_box, leader_of, move, open_poll, publish_heads
from tests.support import Api

pytestmark = pytest.mark.anyio
FIXED = {"X-Request-ID": "the-same-request"}
OF_THE_CALLER = {"ratelimit", "ratelimit-policy"}
"""What tells two requests of one caller apart: their own quota, and that they are known by now."""


def addresses(poll: dict[str, Any]) -> list[str]:
    """Return every address that could speak of a poll."""
    own = f"/v1/polls/{poll['id']}"
    return [
        own,
        f"{own}/result",
        f"{own}/manifest",
        f"/v1/rounds/{poll['round']['id']}",
        "/v1/rounds",
        f"/v1/wards/{A1}",
        *(f"/v1/polls?{query}" for query in (f"ward={A1}", "status=open", "status=closed", "")),
    ]


async def everything(callers: list[Api], poll: dict[str, Any]) -> list[Any]:
    """Return every byte and header that these callers can see of a poll."""
    seen: list[Any] = []
    for caller in callers:
        for address in addresses(poll):
            answer = await caller.get(address, headers=FIXED)
            fields = {n: value for n, value in answer.headers.items() if n not in OF_THE_CALLER}
            seen.append((address, answer.status_code, answer.content, fields))
        refused = await caller.patch(
            f"/v1/polls/{poll['id']}",
            json={"status": "published"},
        )
        seen.append((refused.status_code, refused.json()["detail"]))
    return seen


async def test_tells_nobody_what_was_chosen_before_the_count(api: Api) -> None:
    leader = await leader_of(api)
    callers = [api, leader, await api.as_("resident", wards=(A1,)), await api.as_("auditor")]
    poll = await open_poll(leader)
    for steps in ((), ("closed",)):
        poll = await move(leader, poll, *steps)
        await fill_box(api, poll, [[0]] * 25)
        one_way = await everything(callers, poll)
        await fill_box(api, poll, [[1, 2, 3]] * 25)
        assert await everything(callers, poll) == one_way
    await move(leader, poll, "counted", "published")
    assert await everything(callers, poll) != one_way


async def test_tells_turnout_only_in_tens(api: Api) -> None:
    poll = await open_poll(await leader_of(api))
    seen = []
    for number in (0, 9, 10, 19, 20):
        await fill_box(api, poll, [[0]] * number)
        await publish_heads(api)
        seen.append((await api.get(f"/v1/polls/{poll['id']}")).json()["turnout"])
    assert seen == [{"at_least": told, "exact": None} for told in (0, 0, 10, 10, 20)]


async def test_tells_turnout_as_of_the_last_head_and_whole_from_the_close(api: Api) -> None:
    leader = await leader_of(api)
    crowded, poll = await open_poll(leader), await open_poll(leader, ward=A2)
    unheaded = await open_poll(leader, ward=A3)
    await fill_box(api, crowded, [[0]] * 45)
    await publish_heads(api)
    await publish_heads(api)
    await fill_box(api, poll, [[0]] * 10)

    async def told() -> list[int]:
        listed = (await api.get("/v1/polls")).json()["items"]
        found = {one["id"]: one["turnout"]["at_least"] for one in listed}
        return [found[one["id"]] for one in (crowded, poll, unheaded)]

    assert await told() == [40, 0, 0]
    poll = await move(leader, poll, "closed")
    assert await told() == [40, 10, 0]
