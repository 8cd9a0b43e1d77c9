"""One ward in one call: where it stands, and on request its team, priorities, polls and events."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import Now, Reads, Today, WardCode, atlas_of
from app.errors import BoundariesUnknownError, BusyError, InvalidRequestError, NotFoundError
from app.operations import events_queries, polls_queries, priorities, teams_queries, wards
from app.operations.atlas import Atlas
from app.operations.disputes_queries import counts_of_outcomes
from app.operations.events_shapes import describe_event
from app.operations.locate import parse_day
from app.routers.priority_answers import priority_set_out
from app.routers.wards import AsOf, ward_detail_out
from app.routing import ServiceRoute, public
from app.schemas.events import EventOut
from app.schemas.profiles import WardProfileOut
from app.schemas.teams import TeamOut

router = APIRouter(tags=["places"], route_class=ServiceRoute)

NEXT_EVENTS = 10
FRESH_S = 15
"""Polls open and close by the clock, so a profile is not kept long."""


class Part(StrEnum):
    """What a ward's profile can hold beside the ward itself."""

    TEAM = "team"
    PRIORITIES = "priorities"
    POLLS = "polls"
    EVENTS = "events"


Include = Annotated[
    str,
    Query(
        max_length=60,
        description="Parts to add, separated by commas: team, priorities, polls, events.",
        examples=["team,priorities,polls,events"],
    ),
]


@router.get(
    "/v1/wards/{ward_code}",
    **public(
        NotFoundError, InvalidRequestError, BoundariesUnknownError, BusyError, fresh_for=FRESH_S
    ),
)
async def get_ward(
    request: Request,
    session: Reads,
    response: Response,
    now: Now,
    today: Today,
    ward_code: WardCode,
    include: Include = "",
    as_of: AsOf = None,
) -> WardProfileOut:
    """Get one ward, in force or retired, with the parts of its profile that are asked for."""
    parts = parse_parts(include)
    found = await wards.describe_ward(session, ward_code, on=parse_day(as_of, today))
    response.headers.update(profile_headers(found, parts))
    told = await gather_parts(session, atlas_of(request), found, parts, now=now, today=today)
    return WardProfileOut(**ward_detail_out(found).model_dump(), **told)


def parse_parts(include: str) -> set[Part]:
    """Return the parts named in `include`, or raise `InvalidRequestError`."""
    names = {name.strip() for name in include.split(",")} - {""}
    if unknown := names - set(Part):
        raise InvalidRequestError(
            f"include knows {', '.join(Part)}, not {', '.join(sorted(unknown))}.", pointer="include"
        )
    return {Part(name) for name in names}


def profile_headers(found: wards.WardAccount, parts: set[Part]) -> dict[str, str]:
    """Return the headers that a profile's content calls for."""
    headers = {}
    if not found.in_force and found.successors:
        headers["link"] = ", ".join(
            f'</v1/wards/{s.code}>; rel="successor-version"' for s in found.successors
        )
    if Part.TEAM in parts:
        # A name hidden a moment ago must not live on in a cache that nobody asks.
        headers["cache-control"] = "public, no-cache"
    return headers


async def gather_parts(
    session: Reads,
    atlas: Atlas,
    found: wards.WardAccount,
    parts: set[Part],
    *,
    now: datetime,
    today: date,
) -> dict[str, Any]:
    """Return the parts of a ward's profile; what was not asked for is `None`."""
    told: dict[str, Any] = dict.fromkeys(Part)
    code = found.ward.code
    if Part.TEAM in parts:
        team = await teams_queries.list_team(session, code, on=today)
        told[Part.TEAM] = TeamOut.model_validate(team)
    if Part.PRIORITIES in parts:
        active = await priorities.find_active_set(session, code)
        disputes = await counts_of_outcomes(session, active.priorities if active else (), now=now)
        told[Part.PRIORITIES] = priority_set_out(active, today, disputes) if active else None
    if Part.POLLS in parts:
        polls = await polls_queries.open_polls_of(session, code, now)
        told[Part.POLLS] = await polls_queries.show_polls(session, polls, at=now)
    if Part.EVENTS in parts:
        told[Part.EVENTS] = await next_events(session, atlas, found, now=now)
    return told


async def next_events(
    session: Reads, atlas: Atlas, found: wards.WardAccount, *, now: datetime
) -> list[EventOut]:
    """Return the next events for a ward's residents, soonest first."""
    rows = await events_queries.upcoming_events_of(
        session, found.ward.code, found.ward.borough_code, now=now, limit=NEXT_EVENTS
    )
    names = await events_queries.find_names(session, rows, await atlas.get())
    return [describe_event(row, names, {}, now=now) for row in rows]  # no record yet
