"""The database's clock, which decides for every process when a poll closes."""

from datetime import UTC, datetime, timedelta

import pytest

from app.database import Database, database_now

pytestmark = pytest.mark.anyio


async def test_reads_an_aware_instant_that_moves_inside_a_transaction(database: Database) -> None:
    async with database.writing() as session:
        first = await database_now(session)
        while (second := await database_now(session)) == first:
            pass
    assert first < second
    assert first.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - first) < timedelta(minutes=1)
