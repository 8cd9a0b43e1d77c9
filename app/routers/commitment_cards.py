"""Cards: every promise to a ward, a borough or London, and the matrix of boroughs and promises."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.dependencies import BoroughCode, Now, Reads, Today, WardCode
from app.errors import InvalidRequestError, NotAcceptableError, NotFoundError
from app.operations import commitment_cards as cards
from app.operations.commitment_standings import Asking, StandingBook
from app.representations import csv_response, offering, wanted_format
from app.routers.wards import Format
from app.routing import ServiceRoute, public
from app.schemas.commitments import CardOut, MatrixOut

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)

FRESH_S = 15
CSV_HEADER = [
    "as_of",
    "borough_code",
    "borough_name",
    "commitment",
    "reading",
    "title",
    "status",
    "since",
    "value",
    "target",
    "reason",
]
AsOf = Annotated[
    date | None,
    Query(
        description="The day to answer for; today if left out. An earlier day is answered by what "
        "the runs up to it wrote down.",
    ),
]


def book_of(request: Request) -> StandingBook:
    """Return how this process knows how lines stand."""
    book: StandingBook = request.app.state.standings
    return book


Book = Annotated[StandingBook, Depends(book_of)]


async def read_asking(request: Request, now: Now, today: Today) -> Asking:
    """Return when somebody asks, and what this process knows of writes by then."""
    return Asking(request.app.state.answers.revision, now, today)


AskingNow = Annotated[Asking, Depends(read_asking)]


@router.get(
    "/v1/wards/{ward_code}/commitments",
    **public(NotFoundError, InvalidRequestError, fresh_for=FRESH_S),
)
async def get_ward_commitments(
    session: Reads, book: Book, asking: AskingNow, ward_code: WardCode, as_of: AsOf = None
) -> CardOut:
    """Get every promise to a ward: whether it is kept, since when, and what that is read from."""
    return await cards.ward_card(session, book, ward_code, asking, as_of=as_of)


@router.get(
    "/v1/boroughs/{borough_code}/commitments",
    **public(NotFoundError, InvalidRequestError, fresh_for=FRESH_S),
)
async def get_borough_commitments(
    session: Reads, book: Book, asking: AskingNow, borough_code: BoroughCode, as_of: AsOf = None
) -> CardOut:
    """Get every promise to a borough and its wards, and the wards in which one is broken."""
    return await cards.borough_card(session, book, borough_code, asking, as_of=as_of)


@router.get("/v1/london/commitments", **public(InvalidRequestError, fresh_for=FRESH_S))
async def get_london_commitments(
    session: Reads, book: Book, asking: AskingNow, as_of: AsOf = None
) -> CardOut:
    """Get every promise to London, and the boroughs in which one is broken."""
    return await cards.london_card(session, book, asking, as_of=as_of)


@router.get(
    "/v1/commitments/matrix",
    response_model=MatrixOut,
    **offering(public(InvalidRequestError, NotAcceptableError, fresh_for=FRESH_S), "csv"),
)
async def get_commitment_matrix(
    request: Request,
    session: Reads,
    book: Book,
    asking: AskingNow,
    as_of: AsOf = None,
    f: Format = None,  # noqa: ARG001 - `wanted_format` reads it
) -> MatrixOut | Response:
    """Get how each promise stands in each borough, as JSON or as a CSV with a row for each cell."""
    kind = wanted_format(request, "json", "csv")
    found = await cards.matrix(session, book, asking, as_of=as_of)
    return matrix_csv(found) if kind == "csv" else found


def matrix_csv(found: MatrixOut) -> Response:
    """Return the matrix as a table with a row for each borough and line."""
    columns = {(c.commitment, c.reading): c for c in found.columns}
    rows = [
        [
            found.as_of,
            row.borough.code,
            row.borough.name,
            cell.commitment,
            cell.reading,
            columns[cell.commitment, cell.reading].title,
            cell.status,
            cell.since,
            cell.value,
            cell.target,
            columns[cell.commitment, cell.reading].reason,
        ]
        for row in found.rows
        for cell in row.cells
    ]
    return csv_response(f"commitments-{found.as_of}", CSV_HEADER, rows)
