"""The look-up: the ward, borough and force of a point or postcode; the hottest route of all."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.types import Scope

from app import problems
from app.answers import Prepared
from app.dependencies import Reads, Today, atlas_of
from app.errors import (
    BoundariesUnknownError,
    BusyError,
    InvalidRequestError,
    OutsideCoverageError,
    PostcodeNotFoundError,
)
from app.operations import locate
from app.operations.atlas import EditionIndex, WardEntry
from app.routing import VARY, ServiceRoute, caching, etag_of, header, public
from app.schemas.wards import EditionOut, Latitude, LocationOut, Longitude

FRESH_S = 60
MAX_LATITUDE, MAX_LONGITUDE = 90, 180
CACHING = caching(FRESH_S).encode()
PLACEHOLDER = 98765.4321


class LocateRoute(ServiceRoute):
    """Answers the plain `?lat=…&lng=…` at once; anything else goes FastAPI's way, to the same."""

    def answer_at_once(self, scope: Scope) -> Response | None:
        """Return the answer for a plain point, or `None` to let FastAPI make one."""
        index: EditionIndex | None = scope["app"].state.atlas.current
        place = plain_point(scope["query_string"])
        if index is None or place is None or header(scope, b"if-none-match") is not None:
            return None
        entry = index.ward_at(place[1], place[0])
        if entry is None:
            return problems.render_refusal(locate.outside_coverage(place[1], place[0]))
        return answer_inside(index, entry, place[1], place[0])


def answer_inside(
    index: EditionIndex, entry: WardEntry, longitude: float, latitude: float
) -> Response:
    """Return the answer for a point inside a ward, from the ward's ready text and the distance."""
    location = locate.locate_inside(index, entry, longitude, latitude)
    parts = index.ready.get(entry.code)
    if parts is None:
        parts = index.ready[entry.code] = ready_parts(location)
    near = parts[2] if location.near_boundary else parts[1]
    body = b"%b%b%b" % (parts[0], repr(location.distance_m).encode(), near)
    return Prepared(
        body,
        200,
        [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
            (b"etag", etag_of(body).encode()),
            (b"cache-control", CACHING),
            (b"vary", VARY.encode()),
        ],
    )


def ready_parts(location: locate.Location) -> tuple[bytes, ...]:
    """Return a ward's answer up to the distance, and after it when far and when near."""
    told = location_out(location).model_copy(update={"distance_to_boundary_m": PLACEHOLDER})
    mark = str(PLACEHOLDER).encode()
    texts = [
        told.model_copy(update={"near_boundary": near}).model_dump_json().encode()
        for near in (False, True)
    ]
    before, _, far = texts[0].partition(mark)
    return before, far, texts[1].partition(mark)[2]


def plain_point(query: bytes) -> tuple[float, float] | None:
    """Return latitude and longitude of exactly `lat=…&lng=…` in either order, else `None`."""
    first, _, second = query.partition(b"&")
    if first.startswith(b"lng="):
        first, second = second, first
    if not (first.startswith(b"lat=") and second.startswith(b"lng=")):
        return None
    try:
        latitude, longitude = float(first[4:]), float(second[4:])
    except ValueError:
        return None
    if abs(latitude) <= MAX_LATITUDE and abs(longitude) <= MAX_LONGITUDE:
        return latitude, longitude
    return None


router = APIRouter(tags=["places"], route_class=LocateRoute)


def location_out(location: locate.Location) -> LocationOut:
    """Return a location in the shape that crosses the wire."""
    entry, edition = location.entry, location.index.edition
    return LocationOut.model_validate(
        {
            "ward": {"code": entry.code, "name": entry.name},
            "borough": {"code": entry.borough_code, "name": entry.borough_name},
            "police_force": entry.police_force,
            "edition": EditionOut.model_validate(edition),
            "matched_by": location.matched_by,
            "certainty": location.certainty,
            "distance_to_boundary_m": location.distance_m,
            "near_boundary": location.near_boundary,
            "postcode": location.postcode,
        }
    )


@router.get(
    "/v1/locate",
    **public(
        InvalidRequestError,
        BoundariesUnknownError,
        OutsideCoverageError,
        PostcodeNotFoundError,
        BusyError,
        fresh_for=FRESH_S,
    ),
)
async def locate_place(
    request: Request,
    today: Today,
    session: Reads,
    lat: Annotated[
        Latitude | None, Query(description="Latitude, WGS 84 degrees.", examples=[51.4613])
    ] = None,
    lng: Annotated[
        Longitude | None, Query(description="Longitude, WGS 84 degrees.", examples=[-0.0106])
    ] = None,
    postcode: Annotated[
        str | None, Query(max_length=12, description="Any spacing and case.", examples=["SE13 6LG"])
    ] = None,
    as_of: Annotated[date | None, Query(description="The day to answer for.")] = None,
) -> LocationOut:
    """Find the ward, borough and police force of a point or postcode."""
    index = await atlas_of(request).get(locate.parse_day(as_of, today))
    if postcode is not None and lat is None and lng is None:
        found = await locate.locate_postcode(session, index, postcode)
    elif lat is not None and lng is not None and postcode is None:
        found = locate.locate_point(index, lng, lat)
    else:
        raise InvalidRequestError("Send either lat and lng, or postcode.", pointer="lat")
    return location_out(found)
