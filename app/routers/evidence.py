"""Evidence: what is known about a ward beyond its polls, with where it comes from."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    Now,
    PageOf,
    Reads,
    SignedIn,
    WardCode,
    Writes,
    guarded,
    next_url,
)
from app.domain.evidence import EvidenceKind
from app.domain.identity import CONTRIBUTORS
from app.domain.partners import Scope
from app.errors import (
    IncoherentEvidenceError,
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
    UnknownConcernError,
)
from app.models.evidence import Evidence
from app.operations import evidence
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.evidence import EvidenceIn, EvidenceOut

router = APIRouter(tags=["evidence"], route_class=ServiceRoute)


def evidence_out(row: Evidence) -> EvidenceOut:
    """Return a finding in the shape that crosses the wire."""
    facts = {name: getattr(row, name) for name in EvidenceOut.model_fields if name != "source"}
    source = {
        "name": row.source_name,
        "url": row.source_url,
        "licence": row.licence,
        "retrieved_at": row.retrieved_at,
    }
    return EvidenceOut.model_validate({**facts, "source": source})


@router.get("/v1/wards/{ward_code}/evidence", **public(NotFoundError, InvalidCursorError))
async def list_ward_evidence(
    request: Request,
    session: Reads,
    ward_code: WardCode,
    page: PageOf,
    kind: Annotated[EvidenceKind | None, Query(description="Only this kind.")] = None,
    since: Annotated[
        date | None, Query(description="Only what speaks of this day or later.")
    ] = None,
) -> PageOut[EvidenceOut]:
    """List the evidence about a ward and its borough, the latest period first."""
    found = await evidence.list_ward_evidence(session, ward_code, page, kind=kind, since=since)
    return PageOut[EvidenceOut](
        items=[evidence_out(row) for row in found.items], next=next_url(request, found)
    )


@router.post(
    "/v1/evidence",
    status_code=201,
    **guarded(
        CONTRIBUTORS,
        NotFoundError,
        InvalidRequestError,
        UnknownConcernError,
        IncoherentEvidenceError,
        *IDEMPOTENCY_REFUSALS,
        scope=Scope.EVIDENCE_WRITE,
    ),
)
async def submit_evidence(
    body: EvidenceIn, session: Writes, caller: SignedIn, now: Now, response: Response
) -> EvidenceOut:
    """Submit a finding about a ward or borough, with its provenance."""
    row = await evidence.submit_evidence(session, caller, evidence=body, now=now)
    response.headers["Location"] = f"/v1/evidence/{row.id}"
    return evidence_out(row)


@router.get("/v1/evidence/{evidence_id}", **public(NotFoundError))
async def get_evidence(session: Reads, evidence_id: UUID) -> EvidenceOut:
    """Get one piece of evidence."""
    return evidence_out(await evidence.get_evidence(session, evidence_id))
