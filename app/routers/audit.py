"""The audit trail: public as far as it may be, whole for those who oversee the service."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.dependencies import AnyCaller, PageOf, Reads, next_url
from app.errors import InvalidCursorError, NotAuthenticatedError
from app.operations import audit, audit_heads
from app.routing import ServiceRoute, public
from app.schemas.audit import AuditEntryOut, AuditHeadOut
from app.schemas.base import PageOut

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)


@router.get("/v1/audit", **public(InvalidCursorError, NotAuthenticatedError))
async def list_audit_entries(
    request: Request,
    session: Reads,
    caller: AnyCaller,
    page: PageOf,
    ward: Annotated[str | None, Query(pattern=r"^E05\d{6}$")] = None,
    borough: Annotated[str | None, Query(pattern=r"^E09\d{6}$")] = None,
) -> PageOut[AuditEntryOut]:
    """List staff writes, newest first; auditors and administrators also see who, why and what."""
    found = await audit.list_entries(session, page, ward_code=ward, borough_code=borough)
    items = await audit.show_entries(session, found.items, caller)
    return PageOut[AuditEntryOut](items=items, next=next_url(request, found))


@router.get("/v1/audit/heads", **public(InvalidCursorError))
async def list_audit_heads(request: Request, session: Reads, page: PageOf) -> PageOut[AuditHeadOut]:
    """List the daily signed heads of the audit chain, newest first, to be kept elsewhere."""
    found = await audit_heads.list_heads(session, page)
    items = [AuditHeadOut.model_validate(head) for head in found.items]
    return PageOut[AuditHeadOut](items=items, next=next_url(request, found))
