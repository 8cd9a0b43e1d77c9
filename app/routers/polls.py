"""Rounds and ward polls, from draft to published result; never a count before the close."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import (
    EDIT_REFUSALS,
    IDEMPOTENCY_REFUSALS,
    AnyCaller,
    IfMatch,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Writes,
    guarded,
    next_url,
    tagged,
)
from app.domain.identity import LEADERS
from app.domain.polls import canonical
from app.errors import (
    BallotBoxDamagedError,
    InvalidCursorError,
    InvalidRequestError,
    KeysMissingError,
    NotAuthenticatedError,
    NotFoundError,
    PollExistsError,
    PollFrozenError,
    PollMoveRefusedError,
    ReasonRequiredError,
    ResultNotPublishedError,
    SecondPersonRequiredError,
)
from app.keyring import Keyring
from app.operations import poll_results, polls, polls_queries
from app.operations.polls_queries import PollFilter
from app.routing import ServiceRoute, public, signed_twice
from app.schemas.base import PageOut
from app.schemas.poll_results import PollResultOut
from app.schemas.polls import (
    BoroughField,
    ManifestOut,
    PollIn,
    PollOut,
    PollPatchIn,
    RoundIn,
    RoundOut,
    StatusFilter,
    WardField,
)

router = APIRouter(tags=["polls"], route_class=ServiceRoute)


def keyring_of(request: Request) -> Keyring:
    """Return the process's keyring."""
    keyring: Keyring = request.app.state.keyring
    return keyring


@router.get("/v1/polls", **public(NotAuthenticatedError, InvalidCursorError, fresh_for=0))
async def list_polls(
    request: Request,
    session: Reads,
    caller: AnyCaller,
    now: Now,
    page: PageOf,
    ward: Annotated[WardField | None, Query()] = None,
    borough: Annotated[BoroughField | None, Query()] = None,
    status: Annotated[StatusFilter | None, Query()] = None,
    round_id: Annotated[UUID | None, Query(alias="round")] = None,
) -> PageOut[PollOut]:
    """List ward polls, newest first; drafts only to the teams of their area."""
    wanted = PollFilter(ward_code=ward, borough_code=borough, round_id=round_id, status=status)
    found = await polls_queries.list_polls(session, caller, page, wanted=wanted, at=now)
    items = await polls_queries.show_polls(session, found.items, at=now)
    return PageOut[PollOut](items=items, next=next_url(request, found))


@router.get("/v1/polls/{poll_id}", **public(NotAuthenticatedError, NotFoundError, fresh_for=0))
async def get_poll(
    session: Reads, response: Response, caller: AnyCaller, now: Now, poll_id: UUID
) -> PollOut:
    """Get one poll, with its options and no more of its turnout than tens."""
    poll = await polls_queries.get_poll(session, caller, poll_id)
    tagged(response, poll.version)
    return (await polls_queries.show_polls(session, [poll], at=now))[0]


@router.get(
    "/v1/polls/{poll_id}/result",
    **public(NotAuthenticatedError, NotFoundError, ResultNotPublishedError, fresh_for=0),
)
async def get_poll_result(session: Reads, caller: AnyCaller, poll_id: UUID) -> PollResultOut:
    """Get a published result, told as fully as its turnout allows."""
    return await poll_results.get_result(session, caller, poll_id)


@router.get("/v1/polls/{poll_id}/manifest", response_model=ManifestOut, **public(NotFoundError))
async def get_poll_manifest(session: Reads, poll_id: UUID) -> Response:
    """Get what was fixed when a poll was scheduled, as the bytes that `manifest_sha256` hashes."""
    manifest = await polls_queries.get_manifest(session, poll_id)
    return Response(canonical(manifest), media_type="application/json")


@router.post(
    "/v1/polls",
    status_code=201,
    **guarded(LEADERS, NotFoundError, InvalidRequestError, PollExistsError, *IDEMPOTENCY_REFUSALS),
)
async def create_poll(
    session: Writes, response: Response, caller: SignedIn, now: Now, poll: PollIn
) -> PollOut:
    """Draft the poll of a ward in a round."""
    made = await polls.create_poll(session, caller, poll=poll, now=now)
    response.headers["Location"] = f"/v1/polls/{made.id}"
    tagged(response, made.version)
    return (await polls_queries.show_polls(session, [made], at=now))[0]


@router.patch(
    "/v1/polls/{poll_id}",
    **signed_twice(
        guarded(
            LEADERS,
            NotFoundError,
            InvalidRequestError,
            ReasonRequiredError,
            SecondPersonRequiredError,
            PollFrozenError,
            PollMoveRefusedError,
            KeysMissingError,
            BallotBoxDamagedError,
            *EDIT_REFUSALS,
        )
    ),
)
async def change_poll(
    request: Request,
    session: Writes,
    response: Response,
    caller: SignedIn,
    now: Now,
    expected: IfMatch,
    poll_id: UUID,
    patch: PollPatchIn,
) -> PollOut:
    """Edit a draft, or move a poll: schedule, open, close early, count, publish or cancel it."""
    poll = await polls.change_poll(
        session,
        keyring_of(request),
        caller,
        poll_id=poll_id,
        patch=patch,
        expected=expected,
    )
    tagged(response, poll.version)
    return (await polls_queries.show_polls(session, [poll], at=now))[0]


@router.get("/v1/rounds", **public(InvalidCursorError, fresh_for=0))
async def list_rounds(
    request: Request, session: Reads, now: Now, page: PageOf
) -> PageOut[RoundOut]:
    """List the rounds, newest first."""
    found = await polls_queries.list_rounds(session, page)
    items = [polls_queries.show_round(item, at=now) for item in found.items]
    return PageOut[RoundOut](items=items, next=next_url(request, found))


@router.get("/v1/rounds/{round_id}", **public(NotFoundError, fresh_for=0))
async def get_round(session: Reads, response: Response, now: Now, round_id: UUID) -> RoundOut:
    """Get one round with the key its ballots are sealed to."""
    found = await polls_queries.get_round(session, round_id)
    tagged(response, found.version)
    return polls_queries.show_round(found, at=now)


@router.post(
    "/v1/rounds",
    status_code=201,
    **guarded(LEADERS, NotFoundError, InvalidRequestError, *IDEMPOTENCY_REFUSALS),
)
async def create_round(
    request: Request,
    session: Writes,
    response: Response,
    caller: SignedIn,
    now: Now,
    round_: RoundIn,
) -> RoundOut:
    """Make a round of ward polls, and the keys its ballots are sealed with."""
    made = await polls.create_round(session, keyring_of(request), caller, round_=round_, now=now)
    response.headers["Location"] = f"/v1/rounds/{made.id}"
    tagged(response, made.version)
    return polls_queries.show_round(made, at=now)
