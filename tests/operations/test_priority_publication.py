"""Publishing a priority set: what the next set refuses, closes, keeps and carries forward."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.domain.priorities import ActionKind
from app.errors import (
    InvalidRequestError,
    NotFoundError,
    NotPolicedByMetError,
    OutsideTerritoryError,
    PrioritySetClosedError,
    PrioritySetSupersededError,
    ServiceError,
    WardNotInForceError,
)
from app.models.audit import AuditEntry
from app.models.priorities import Priority, PrioritySet
from app.models.wards import BoundaryEdition
from app.operations.priorities import NewPriority, find_active_set, get_set, publish_set
from app.operations.priority_work import record_action, record_outcome
from app.schemas.priorities import ActionIn, OutcomeIn
from tests.factories import A1, A2, ALDER, C1, CITY
from tests.priorities import OBJECTIVE, OUTCOME

pytestmark = pytest.mark.anyio

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SERGEANT = Caller("sergeant-1", Role.SERGEANT, wards=frozenset({A1, C1}))
DECIDED: dict[str, Any] = {
    "ward_code": A1,
    "borough_code": ALDER,
    "decided_by": "panel",
    "review_due_on": TODAY + timedelta(days=90),
    "now": NOW,
    "today": TODAY,
}


def new(concern: str, rank: int, **facts: Any) -> NewPriority:
    return NewPriority(rank, concern, f"About {concern}", OBJECTIVE, **facts)


async def publish(
    database: Database, *priorities: NewPriority, expected: UUID | None = None, **facts: Any
) -> PrioritySet:
    async with unit_of_work(database) as session:
        return await publish_set(
            session,
            facts.pop("caller", SERGEANT),
            priorities=priorities,
            expected_active_set_id=expected,
            **{**DECIDED, **facts},
        )


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"ward_code": A2}, OutsideTerritoryError),
        ({"ward_code": C1, "borough_code": CITY}, NotPolicedByMetError),
        ({"ward_code": "E05099999", "caller": Caller("a", Role.ADMIN)}, NotFoundError),
        ({"review_due_on": TODAY + timedelta(days=29)}, InvalidRequestError),
        ({"review_due_on": TODAY + timedelta(days=121)}, InvalidRequestError),
        ({"expected": uuid4()}, PrioritySetSupersededError),
    ],
)
async def test_refuses_a_set_that_may_not_be(
    database: Database, facts: dict[str, Any], refusal: type[ServiceError]
) -> None:
    with pytest.raises(refusal):
        await publish(database, new("burglary", 1), **facts)
    async with database.reading() as session:
        assert (await session.scalars(select(PrioritySet))).all() == []


@pytest.mark.parametrize(
    "priorities",
    [
        [],
        [("burglary", 2)],
        [("burglary", 1), ("robbery", 1)],
        [("burglary", 1), ("burglary", 2)],
        [("dragons", 1)],
    ],
)
async def test_refuses_priorities_out_of_order(
    database: Database, priorities: list[tuple[str, int]]
) -> None:
    with pytest.raises(InvalidRequestError):
        await publish(database, *(new(*pair) for pair in priorities))


async def test_refuses_a_ward_of_a_closed_edition(database: Database) -> None:
    async with unit_of_work(database) as session:
        (edition,) = await session.scalars(select(BoundaryEdition))
        edition.status = "closed"
    with pytest.raises(WardNotInForceError):
        await publish(database, new("burglary", 1))


async def test_refuses_to_follow_a_set_that_was_already_followed(database: Database) -> None:
    first = await publish(database, new("burglary", 1))
    await publish(database, new("robbery", 1), expected=first.id)
    with pytest.raises(PrioritySetSupersededError):
        await publish(database, new("fraud", 1), expected=first.id)


async def test_lets_one_of_many_rivals_follow_a_set(database: Database) -> None:
    first = await publish(database, new("burglary", 1))
    rivals = (publish(database, new("burglary", 1), expected=first.id) for _ in range(8))
    answers = await asyncio.gather(*rivals, return_exceptions=True)
    published = [answer for answer in answers if isinstance(answer, PrioritySet)]
    refused = [answer for answer in answers if isinstance(answer, PrioritySetSupersededError)]
    assert (len(published), len(refused)) == (1, 7)
    async with database.reading() as session:
        active = await find_active_set(session, A1)
        assert active is not None
        assert (active.id, active.sequence) == (published[0].id, 2)


async def test_lets_no_action_slip_into_a_set_that_is_being_closed(database: Database) -> None:
    first = await publish(database, new("burglary", 1))
    patrol = ActionIn(kind=ActionKind.PATROL, text="Walked", done_on=TODAY)

    async def act() -> None:
        async with unit_of_work(database) as session:
            await record_action(
                session, SERGEANT, first.priorities[0].id, patrol, now=NOW, today=TODAY
            )

    async with unit_of_work(database) as session:
        await publish_set(
            session,
            SERGEANT,
            priorities=[new("fraud", 1)],
            expected_active_set_id=first.id,
            **DECIDED,
        )
        acting = asyncio.create_task(act())
        await asyncio.sleep(0.3)
        assert not acting.done()
    with pytest.raises(PrioritySetClosedError):
        await acting


async def test_overwrites_no_outcome_that_is_being_recorded(database: Database) -> None:
    first = await publish(database, new("burglary", 1))
    (burglary,) = first.priorities
    async with unit_of_work(database) as session:
        outcome = OutcomeIn.model_validate(OUTCOME)
        await record_outcome(session, SERGEANT, burglary.id, outcome, now=NOW)
        next_set = asyncio.create_task(publish(database, new("burglary", 1), expected=first.id))
        await asyncio.sleep(0.3)
        assert not next_set.done()
    assert (await next_set).priorities[0].carried_from_id is None
    async with database.reading() as session:
        assert (await session.get_one(Priority, burglary.id)).status == "delivered"


async def test_closes_the_old_set_and_carries_forward_what_is_kept(database: Database) -> None:
    first = await publish(
        database, new("burglary", 1), new("robbery", 2), new("fraud", 3), new("violence", 4)
    )
    async with unit_of_work(database) as session:
        ended = await session.get_one(Priority, first.priorities[3].id)
        ended.status = "delivered"
        burglary = await session.get_one(Priority, first.priorities[0].id)
        burglary.last_action_on = TODAY
    later = NOW + timedelta(days=90)
    second = await publish(
        database,
        new("robbery", 1),
        new("burglary", 2),
        new("violence", 3),
        expected=first.id,
        now=later,
        today=later.date(),
        review_due_on=later.date() + timedelta(days=60),
    )
    async with database.reading() as session:
        old = await get_set(session, first.id)
    assert (old.status, old.superseded_at, old.version) == ("superseded", later, 2)
    assert {p.concern: p.status for p in old.priorities} == {
        "burglary": "carried_forward",
        "robbery": "carried_forward",
        "fraud": "in_progress",
        "violence": "delivered",
    }
    assert [p.title for p in old.priorities] == [p.title for p in first.priorities]
    assert (second.status, second.sequence, second.superseded_at) == ("active", 2, None)
    assert [p.concern for p in second.priorities] == ["robbery", "burglary", "violence"]
    kept = {p.concern: (p.carried_from_id, p.last_action_on) for p in second.priorities}
    assert kept["burglary"] == (first.priorities[0].id, TODAY)
    assert kept["robbery"] == (first.priorities[1].id, None)
    assert kept["violence"] == (None, None)
    assert (second.priorities[0].actions, second.priorities[0].outcomes) == ([], [])


async def test_notes_the_publication_in_the_audit_trail(database: Database) -> None:
    first = await publish(database, new("burglary", 1))
    second = await publish(database, new("burglary", 1), expected=first.id)
    async with database.reading() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.position)))
    assert [entry.action for entry in entries] == ["publish_priority_set"] * 2
    assert entries[1].subject_id == str(second.id)
    assert (entries[1].borough_code, entries[1].ward_code) == (ALDER, A1)
    assert entries[1].detail["supersedes"] == str(first.id)
    assert entries[1].detail["carried_forward"] == ["burglary"]
