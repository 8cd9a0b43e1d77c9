"""Officers who publish at once: exactly one wins, and nothing is left half done."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.errors import PrioritySetSupersededError
from app.models.priorities import PrioritySet
from app.models.refreshes import Refresh, RefreshItem
from app.operations.priorities import NewPriority, publish_set
from tests.factories import A1, ALDER
from tests.refreshing import OBJECTIVE, decision, opened, publish, renewed
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def state(api: Api) -> tuple[int, int, int, int]:
    """Return how many active sets, sets, refreshes in progress and refresh items there are."""
    active = select(func.count()).where(PrioritySet.status == "active")
    under_way = select(func.count()).where(Refresh.status.in_(["open", "proposed"]))
    sets, items = (select(func.count()).select_from(table) for table in (PrioritySet, RefreshItem))
    async with api.app.state.database.reading() as session:
        counts = [(await session.scalars(q)).one() for q in (active, sets, under_way, items)]
    return counts[0], counts[1], counts[2], counts[3]


async def test_lets_one_of_many_open(api: Api) -> None:
    officers = [await api.as_("ward_officer", wards=(A1,)) for _ in range(4)]
    body = {"trigger": "request"}
    answers = await asyncio.gather(
        *(officer.post(f"/v1/wards/{A1}/refreshes", json=body) for officer in officers)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "refresh_in_progress")
    assert (await state(api))[2] == 1


@pytest.mark.parametrize("first", [True, False])
async def test_lets_one_of_many_publish_the_same_refresh(api: Api, *, first: bool) -> None:
    officers = [await api.as_("ward_officer", wards=(A1,)) for _ in range(4)]
    before = 0
    if not first:
        await renewed(officers[0], "robbery")
        before = 1
    refresh = await opened(officers[0])
    concerns = ["fraud", "burglary", "shop-theft", "hate-crime"]
    dropped = [] if first else ["robbery"]
    answers = await asyncio.gather(
        *(
            publish(officer, refresh, decision(concern, dropped=dropped))
            for officer, concern in zip(officers, concerns, strict=True)
        )
    )
    won = [answer for answer in answers if answer.status_code == 201]
    assert len(won) == 1, [answer.text for answer in answers]
    for answer in answers:
        if answer is not won[0]:
            assert_problem(answer, 409, "refresh_closed")
    assert await state(api) == (1, before + 1, 0, 2 * before + 1)
    shown = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
    assert shown["id"] == won[0].json()["to_set_id"]


async def publish_elsewhere(api: Api, expected: Any) -> bool:
    """Publish a set without the refresh; returns whether it went through."""
    admin = Caller("another", Role.ADMIN)
    today = date(2026, 11, 20)
    try:
        async with unit_of_work(api.app.state.database, api.app.state.answers) as session:
            await publish_set(
                session,
                admin,
                ward_code=A1,
                borough_code=ALDER,
                priorities=[NewPriority(1, "road-safety", "Slow down", OBJECTIVE)],
                decided_by="board",
                review_due_on=today + timedelta(days=90),
                expected_active_set_id=expected,
                now=datetime.now(UTC),
                today=today,
            )
    except PrioritySetSupersededError:
        return False
    return True


@pytest.mark.parametrize("first", [True, False])
async def test_lets_either_the_refresh_or_another_route_publish(api: Api, *, first: bool) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    before = 0
    if not first:
        await renewed(officer, "fraud")
        before = 1
    refresh = await opened(officer)
    async with api.app.state.database.reading() as session:
        active = select(PrioritySet.id).where(PrioritySet.status == "active")
        expected = (await session.scalars(active)).one_or_none()
    answer, elsewhere = await asyncio.gather(
        publish(officer, refresh, decision("fraud")), publish_elsewhere(api, expected)
    )
    assert (answer.status_code == 201) is not elsewhere, answer.text
    if elsewhere:
        assert_problem(answer, 409, "priority_set_superseded")
        assert await state(api) == (1, before + 1, 1, before)
    else:
        assert await state(api) == (1, before + 1, 0, before + 1)


async def test_refuses_to_publish_over_a_set_it_has_not_seen(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    refresh = await opened(officer)
    assert await publish_elsewhere(api, None)
    answer = await publish(officer, refresh, decision("fraud"))
    assert_problem(answer, 409, "priority_set_superseded")
    assert await state(api) == (1, 1, 1, 0)
