"""Putting a loaded boundary edition in force: by one admin, or by two while a poll is open."""

from uuid import UUID

from fastapi import APIRouter

from app.dependencies import IDEMPOTENCY_REFUSALS, Now, SignedIn, Today, Writes, guarded
from app.domain.identity import ADMINS
from app.errors import EditionRefusedError, NotFoundError
from app.operations import editions
from app.routing import ServiceRoute, signed_twice
from app.schemas.wards import ActivationIn, BoundaryEditionOut

router = APIRouter(tags=["places"], route_class=ServiceRoute)


@router.post(
    "/v1/boundary-editions/{edition_id}/activation",
    status_code=200,
    **signed_twice(guarded(ADMINS, NotFoundError, EditionRefusedError, *IDEMPOTENCY_REFUSALS)),
)
async def activate_boundary_edition(
    session: Writes,
    caller: SignedIn,
    now: Now,
    today: Today,
    edition_id: UUID,
    body: ActivationIn,
) -> BoundaryEditionOut:
    """Put a loaded edition in its place in time; while a poll is open it takes two admins."""
    edition, approval = await editions.require_activation(
        session, caller, edition_id, reason=body.reason, now=now
    )
    await editions.activate_edition(
        session, edition, caller, now=now, today=today, approval=approval, reason=body.reason
    )
    return BoundaryEditionOut.model_validate(edition)
