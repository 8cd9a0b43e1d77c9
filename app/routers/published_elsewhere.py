"""What the police's own site says of a ward, beside what this service holds."""

from fastapi import APIRouter

from app.dependencies import Reads, WardCode
from app.errors import NotFoundError
from app.operations.police_uk_queries import get_published_elsewhere
from app.routing import ServiceRoute, public
from app.schemas.police_uk import PublishedElsewhereOut

router = APIRouter(tags=["evidence"], route_class=ServiceRoute)


@router.get("/v1/wards/{ward_code}/published-elsewhere", **public(NotFoundError))
async def get_ward_published_elsewhere(
    session: Reads, ward_code: WardCode
) -> PublishedElsewhereOut:
    """Get the priorities, events and team that data.police.uk shows for a ward, beside ours."""
    return PublishedElsewhereOut.model_validate(await get_published_elsewhere(session, ward_code))
