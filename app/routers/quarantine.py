"""Ballots held back because unusually many came from one place: visible, and released by two."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.dependencies import IDEMPOTENCY_REFUSALS, AnyCaller, Reads, SignedIn, Writes, guarded
from app.domain.identity import LEADERS
from app.errors import NotAuthenticatedError, NotFoundError, PollMoveRefusedError
from app.operations import quarantine
from app.routing import ServiceRoute, public, signed_twice
from app.schemas.residents import QuarantineOut, ReleaseIn

router = APIRouter(tags=["polls"], route_class=ServiceRoute)


@router.get(
    "/v1/polls/{poll_id}/quarantine",
    **public(NotFoundError, NotAuthenticatedError, fresh_for=0),
)
async def get_quarantine(session: Reads, caller: AnyCaller, poll_id: UUID) -> QuarantineOut:
    """See how many ballots of a poll are held back, rounded down to ten; they do not count."""
    number = await quarantine.count_held_back(session, caller, poll_id)
    return QuarantineOut(poll=poll_id, at_least=number, rounded_down_to=quarantine.STEP)


@router.post(
    "/v1/polls/{poll_id}/quarantine-releases",
    status_code=201,
    **signed_twice(guarded(LEADERS, NotFoundError, PollMoveRefusedError, *IDEMPOTENCY_REFUSALS)),
)
async def release_quarantine(
    body: ReleaseIn, session: Writes, caller: SignedIn, response: Response, poll_id: UUID
) -> QuarantineOut:
    """Let a closed poll's held back ballots count; the second of two people carries it out."""
    number = await quarantine.release_ballots(session, caller, poll_id, reason=body.reason)
    response.headers["location"] = f"/v1/polls/{poll_id}/quarantine"
    return QuarantineOut(poll=poll_id, at_least=number, rounded_down_to=quarantine.STEP)
