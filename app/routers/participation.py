"""Who took part in a round, as one fixed table."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import Reads
from app.errors import NotAcceptableError, NotFoundError, ParticipationNotPublishedError
from app.operations import participation
from app.representations import csv_response, offering, wanted_format
from app.routing import ServiceRoute, public
from app.schemas.participation import ParticipationOut

router = APIRouter(tags=["polls"], route_class=ServiceRoute)

CSV_HEADER = ["borough", "ward", "level", "ballots", "hidden"]
Format = Annotated[str | None, Query(max_length=10, description="json or csv.")]


@router.get(
    "/v1/rounds/{round_id}/participation",
    response_model=ParticipationOut,
    **offering(public(NotFoundError, ParticipationNotPublishedError, NotAcceptableError), "csv"),
)
async def get_participation(
    request: Request, session: Reads, round_id: UUID, f: Format = None
) -> Response | ParticipationOut:
    """Get who took part in a round by ward and assurance level; told once, when all is over."""
    del f
    kind = wanted_format(request, "json", "csv")
    found = await participation.get_participation(session, round_id)
    return as_csv(found) if kind == "csv" else found


def as_csv(found: ParticipationOut) -> Response:
    """Return the table as rows, one a figure; without a ward the borough's, without a level all."""
    rows = []
    for area in (*found.wards, *found.boroughs):
        ward = area.code if area.code != area.borough else None
        figures = [(None, area.ballots), *((row.level, row.ballots) for row in area.by_level)]
        rows += [[area.borough, ward, level, n, n is None] for level, n in figures]
    return csv_response(f"participation-{found.round}", CSV_HEADER, rows)
