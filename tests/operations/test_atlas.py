"""The first load of the boundaries: once for all who wait, before a process says it is ready."""

import asyncio
from typing import Any

import httpx
import pytest

from app.database import Database
from app.main import create_app
from app.operations import atlas as atlases
from app.operations.atlas import Atlas
from app.settings import Settings
from tests.support import Api

pytestmark = pytest.mark.anyio
CROWD = 50


class Hanging:
    """Stands in for `load_index`: slow, and failing as often as it is told to."""

    def __init__(self, failures: int) -> None:
        self.calls, self._failures, self._load = 0, failures, atlases.load_index

    async def __call__(self, *given: Any) -> Any:
        self.calls += 1
        await asyncio.sleep(0.2)
        if self.calls <= self._failures:
            raise TimeoutError("the table is locked")
        return await self._load(*given)


async def test_a_crowd_waits_for_one_load_and_shares_its_fault(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading = Hanging(failures=1)
    monkeypatch.setattr(atlases, "load_index", loading)
    atlas = Atlas(database)
    told = await asyncio.gather(*(atlas.get() for _ in range(CROWD)), return_exceptions=True)
    assert {type(one) for one in told} == {TimeoutError}
    assert loading.calls == 1, "nobody waited for a turn of its own"
    found = await asyncio.gather(*(atlas.get() for _ in range(CROWD)))
    assert {one.edition.label for one in found} == {"synthetic"}
    assert loading.calls == 2


async def test_one_who_gives_up_takes_nobody_along(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atlases, "load_index", Hanging(failures=0))
    atlas = Atlas(database)
    first, second = (asyncio.create_task(atlas.get()) for _ in range(2))
    await asyncio.sleep(0.05)
    first.cancel()
    assert (await second).edition.label == "synthetic"
    assert first.cancelled()


async def test_a_process_is_ready_once_it_took_the_boundaries_over(settings: Settings) -> None:
    starting = create_app(settings)
    assert starting.state.atlas.current is None
    transport = httpx.ASGITransport(app=starting)
    async with httpx.AsyncClient(transport=transport, base_url="http://a.example") as client:
        answer = await Api(client, starting).get("/readyz")
    assert answer.json()["checks"]["boundaries"] is True
    assert starting.state.atlas.current is not None
    await starting.state.database.close()
