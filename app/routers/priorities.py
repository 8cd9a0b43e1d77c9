"""Concerns, a ward's priorities and their history, actions and outcomes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.dependencies import (
    EDIT_REFUSALS,
    IDEMPOTENCY_REFUSALS,
    IfMatch,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Today,
    WardCode,
    Writes,
    guarded,
    next_url,
    tagged,
)
from app.domain.disputes import TargetKind
from app.domain.identity import DECIDERS, TEAM
from app.errors import (
    ActiveSetExistsError,
    IllegalPriorityMoveError,
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
    NotPolicedByMetError,
    OutcomeRequiredError,
    PriorityEndedError,
    PrioritySetClosedError,
    WardNotInForceError,
)
from app.operations import priorities, priorities_queries, priority_work
from app.operations.disputes_queries import counts_by_id, counts_of_outcomes
from app.operations.wards import get_ward
from app.routers.priority_answers import (
    changed_set_out,
    past_set_out,
    priority_out,
    priority_set_out,
)
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.priorities import (
    ActionIn,
    ActionOut,
    ConcernOut,
    OutcomeIn,
    OutcomeOut,
    PastPrioritySetOut,
    PriorityEditIn,
    PriorityOut,
    PrioritySetChangesOut,
    PrioritySetIn,
    PrioritySetOut,
    WardPrioritiesOut,
)
from app.schemas.wards import AreaOut

router = APIRouter(tags=["priorities"], route_class=ServiceRoute)

PriorityId = Annotated[UUID, Path(description="Identifier of a priority.")]
SetId = Annotated[UUID, Path(description="Identifier of a priority set.")]


@router.get("/v1/wards/{ward_code}/priorities", **public(NotFoundError))
async def get_ward_priorities(
    session: Reads, now: Now, today: Today, ward_code: WardCode
) -> WardPrioritiesOut:
    """Get a ward's active priorities, with their dates, latest actions, outcomes and review."""
    ward = await get_ward(session, ward_code)
    active = await priorities.find_active_set(session, ward.code)
    disputes = await counts_of_outcomes(session, active.priorities if active else (), now=now)
    return WardPrioritiesOut(
        ward=AreaOut.model_validate(ward),
        active_set=priority_set_out(active, today, disputes) if active else None,
    )


@router.get("/v1/wards/{ward_code}/priority-sets", **public(NotFoundError, InvalidCursorError))
async def list_ward_priority_sets(
    request: Request, session: Reads, now: Now, today: Today, ward_code: WardCode, page: PageOf
) -> PageOut[PastPrioritySetOut]:
    """List every priority set a ward has had, newest first, each with what it changed."""
    found = await priorities_queries.list_sets(session, ward_code, page)
    told = [priority.id for changed in found.items for priority in changed[0].priorities]
    disputes = await counts_by_id(session, TargetKind.PRIORITY_OUTCOME, told, now=now)
    items = [past_set_out(changed, today, disputes) for changed in found.items]
    return PageOut[PastPrioritySetOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/wards/{ward_code}/priority-sets",
    status_code=201,
    **guarded(
        DECIDERS,
        NotFoundError,
        InvalidRequestError,
        ActiveSetExistsError,
        WardNotInForceError,
        NotPolicedByMetError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def set_ward_priorities(
    body: PrioritySetIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    today: Today,
    ward_code: WardCode,
    response: Response,
) -> PrioritySetOut:
    """Set the priorities of a ward that has no active ones; later sets come by a refresh."""
    opened = await priorities.set_first_priorities(
        session, caller, ward_code, body, now=now, today=today
    )
    response.headers["Location"] = f"/v1/priority-sets/{opened.id}"
    return priority_set_out(opened, today, {})  # nothing of it has ended


@router.get("/v1/priority-sets/{set_id}", **public(NotFoundError))
async def get_priority_set(
    session: Reads, now: Now, today: Today, set_id: SetId
) -> PrioritySetChangesOut:
    """Get one priority set in full, active or past, and what it changed."""
    found = await priorities_queries.get_changed_set(session, set_id)
    disputes = await counts_of_outcomes(session, found[0].priorities, now=now)
    return changed_set_out(found, today, disputes)


@router.get("/v1/priorities/{priority_id}", **public(NotFoundError))
async def get_priority(
    session: Reads, now: Now, today: Today, priority_id: PriorityId, response: Response
) -> PriorityOut:
    """Get one priority with its latest actions and every outcome claimed."""
    found = await priorities_queries.get_priority(session, priority_id)
    tagged(response, found.version)
    disputes = await counts_of_outcomes(session, [found], now=now)
    return priority_out(found, found.priority_set, today, disputes)


@router.patch(
    "/v1/priorities/{priority_id}",
    **guarded(
        TEAM,
        NotFoundError,
        InvalidRequestError,
        PrioritySetClosedError,
        PriorityEndedError,
        OutcomeRequiredError,
        IllegalPriorityMoveError,
        *EDIT_REFUSALS,
    ),
)
async def edit_priority(
    body: PriorityEditIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    today: Today,
    priority_id: PriorityId,
    expected: IfMatch,
    response: Response,
) -> PriorityOut:
    """Edit a priority of the active set; both versions stay in the audit trail."""
    edited = await priority_work.edit_priority(
        session, caller, priority_id, body, expected=expected, now=now
    )
    tagged(response, edited.version)
    disputes = await counts_of_outcomes(session, [edited], now=now)
    return priority_out(edited, edited.priority_set, today, disputes)


@router.get("/v1/priorities/{priority_id}/actions", **public(NotFoundError, InvalidCursorError))
async def list_priority_actions(
    request: Request, session: Reads, priority_id: PriorityId, page: PageOf
) -> PageOut[ActionOut]:
    """List what was done or planned about a priority, the latest recorded first."""
    found = await priorities_queries.list_actions(session, priority_id, page)
    items = [ActionOut.model_validate(action) for action in found.items]
    return PageOut[ActionOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/priorities/{priority_id}/actions",
    status_code=201,
    **guarded(
        TEAM,
        NotFoundError,
        InvalidRequestError,
        PrioritySetClosedError,
        PriorityEndedError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def record_priority_action(
    body: ActionIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    today: Today,
    priority_id: PriorityId,
    response: Response,
) -> ActionOut:
    """Record what was done, or is planned, about a priority: "you said, we did"."""
    action = await priority_work.record_action(
        session, caller, priority_id, body, now=now, today=today
    )
    response.headers["Location"] = f"/v1/priorities/{priority_id}/actions"
    return ActionOut.model_validate(action)


@router.post(
    "/v1/priorities/{priority_id}/outcomes",
    status_code=201,
    **guarded(
        DECIDERS,
        NotFoundError,
        InvalidRequestError,
        IllegalPriorityMoveError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def record_priority_outcome(
    body: OutcomeIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    priority_id: PriorityId,
    response: Response,
) -> OutcomeOut:
    """End a priority with a typed outcome and its evidence; a later outcome corrects it."""
    outcome = await priority_work.record_outcome(session, caller, priority_id, body, now=now)
    response.headers["Location"] = f"/v1/priorities/{priority_id}"
    return OutcomeOut.model_validate(outcome)


@router.get("/v1/concerns", **public(fresh_for=3600))
async def list_concerns(session: Reads) -> PageOut[ConcernOut]:
    """List the concerns that priorities and polls are about."""
    found = await priorities_queries.list_concerns(session)
    items = [ConcernOut.model_validate(concern) for concern in found]
    return PageOut[ConcernOut](items=items, next=None)
