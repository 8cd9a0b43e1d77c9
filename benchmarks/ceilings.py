"""The ceilings: what FastAPI itself can do with the same parameters and no work at all."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import FastAPI, Query, Response
from pydantic import BaseModel, ConfigDict, Field

ANSWER = b'{"ward":{"code":"E05013714","name":"Blackheath"}}' + b" " * 450


class BallotIn(BaseModel):
    """The body of a ballot, as the service declares it."""

    model_config = ConfigDict(extra="forbid")

    approved_options: list[Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]] = Field(
        min_length=1, max_length=20
    )


POSTGIS = """
SELECT w.code, w.name FROM ward w JOIN boundary_edition e ON e.id = w.edition_id
WHERE e.status = 'active' AND ST_Covers(w.boundary, ST_SetSRID(ST_MakePoint($1, $2), 4326))
ORDER BY w.code LIMIT 1
"""


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    address = os.environ.get("BENCH_POSTGRESQL")
    app.state.pool = await asyncpg.create_pool(address, min_size=4, max_size=8) if address else None
    yield
    if app.state.pool is not None:
        await app.state.pool.close()


def create_app() -> FastAPI:
    """Return an application that answers constants, and one that asks PostGIS for a point."""
    app = FastAPI(lifespan=_pool)

    @app.get("/bare")
    async def bare() -> Response:
        return Response(ANSWER, media_type="application/json")

    @app.get("/located")
    async def located(
        lat: Annotated[float, Query(ge=-90, le=90)], lng: Annotated[float, Query(ge=-180, le=180)]
    ) -> Response:
        del lat, lng
        return Response(ANSWER, media_type="application/json")

    @app.put("/polls/{poll_id}/ballot", status_code=201)
    async def cast(poll_id: str, body: BallotIn) -> Response:
        del poll_id, body
        return Response(ANSWER[:180], 201, media_type="application/json")

    @app.get("/postgis")
    async def ask_postgis(
        lat: Annotated[float, Query(ge=-90, le=90)], lng: Annotated[float, Query(ge=-180, le=180)]
    ) -> Response:
        row = await app.state.pool.fetchrow(POSTGIS, lng, lat)
        body = b"{}" if row is None else json.dumps(dict(row)).encode()
        return Response(body, 404 if row is None else 200, media_type="application/json")

    return app
