"""Several processes agree within a quarter of a second of each other's writes (goal G20)."""

import asyncio
import time

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.factories import ALDER
from tests.support import Api
from tests.test_answers import rename

pytestmark = pytest.mark.anyio


async def test_another_process_notices_a_write(api: Api, settings: Settings) -> None:
    other = create_app(settings)
    async with other.router.lifespan_context(other):
        transport = httpx.ASGITransport(app=other)
        async with httpx.AsyncClient(transport=transport, base_url="http://b.example") as client:
            path = f"/v1/boroughs/{ALDER}"
            assert (await client.get(path)).json()["name"] == "Alder"
            await asyncio.sleep(0.3)
            await rename(api.app.state.database, "Elder", api.app.state.answers)
            written = time.monotonic()
            while (await client.get(path)).json()["name"] != "Elder":
                assert time.monotonic() - written < 5, "the other process never noticed"
                await asyncio.sleep(0.01)
