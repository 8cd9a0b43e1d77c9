"""Single community events: preparing, changing and recording them; and the borough quota."""

from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.database import ReadSession, WriteSession
from app.dependencies import (
    EDIT_REFUSALS,
    IDEMPOTENCY_REFUSALS,
    AnyCaller,
    BoroughCode,
    IfMatch,
    Now,
    Reads,
    SignedIn,
    Today,
    Writes,
    atlas_of,
    guarded,
    read_if_match,
    tagged,
)
from app.domain.identity import TEAM
from app.errors import (
    BusyError,
    EventClosedError,
    EventMoveRefusedError,
    EventNotStartedError,
    EventOutsideBoroughError,
    InvalidRequestError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    ReasonRequiredError,
)
from app.models.events import CommunityEvent
from app.operations import events, events_queries, events_records, events_shapes
from app.operations.atlas import EditionIndex
from app.operations.disputes_queries import counts_of_records
from app.operations.event_quotas import measure_event_quota
from app.operations.wards import get_borough
from app.routing import ServiceRoute, public
from app.schemas.events import EventIn, EventOut, EventPatchIn, EventQuotaOut, EventRecordIn

router = APIRouter(tags=["events"], route_class=ServiceRoute)


async def read_index(request: Request) -> EditionIndex:
    """Return the wards of the edition in force."""
    return await atlas_of(request).get()


Index = Annotated[EditionIndex, Depends(read_index)]


class Precondition(NamedTuple):
    """Whether If-Match was sent, and the version it names (`None` for any)."""

    given: bool
    version: int | None


async def read_optional_if_match(request: Request) -> Precondition:
    """Return the version an edit was based on, where the caller names one."""
    if "if-match" not in request.headers:
        return Precondition(given=False, version=None)
    return Precondition(given=True, version=await read_if_match(request))


OptionalIfMatch = Annotated[Precondition, Depends(read_optional_if_match)]


async def show(
    session: ReadSession | WriteSession,
    event: CommunityEvent,
    index: EditionIndex,
    now: Now,
    response: Response,
) -> EventOut:
    """Return an event in the shape that crosses the wire, tagged with its version."""
    tagged(response, event.version)
    names = await events_queries.find_names(session, [event], index)
    disputes = await counts_of_records(session, [event], now=now)
    return events_shapes.describe_event(event, names, disputes, now=now)


def recorded_first(declared: dict[str, Any]) -> dict[str, Any]:
    """Declare, beside 200, the 201 of a first record."""
    first = {"model": EventOut, "description": "Recorded for the first time."}
    return {**declared, "responses": {**declared["responses"], 201: first}}


@router.get("/v1/boroughs/{borough_code}/event-quota", **public(NotFoundError))
async def get_event_quota(
    session: Reads, borough_code: BoroughCode, now: Now, today: Today
) -> EventQuotaOut:
    """Say whether a borough held the open events the plan promises (C06), under each reading."""
    borough = await get_borough(session, borough_code)
    lines = await measure_event_quota(session, borough_code, now=now, today=today)
    return events_shapes.describe_quota(borough, lines, today=today)


@router.post(
    "/v1/events",
    status_code=201,
    **guarded(
        TEAM,
        InvalidRequestError,
        EventOutsideBoroughError,
        BusyError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def create_event(
    body: EventIn, session: Writes, caller: SignedIn, index: Index, now: Now, response: Response
) -> EventOut:
    """Prepare an event; it is a draft until it is published."""
    event = await events.create_event(session, caller, event=body, now=now, atlas_index=index)
    response.headers["location"] = f"/v1/events/{event.id}"
    return await show(session, event, index, now, response)


@router.get(
    "/v1/events/{event_id}",
    **public(NotFoundError, NotAuthenticatedError, NotAllowedError, BusyError),
)
async def get_event(
    session: Reads, event_id: UUID, caller: AnyCaller, index: Index, now: Now, response: Response
) -> EventOut:
    """Get one event; a draft only as a team of its area."""
    event = await events_queries.get_event(session, event_id, caller)
    return await show(session, event, index, now, response)


@router.patch(
    "/v1/events/{event_id}",
    **guarded(
        TEAM,
        NotFoundError,
        InvalidRequestError,
        ReasonRequiredError,
        EventOutsideBoroughError,
        EventMoveRefusedError,
        EventClosedError,
        BusyError,
        *EDIT_REFUSALS,
    ),
)
async def edit_event(
    event_id: UUID,
    body: EventPatchIn,
    session: Writes,
    caller: SignedIn,
    expected: IfMatch,
    index: Index,
    now: Now,
    response: Response,
) -> EventOut:
    """Change an event, publish, postpone or cancel it, or say that it was not held."""
    event = await events.edit_event(
        session, caller, event_id, patch=body, expected=expected, now=now, atlas_index=index
    )
    return await show(session, event, index, now, response)


@router.put(
    "/v1/events/{event_id}/record",
    **recorded_first(
        guarded(
            TEAM,
            NotFoundError,
            InvalidRequestError,
            EventMoveRefusedError,
            EventNotStartedError,
            BusyError,
            *EDIT_REFUSALS,
        )
    ),
)
async def record_event(
    event_id: UUID,
    body: EventRecordIn,
    session: Writes,
    caller: SignedIn,
    sent: OptionalIfMatch,
    index: Index,
    now: Now,
    response: Response,
) -> EventOut:
    """Record what happened at an event, which makes it held; replacing a record needs If-Match."""
    event, first = await events_records.record_event(
        session,
        caller,
        event_id,
        record=body,
        now=now,
        expected=sent.version,
        may_replace=sent.given,
    )
    response.status_code = 201 if first else 200
    return await show(session, event, index, now, response)
