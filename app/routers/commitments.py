"""The register of commitments: what was promised, whether it is kept, since when, how we know."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.dependencies import PageOf, Reads, next_url
from app.domain.commitments import Status
from app.errors import InvalidCursorError, InvalidRequestError, NotFoundError
from app.operations import commitment_lists as lists
from app.operations.commitment_rows import ChangeFilter
from app.routers.commitment_cards import FRESH_S, AskingNow, Book
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.commitments import ChangeOut, CommitmentDetailOut, CommitmentOut, ProgrammeOut

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)

COMMITMENT = r"^(C|NPG)[0-9]{2}$"
CommitmentCode = Annotated[
    str,
    Path(pattern=COMMITMENT, description="Code of a commitment.", examples=["C01"]),
]
SLUG = r"^[a-z0-9-]{1,60}$"
Programme = Annotated[
    str | None,
    Query(pattern=SLUG, description="Only of this programme.", examples=["new-met-for-london-1"]),
]
Pillar = Annotated[
    str | None,
    Query(pattern=SLUG, description="Only of this pillar.", examples=["culture-change"]),
]
InStatus = Annotated[Status | None, Query(description="Only with a line that stands so in London.")]


@router.get("/v1/programmes", **public(InvalidCursorError))
async def list_programmes(request: Request, page: PageOf) -> PageOut[ProgrammeOut]:
    """List the plans that made promises, with their pillars, by date."""
    found = lists.list_programmes(page)
    return PageOut[ProgrammeOut](items=list(found.items), next=next_url(request, found))


@router.get("/v1/commitments", **public(InvalidCursorError, fresh_for=FRESH_S))
async def list_commitments(
    request: Request,
    session: Reads,
    book: Book,
    asking: AskingNow,
    page: PageOf,
    programme: Programme = None,
    pillar: Pillar = None,
    status: InStatus = None,
) -> PageOut[CommitmentOut]:
    """List what was promised in whose words, how it is checked, and how it stands in London."""
    wanted = lists.CommitmentFilter(programme, pillar, None if status is None else status.value)
    found = await lists.list_commitments(session, book, wanted, page, asking=asking)
    return PageOut[CommitmentOut](items=list(found.items), next=next_url(request, found))


@router.get("/v1/commitments/changes", **public(InvalidCursorError, InvalidRequestError))
async def list_commitment_changes(
    request: Request,
    session: Reads,
    page: PageOf,
    since: Annotated[
        date | None, Query(description="Only what runs found on this day or later.")
    ] = None,
    commitment: Annotated[
        str | None,
        Query(pattern=COMMITMENT, description="Only of this one.", examples=["C01"]),
    ] = None,
    area: Annotated[
        str | None,
        Query(
            pattern=r"^(E05\d{6}|E09\d{6}|london)$",
            description="Only in this ward or borough, or in `london` as a whole.",
            examples=["E09000023"],
        ),
    ] = None,
) -> PageOut[ChangeOut]:
    """List what changed its status, in the order in which runs wrote it down."""
    found = await lists.list_shown_changes(session, ChangeFilter(since, commitment, area), page)
    return PageOut[ChangeOut](items=list(found.items), next=next_url(request, found))


@router.get("/v1/commitments/{commitment_code}", **public(NotFoundError, fresh_for=FRESH_S))
async def get_commitment(
    session: Reads, book: Book, asking: AskingNow, commitment_code: CommitmentCode
) -> CommitmentDetailOut:
    """Get one promise whole: its words, its readings, and how each stands in every borough."""
    return await lists.get_commitment(session, book, commitment_code, asking)
