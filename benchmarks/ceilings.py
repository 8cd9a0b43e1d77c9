"""The ceilings: what FastAPI itself can do with the same parameters and no work at all."""

from typing import Annotated

from fastapi import FastAPI, Query, Response
from pydantic import BaseModel, ConfigDict, Field

ANSWER = b'{"ward":{"code":"E05013714","name":"Blackheath"}}' + b" " * 450


class BallotIn(BaseModel):
    """The body of a ballot, as the service declares it."""

    model_config = ConfigDict(extra="forbid")

    approved_options: list[Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]] = Field(
        min_length=1, max_length=20
    )


def create_app() -> FastAPI:
    """Return an application that answers constants."""
    app = FastAPI()

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

    return app
