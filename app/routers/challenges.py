"""Challenging a result: the auditor's second opening, and the keys' end when the time is over."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    AnyCaller,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Writes,
    guarded,
    next_url,
    tagged,
)
from app.domain.identity import AUDITORS, OVERSEERS
from app.errors import (
    ChallengeClosedError,
    InvalidCursorError,
    KeysDestroyedError,
    KeysMissingError,
    NotAuthenticatedError,
    NotFoundError,
    PollNotCountedError,
    RoundNotOverError,
)
from app.operations import key_destruction, polls_queries, second_openings
from app.routers.polls import keyring_of
from app.routing import ServiceRoute, public, signed_twice
from app.schemas.base import PageOut
from app.schemas.challenges import SecondOpeningOut, SecondOpeningReportOut
from app.schemas.polls import RoundOut

router = APIRouter(tags=["polls"], route_class=ServiceRoute)


@router.post(
    "/v1/polls/{poll_id}/second-openings",
    status_code=201,
    **guarded(
        AUDITORS,
        NotFoundError,
        PollNotCountedError,
        ChallengeClosedError,
        KeysDestroyedError,
        KeysMissingError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def open_poll_again(
    request: Request,
    session: Writes,
    response: Response,
    caller: SignedIn,
    now: Now,
    poll_id: UUID,
) -> SecondOpeningReportOut:
    """Open a counted poll's envelopes again and compare them with what was published."""
    made = await second_openings.open_again(
        session, keyring_of(request), caller, poll_id=poll_id, now=now
    )
    response.headers["Location"] = f"/v1/polls/{poll_id}/second-openings"
    return SecondOpeningReportOut.model_validate(made)


@router.get(
    "/v1/polls/{poll_id}/second-openings",
    **public(NotAuthenticatedError, NotFoundError, InvalidCursorError, fresh_for=0),
)
async def list_second_openings(
    request: Request, session: Reads, caller: AnyCaller, page: PageOf, poll_id: UUID
) -> PageOut[SecondOpeningOut]:
    """List when a poll's envelopes were opened again, by which role, and whether all agreed."""
    found = await second_openings.list_second_openings(session, caller, poll_id, page)
    items = [SecondOpeningOut.model_validate(item) for item in found.items]
    return PageOut[SecondOpeningOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/rounds/{round_id}/key-destruction",
    status_code=200,
    **signed_twice(
        guarded(
            OVERSEERS, NotFoundError, RoundNotOverError, KeysDestroyedError, *IDEMPOTENCY_REFUSALS
        )
    ),
)
async def destroy_round_keys(
    request: Request,
    session: Writes,
    response: Response,
    caller: SignedIn,
    now: Now,
    round_id: UUID,
) -> RoundOut:
    """Destroy a finished round's keys and overwrite its slots; it takes two people."""
    done = await key_destruction.destroy_keys(
        session, keyring_of(request), caller, round_id=round_id, now=now
    )
    tagged(response, done.version)
    return polls_queries.show_round(done, at=now)
