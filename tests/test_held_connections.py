"""No request waits for a second connection while it holds one; the watch over it can see."""

import httpx
import pytest

from app.dependencies import Reads, database_of
from app.main import create_app
from app.routing import NounGate, ServiceRoute, public
from tests.held_connections import HeldConnections
from tests.support import Api

pytestmark = pytest.mark.anyio


async def test_the_watch_sees_a_request_that_holds_two(settings):
    """The control: a route that opens a session inside another."""
    from fastapi import APIRouter, Request
    from sqlalchemy import text

    router = APIRouter(route_class=ServiceRoute)

    @router.get("/v1/greedy", **public(fresh_for=0))
    async def be_greedy(request: Request, session: Reads) -> dict[str, int]:
        """Hold two."""
        await session.execute(text("SELECT 1"))
        async with database_of(request).reading() as second:
            await second.execute(text("SELECT 1"))
        return {}

    app = create_app(settings)
    app.router.routes.insert(0, NounGate([router]))
    held = HeldConnections(app.state.database)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.example") as client:
        assert (await client.get("/v1/greedy")).status_code == 200
    await app.state.database.close()
    assert len(held.greedy) == 1


async def test_a_staff_write_takes_one_connection_after_another(api: Api, app) -> None:
    held = HeldConnections(app.state.database)
    leader = await api.as_("borough_superintendent", boroughs=("E09000001",))
    answer = await leader.post("/v1/rounds", json={})
    assert answer.status_code == 422
    assert held.seen >= 2
    assert held.greedy == set()
