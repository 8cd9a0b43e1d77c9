"""What an outsider needs to check a poll: its bundle."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.answers import packed_response
from app.dependencies import AnyCaller, Reads
from app.errors import (
    BundleUnavailableError,
    NotAuthenticatedError,
    NotFoundError,
    ResultNotPublishedError,
)
from app.operations import bundles
from app.representations import MEDIA_TYPES
from app.routing import ServiceRoute, public
from app.schemas.bundles import BundleOut

router = APIRouter(tags=["polls"], route_class=ServiceRoute)


@router.get(
    "/v1/polls/{poll_id}/bundle",
    response_model=BundleOut,
    **public(NotAuthenticatedError, NotFoundError, ResultNotPublishedError, BundleUnavailableError),
)
async def get_poll_bundle(
    request: Request, session: Reads, caller: AnyCaller, poll_id: UUID
) -> Response:
    """Get all that is needed to recount a published poll with `tools/verify_poll.py`."""
    state = request.app.state
    found = await bundles.get_bundle(session, state.keyring, state.bundles, caller, poll_id=poll_id)
    return packed_response(request, found.plain, found.packed, MEDIA_TYPES["json"])
