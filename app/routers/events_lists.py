"""Community events by area, as pages, maps, tables and calendars to subscribe to."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from app.database import ReadSession
from app.dependencies import BoroughCode, Now, PageOf, Reads, Today, WardCode, next_url
from app.domain.events import EventKind, check_days
from app.errors import (
    BusyError,
    InvalidCursorError,
    InvalidRequestError,
    NotAcceptableError,
    NotFoundError,
    ServiceError,
)
from app.operations import events_queries, events_shapes
from app.operations.atlas import EditionIndex
from app.operations.disputes_queries import counts_of_records
from app.operations.events_queries import EventArea, EventFilter
from app.pagination import PageRequest
from app.representations import MEDIA_TYPES, wanted_format
from app.routers.events import Index
from app.routers.events_formats import as_calendar, as_csv, as_geojson
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.events import EventOut

router = APIRouter(tags=["events"], route_class=ServiceRoute)

FORMATS = ("json", "geojson", "csv", "ics")
CEILING = 1000
"""Maps, tables and calendars hold all that is asked for, up to this many, the soonest first."""
CALENDAR_LOOKS_BACK = timedelta(days=90)
"""How far back a calendar reaches when no day is named."""

PublicStatus = Literal["published", "postponed", "held", "not_held", "cancelled"]


async def read_filter(
    starts_from: Annotated[
        date | None,
        Query(alias="from", description="London day; events that end before it are left out."),
    ] = None,
    to: Annotated[
        date | None,
        Query(description="London day, not included; events from it on are left out."),
    ] = None,
    kind: Annotated[list[EventKind], Query(max_length=10, description="Repeat for several.")] = [],  # noqa: B006 - FastAPI copies it
    status: Annotated[
        list[PublicStatus], Query(max_length=10, description="Repeat for several.")
    ] = [],  # noqa: B006 - FastAPI copies it
    open_to_all: Annotated[bool | None, Query(description="Whether anyone may come.")] = None,
) -> EventFilter:
    """Return which events are asked for."""
    check_days(starts_from, to)
    return EventFilter(starts_from, to, tuple(kind), tuple(status), open_to_all)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that an answer with events is made from."""

    request: Request
    session: ReadSession
    index: EditionIndex
    wanted: EventFilter
    now: datetime
    today: date


async def read_question(
    request: Request,
    session: Reads,
    index: Index,
    wanted: Annotated[EventFilter, Depends(read_filter)],
    now: Now,
    today: Today,
) -> Asked:
    """Return all that an answer with events is made from."""
    return Asked(request, session, index, wanted, now, today)


Question = Annotated[Asked, Depends(read_question)]


async def read_format(
    request: Request,
    f: Annotated[
        str | None,
        Query(
            max_length=10,
            description="`json` (paged), `geojson`, `csv` or `ics`; wins over `Accept`.",
            json_schema_extra={"enum": list(FORMATS)},
        ),
    ] = None,
) -> str:
    """Return the format asked for, by `f` or `Accept`."""
    del f  # read together with Accept
    return wanted_format(request, *FORMATS)


Format = Annotated[str, Depends(read_format)]
Listing = PageOut[EventOut] | Response


def listed(*refusals: type[ServiceError]) -> dict[str, Any]:
    """Declare a public list of events in every format."""
    declared = public(
        *refusals, BusyError, InvalidCursorError, InvalidRequestError, NotAcceptableError
    )
    shapes = {"geojson": "object", "csv": "string", "ics": "string"}
    content = {MEDIA_TYPES[name]: {"schema": {"type": kind}} for name, kind in shapes.items()}
    declared["responses"][200] = {"description": "The events, soonest first.", "content": content}
    return {**declared, "response_model": PageOut[EventOut]}


def subscribed() -> dict[str, Any]:
    """Declare a public calendar."""
    declared = public(NotFoundError, BusyError, InvalidRequestError)
    content = {MEDIA_TYPES["ics"]: {"schema": {"type": "string"}}}
    declared["responses"][200] = {"description": "The calendar.", "content": content}
    return {**declared, "response_class": Response}


async def answer_list(question: Asked, area: EventArea, page: PageRequest, chosen: str) -> Listing:
    """Return one page as JSON, or everything up to the ceiling in the other formats."""
    if chosen != "json":
        return await answer_export(question, area, chosen, page)
    found, next_page = await fetch_events(question, area, page)
    return PageOut[EventOut](items=found, next=next_page)


async def answer_export(
    question: Asked, area: EventArea, chosen: str, page: PageRequest | None = None
) -> Response:
    """Return an area's events in one file, up to the ceiling.

    Where it cuts a paged address, a Link names the rest; a subscribed calendar has no pages.
    """
    if chosen == "ics" and question.wanted.starts_from is question.wanted.to is None:
        earliest = question.today - CALENDAR_LOOKS_BACK
        question = replace(question, wanted=replace(question.wanted, starts_from=earliest))
    cursor = None if page is None else page.cursor
    found, next_page = await fetch_events(question, area, PageRequest(CEILING, cursor))
    base_url = question.request.app.state.settings.base_url
    response = await render_events(found, chosen, area, base_url)
    if page is not None and next_page is not None:
        response.headers["link"] = f'<{next_page}>; rel="next"'
    return response


async def fetch_events(
    question: Asked, area: EventArea, page: PageRequest
) -> tuple[list[EventOut], str | None]:
    """Return one page of events as they cross the wire, and the address of the next."""
    session, now = question.session, question.now
    found = await events_queries.list_events(session, area, question.wanted, page)
    names = await events_queries.find_names(session, found.items, question.index)
    disputes = await counts_of_records(session, found.items, now=now)
    described = [
        events_shapes.describe_event(event, names, disputes, now=now) for event in found.items
    ]
    return described, next_url(question.request, found)


async def render_events(
    found: list[EventOut], chosen: str, area: EventArea, base_url: str
) -> Response:
    """Return events in one of the formats beside JSON."""
    if chosen == "geojson":
        return as_geojson(found)
    if chosen == "csv":
        return as_csv(found, area.code)
    return await as_calendar(found, area.code, f"Police events: {area.name}", base_url)


@router.get("/v1/boroughs/{borough_code}/events", **listed(NotFoundError))
async def list_borough_events(
    question: Question, page: PageOf, borough_code: BoroughCode, chosen: Format
) -> Listing:
    """List a borough's events, soonest first."""
    area = await events_queries.area_of_borough(question.session, borough_code)
    return await answer_list(question, area, page, chosen)


@router.get("/v1/wards/{ward_code}/events", **listed(NotFoundError))
async def list_ward_events(
    question: Question, page: PageOf, ward_code: WardCode, chosen: Format
) -> Listing:
    """List a ward's events and those its borough holds for all its wards, soonest first."""
    area = await events_queries.area_of_ward(question.session, ward_code)
    return await answer_list(question, area, page, chosen)


@router.get("/v1/boroughs/{borough_code}/events.ics", **subscribed())
async def get_borough_calendar(question: Question, borough_code: BoroughCode) -> Response:
    """Get a borough's events as a calendar to subscribe to."""
    area = await events_queries.area_of_borough(question.session, borough_code)
    return await answer_export(question, area, "ics")


@router.get("/v1/wards/{ward_code}/events.ics", **subscribed())
async def get_ward_calendar(question: Question, ward_code: WardCode) -> Response:
    """Get a ward's events as a calendar to subscribe to."""
    area = await events_queries.area_of_ward(question.session, ward_code)
    return await answer_export(question, area, "ics")


@router.get("/v1/events", **listed())
async def list_events(question: Question, page: PageOf, chosen: Format) -> Listing:
    """List events all over London, soonest first."""
    return await answer_list(question, EventArea(), page, chosen)
