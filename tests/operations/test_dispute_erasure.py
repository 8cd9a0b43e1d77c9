"""Disputes of somebody who is erased, by their own wish or after two years: nothing ties them."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.models.disputes import Dispute
from app.models.residents import Resident
from app.operations import retention
from app.operations.audit import current_revision
from app.operations.disputes import file_dispute
from app.operations.retention import forget_what_is_over
from app.schemas.disputes import DisputeIn
from tests.disputing import ANSWER, TEXT, act, of_commitment
from tests.factories import A1, A2
from tests.polling import made
from tests.signing_in import signed_in
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

TWO_YEARS = timedelta(days=732)


async def rows(app: Any) -> dict[str, Dispute]:
    async with app.state.database.reading() as session:
        return {row.area_code: row for row in await session.scalars(select(Dispute))}


async def two_disputes(api: Api) -> Api:
    """Let a resident file an answered dispute about A1 and an unanswered one about A2."""
    me = await signed_in(api, "canary@resident.example", ward=A1)
    dispute = await made(await me.post("/v1/disputes", json=of_commitment(A1)))
    await act(await api.as_("pcso", wards=(A1,)), dispute, "answer", ANSWER)
    await made(await me.post("/v1/disputes", json=of_commitment(A2)))
    return me


@pytest.mark.parametrize("by", ["their own wish", "two years away"])
async def test_an_erasure_leaves_no_tie_and_no_unpublished_word(api: Api, app: Any, by: str):
    me = await two_disputes(api)
    before = await rows(app)
    assert all(row.filer is not None and row.text == TEXT for row in before.values())
    revision = app.state.answers.revision
    if by == "their own wish":
        assert (await me.request("DELETE", "/v1/me")).status_code == 200
    else:
        later = datetime.now(UTC) + TWO_YEARS
        await forget_what_is_over(app.state.database, app.state.keyring, now=later)
    after = await rows(app)
    assert [row.filer for row in after.values()] == [None, None]
    assert (after[A1].state, after[A1].text) == ("answered", TEXT)
    assert (after[A2].state, after[A2].text) == ("withdrawn", None)
    async with app.state.database.reading() as session:
        assert await current_revision(session) > revision


async def test_takes_none_of_whoever_was_erased_a_moment_ago(api: Api, app: Any, monkeypatch):
    """Another process knows a session for some seconds after it ended in this one."""
    me = await signed_in(api, "canary@resident.example", ward=A1)
    monkeypatch.setattr(app.state.sessions, "forget", lambda _: None)
    assert (await me.request("DELETE", "/v1/me")).status_code == 200
    refused = await me.post("/v1/disputes", json=of_commitment(A1))
    assert_problem(refused, 401, "not_authenticated")
    assert await rows(app) == {}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_forgetting_many_holds_up_no_filing_that_it_waits_for(api: Api, app: Any):
    """All in one transaction would hold the trail's row, which the filing needs to commit."""
    database, keyring, now = app.state.database, app.state.keyring, datetime.now(UTC)
    first = await signed_in(api, "first@resident.example", ward=A1)
    await signed_in(api, "second@resident.example", ward=A1)
    await made(await first.post("/v1/disputes", json=of_commitment(A1)))
    anchor = keyring.anchor("email", "second@resident.example")
    second = Caller("second", Role.RESIDENT, wards=frozenset({A1}), level=1, anchor=anchor)
    async with database.writing() as session:
        await session.execute(update(Resident).values(seen_on=date(2001, 1, 1)))
    async with asyncio.timeout(30), unit_of_work(database) as session:
        wanted = DisputeIn.model_validate(of_commitment(A2))
        times = {"now": now, "today": now.date()}
        await file_dispute(session, second, keyring, wanted=wanted, **times)
        forgetting = asyncio.create_task(forget_what_is_over(database, keyring, now=now))
        while not await somebody_waits(database):  # noqa: ASYNC110 - a lock tells nobody
            await asyncio.sleep(0.02)
    assert await forgetting >= 2
    assert {row.filer for row in (await rows(app)).values()} == {None}


async def somebody_waits(database: Any) -> bool:
    async with database.reading() as session:
        waiting = await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    return bool(waiting)


async def test_keeps_whoever_comes_back_while_others_are_forgotten(app: Any, api: Api, monkeypatch):
    me = await signed_in(api, "back@resident.example", ward=A1)
    async with app.state.database.writing() as session:
        await session.execute(update(Resident).values(seen_on=date(2001, 1, 1)))
    turn = retention.take_turn

    async def come_back(session: Any, name: bytes) -> None:
        await turn(session, name)
        await session.execute(update(Resident).values(seen_on=datetime.now(UTC).date()))

    monkeypatch.setattr(retention, "take_turn", come_back)
    await forget_what_is_over(app.state.database, app.state.keyring, now=datetime.now(UTC))
    assert (await me.get("/v1/me")).status_code == 200
