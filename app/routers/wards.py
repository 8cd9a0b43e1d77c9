"""Places: boroughs, wards, their boundaries and editions."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.dependencies import BoroughCode, PageOf, Reads, WardCode, atlas_of, next_url
from app.errors import (
    BusyError,
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
)
from app.geometry import shape_of
from app.operations import wards
from app.representations import feature, geojson_response
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.wards import (
    AreaOut,
    BoroughOut,
    BoundaryEditionOut,
)

router = APIRouter(tags=["places"], route_class=ServiceRoute)


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
