"""Who took part in a poll beside who lives there."""

from uuid import UUID

from fastapi import APIRouter

from app.dependencies import Reads
from app.errors import NotFoundError, RepresentationNotPublishedError
from app.operations import representation_queries
from app.routing import ServiceRoute, public
from app.schemas.representation import RepresentationOut

router = APIRouter(tags=["polls"], route_class=ServiceRoute)


@router.get(
    "/v1/polls/{poll_id}/representation",
    **public(NotFoundError, RepresentationNotPublishedError),
)
async def get_representation(session: Reads, poll_id: UUID) -> RepresentationOut:
    """Get who took part by group beside the census, and a weighted estimate beside the result."""
    return await representation_queries.get_representation(session, poll_id)
