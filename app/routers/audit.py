"""The audit trail, for those who oversee the service."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.dependencies import PageOf, Reads, guarded, next_url
from app.domain.identity import OVERSEERS
from app.errors import InvalidCursorError
from app.operations import audit
from app.routing import ServiceRoute
from app.schemas.audit import AuditEntryOut
from app.schemas.base import PageOut

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)


@router.get("/v1/audit", **guarded(OVERSEERS, InvalidCursorError))
async def list_audit_entries(
    request: Request,
    session: Reads,
    page: PageOf,
    ward: Annotated[str | None, Query(pattern=r"^E05\d{6}$")] = None,
    borough: Annotated[str | None, Query(pattern=r"^E09\d{6}$")] = None,
) -> PageOut[AuditEntryOut]:
    """List staff writes, newest first: who did what to which thing, when and why."""
    found = await audit.list_entries(session, page, ward_code=ward, borough_code=borough)
    items = [AuditEntryOut.model_validate(entry) for entry in found.items]
    return PageOut[AuditEntryOut](items=items, next=next_url(request, found))
