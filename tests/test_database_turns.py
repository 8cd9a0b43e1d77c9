"""Turns that leave no trace in a row: some wait for each other, those who share one do not."""

import asyncio

import pytest

from app.database import Database, take_turn

pytestmark = pytest.mark.anyio
NAME = b"somebody"
BLOCKED_S = 0.2


async def hold(database: Database, name: bytes, *, shared: bool) -> None:
    async with database.writing() as session:
        await take_turn(session, name, shared=shared)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_own_turn_waits_for_all_others_of_the_name(database: Database) -> None:
    async with asyncio.timeout(20), database.writing() as session:
        await take_turn(session, NAME, shared=True)
        await hold(database, NAME, shared=True)
        await hold(database, b"somebody else", shared=False)
        alone = asyncio.create_task(hold(database, NAME, shared=False))
        await asyncio.wait({alone}, timeout=BLOCKED_S)
        assert not alone.done()
    async with asyncio.timeout(20):
        await alone


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sqlites_writer_has_its_turn_in_any_case(database: Database) -> None:
    await hold(database, NAME, shared=False)
