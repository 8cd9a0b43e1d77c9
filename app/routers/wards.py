"""Places: the look-up by point and postcode, boroughs, wards, their boundaries and editions."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import BoroughCode, PageOf, Reads, Today, WardCode, next_url
from app.errors import (
    BusyError,
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
    OutsideCoverageError,
    PostcodeNotFoundError,
)
from app.geometry import shape_of
from app.operations import locate, wards
from app.operations.atlas import Atlas
from app.representations import feature, geojson_response
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.wards import (
    AreaOut,
    BoroughOut,
    BoundaryEditionOut,
    EditionOut,
    Latitude,
    LocationOut,
    Longitude,
)

router = APIRouter(tags=["places"], route_class=ServiceRoute)


def atlas_of(request: Request) -> Atlas:
    """Return the process's atlas."""
    atlas: Atlas = request.app.state.atlas
    return atlas


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
        InvalidRequestError, OutsideCoverageError, PostcodeNotFoundError, BusyError, fresh_for=0
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
    atlas = atlas_of(request)
    index = await atlas.get(locate.parse_day(as_of, today))
    if postcode is not None and lat is None and lng is None:
        found = await locate.locate_postcode(session, index, await atlas.get(), postcode)
    elif lat is not None and lng is not None and postcode is None:
        found = locate.locate_point(index, lng, lat)
    else:
        raise InvalidRequestError("Send either lat and lng, or postcode.", pointer="lat")
    return location_out(found)


@router.get("/v1/boroughs", **public(BusyError))
async def list_boroughs(request: Request, session: Reads) -> PageOut[BoroughOut]:
    """List the 32 boroughs and the City."""
    index = await atlas_of(request).get()
    rows = await wards.list_boroughs(session)
    return PageOut[BoroughOut](items=[borough_out(b, index) for b in rows], next=None)


@router.get("/v1/boroughs/{borough_code}", **public(NotFoundError, BusyError))
async def get_borough(request: Request, session: Reads, borough_code: BoroughCode) -> BoroughOut:
    """Get one borough."""
    index = await atlas_of(request).get()
    return borough_out(await wards.get_borough(session, borough_code), index)


def borough_out(borough: Any, index: Any) -> BoroughOut:
    """Return a borough with the number of wards it has in an edition."""
    count = sum(entry.borough_code == borough.code for entry in index.entries)
    return BoroughOut(
        code=borough.code, name=borough.name, police_force=borough.police_force, wards=count
    )


@router.get("/v1/boundary-editions", **public(InvalidCursorError))
async def list_boundary_editions(
    request: Request, session: Reads, page: PageOf
) -> PageOut[BoundaryEditionOut]:
    """List every boundary edition loaded, newest first."""
    found = await wards.list_editions(session, page)
    items = [BoundaryEditionOut.model_validate(edition) for edition in found.items]
    return PageOut[BoundaryEditionOut](items=items, next=next_url(request, found))


@router.get("/v1/wards/{ward_code}/boundary", **public(NotFoundError))
async def get_ward_boundary(session: Reads, ward_code: WardCode) -> Response:
    """Get a ward's boundary as a GeoJSON feature, longitude first."""
    ward = await wards.get_ward(session, ward_code)
    properties = {"code": ward.code, "name": ward.name, "boundary_status": ward.boundary_status}
    return geojson_response(feature(shape_of(ward.boundary), properties, ward.code))


@router.get("/v1/wards", **public(InvalidRequestError, BusyError))
async def list_wards(request: Request) -> PageOut[AreaOut]:
    """List the wards in force."""
    index = await atlas_of(request).get()
    return PageOut[AreaOut](
        items=[AreaOut(code=e.code, name=e.name) for e in index.entries[:200]], next=None
    )
