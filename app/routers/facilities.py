"""Police buildings and their hours: lists, maps and tables for anyone, kept by the leaders."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from app.dependencies import (
    EDIT_REFUSALS,
    IDEMPOTENCY_REFUSALS,
    BoroughCode,
    IfMatch,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Today,
    Writes,
    guarded,
    next_url,
)
from app.domain.facilities import FacilityKind
from app.domain.identity import LEADERS
from app.errors import (
    BusyError,
    FacilityClosedError,
    FacilityOutsideBoroughError,
    InvalidCursorError,
    InvalidRequestError,
    NotAcceptableError,
    NotFoundError,
    NotPolicedByMetError,
    ReasonRequiredError,
)
from app.operations import facilities, facilities_queries
from app.operations.facilities_queries import FacilityFilter
from app.operations.wards import get_borough
from app.pagination import PageRequest
from app.representations import offering, wanted_format
from app.routers.coverage import Period
from app.routers.events import Index
from app.routers.facilities_formats import (
    as_csv,
    as_geojson,
    counters_out,
    detail_out,
    facility_out,
)
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.facilities import (
    CounterSpansOut,
    FacilityDetailOut,
    FacilityIn,
    FacilityOut,
    FacilityPatchIn,
    HoursIn,
)

router = APIRouter(tags=["facilities"], route_class=ServiceRoute)

CEILING = 1000
"""Maps and tables hold all that is asked for, up to this many; a Link names the rest."""


async def read_filter(
    today: Today,
    on: Annotated[
        date | None, Query(description="The day to answer for; today if left out.")
    ] = None,
    borough: Annotated[
        str | None, Query(pattern=r"^E09\d{6}$", description="Only those of this borough.")
    ] = None,
    kind: Annotated[FacilityKind | None, Query(description="Only this kind.")] = None,
    open_24_7: Annotated[
        bool | None, Query(description="Whether it never closes on that day.")
    ] = None,
    with_closed: Annotated[
        bool | None, Query(description="Whether to add those not in service that day.")
    ] = None,
) -> FacilityFilter:
    """Return which facilities are asked for."""
    return FacilityFilter(on or today, borough, kind, open_24_7, bool(with_closed))


Wanted = Annotated[FacilityFilter, Depends(read_filter)]
Format = Annotated[
    str | None,
    Query(max_length=10, description="`json` (paged), `geojson` or `csv`; wins over `Accept`."),
]


@router.get(
    "/v1/facilities",
    response_model=PageOut[FacilityOut],
    **offering(public(InvalidCursorError, NotAcceptableError, BusyError), "geojson", "csv"),
)
async def list_facilities(
    request: Request,
    session: Reads,
    wanted: Wanted,
    page: PageOf,
    index: Index,
    f: Format = None,  # noqa: ARG001 - `wanted_format` reads it
) -> PageOut[FacilityOut] | Response:
    """List facilities as they stood on a day: a page of JSON, or a GeoJSON map or CSV."""
    kind = wanted_format(request, "json", "geojson", "csv")
    asked = page if kind == "json" else PageRequest(CEILING, page.cursor)
    found = await facilities_queries.list_facilities(session, wanted, asked)
    items = [facility_out(row, index, wanted.on) for row in found.items]
    following = next_url(request, found)
    if kind == "json":
        return PageOut[FacilityOut](items=items, next=following)
    response = as_geojson(items) if kind == "geojson" else as_csv(items)
    if following is not None:
        response.headers["link"] = f'<{following}>; rel="next"'
    return response


@router.get("/v1/facilities/{facility_id}", **public(NotFoundError, BusyError, fresh_for=0))
async def get_facility(
    session: Reads, facility_id: UUID, index: Index, now: Now, response: Response
) -> FacilityDetailOut:
    """Get one facility with the whole history of its hours, and whether it is open now."""
    facility = await facilities_queries.get_facility(session, facility_id)
    return detail_out(facility, index, now, response)


@router.get(
    "/v1/boroughs/{borough_code}/front-counters", **public(NotFoundError, InvalidRequestError)
)
async def get_borough_counters(
    session: Reads, borough_code: BoroughCode, period: Period
) -> CounterSpansOut:
    """Say on which days a borough had at least one front counter that never closes (C19)."""
    borough = await get_borough(session, borough_code)
    start, end = period
    found = await facilities_queries.counter_spans(
        session, start=start, end=end, borough_codes=[borough_code]
    )
    return counters_out(borough, found.get(borough_code), period)


@router.post(
    "/v1/facilities",
    status_code=201,
    **guarded(
        LEADERS,
        NotFoundError,
        NotPolicedByMetError,
        FacilityOutsideBoroughError,
        InvalidRequestError,
        BusyError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def create_facility(
    session: Writes, caller: SignedIn, body: FacilityIn, index: Index, now: Now, response: Response
) -> FacilityDetailOut:
    """Enter a facility; its hours follow on their own."""
    facility = await facilities.create_facility(
        session, caller, given=body, now=now, atlas_index=index
    )
    response.headers["location"] = f"/v1/facilities/{facility.id}"
    return detail_out(facility, index, now, response)


@router.patch(
    "/v1/facilities/{facility_id}",
    **guarded(
        LEADERS,
        NotFoundError,
        FacilityOutsideBoroughError,
        ReasonRequiredError,
        InvalidRequestError,
        BusyError,
        *EDIT_REFUSALS,
    ),
)
async def edit_facility(
    session: Writes,
    caller: SignedIn,
    facility_id: UUID,
    body: FacilityPatchIn,
    expected: IfMatch,
    index: Index,
    now: Now,
    response: Response,
) -> FacilityDetailOut:
    """Change what a facility is called or where it is, or close it for good with a reason."""
    facility = await facilities.edit_facility(
        session, caller, facility_id, patch=body, expected=expected, now=now, atlas_index=index
    )
    return detail_out(facility, index, now, response)


@router.put(
    "/v1/facilities/{facility_id}/hours",
    **guarded(
        LEADERS,
        NotFoundError,
        FacilityClosedError,
        ReasonRequiredError,
        InvalidRequestError,
        BusyError,
        *EDIT_REFUSALS,
    ),
)
async def set_facility_hours(
    session: Writes,
    caller: SignedIn,
    facility_id: UUID,
    body: HoursIn,
    expected: IfMatch,
    index: Index,
    now: Now,
    response: Response,
) -> FacilityDetailOut:
    """Say which hours a facility keeps from a day on; the hours before stay in its history."""
    facility = await facilities.set_hours(
        session, caller, facility_id, given=body, expected=expected, now=now
    )
    return detail_out(facility, index, now, response)
