"""Places: boroughs, wards, their boundaries and editions."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.answers import packed_response
from app.dependencies import BoroughCode, PageOf, Reads, Today, WardCode, atlas_of, next_url
from app.domain.wards import parse_box
from app.errors import (
    BoundariesUnknownError,
    BusyError,
    InvalidCursorError,
    InvalidRequestError,
    NotAcceptableError,
    NotFoundError,
)
from app.geometry import shape_of
from app.models.wards import Borough
from app.operations import ward_maps, wards
from app.operations.atlas import EditionIndex, WardEntry
from app.operations.locate import parse_day
from app.pagination import Page
from app.representations import (
    MEDIA_TYPES,
    csv_response,
    feature,
    geojson_response,
    offering,
    wanted_format,
)
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.wards import (
    AreaOut,
    BoroughOut,
    BoundaryEditionOut,
    EditionOut,
    PlaceOut,
    RelativeOut,
    WardDetailOut,
    WardOut,
)

router = APIRouter(tags=["places"], route_class=ServiceRoute)

AsOf = Annotated[date | None, Query(description="The day to answer for; today if left out.")]
Format = Annotated[
    str | None,
    Query(max_length=10, description="The format; wins over `Accept`.", examples=["json"]),
]
BoroughFilter = Annotated[
    str | None,
    Query(pattern=r"^E09\d{6}$", description="Only wards of this borough.", examples=["E09000023"]),
]
Box = Annotated[
    str | None,
    Query(
        max_length=100,
        description="Only wards that touch this box: west,south,east,north in degrees.",
        examples=["-0.05,51.40,0.04,51.50"],
    ),
]
CSV_HEADER = ("code", "name", "borough_code", "borough_name", "police_force", "boundary_status")


@router.get(
    "/v1/boroughs",
    response_model=PageOut[BoroughOut],
    **offering(public(NotAcceptableError, BusyError), "geojson"),
)
async def list_boroughs(
    request: Request,
    session: Reads,
    f: Format = None,  # noqa: ARG001 - `wanted_format` reads it
) -> PageOut[BoroughOut] | Response:
    """List the 32 boroughs and the City, also as a GeoJSON map."""
    index = await atlas_of(request).get()
    if wanted_format(request, "json", "geojson") == "geojson":
        found = await ward_maps.map_of_boroughs(index, session)
        return packed_response(request, found.plain, found.packed, MEDIA_TYPES["geojson"])
    rows = await wards.list_boroughs(session)
    return PageOut[BoroughOut](items=[borough_out(b, index) for b in rows], next=None)


@router.get("/v1/boroughs/{borough_code}", **public(NotFoundError, BusyError))
async def get_borough(request: Request, session: Reads, borough_code: BoroughCode) -> BoroughOut:
    """Get one borough."""
    index = await atlas_of(request).get()
    return borough_out(await wards.get_borough(session, borough_code), index)


def borough_out(borough: Borough, index: EditionIndex) -> BoroughOut:
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


@router.get(
    "/v1/wards",
    response_model=PageOut[WardOut],
    **offering(
        public(
            InvalidRequestError,
            InvalidCursorError,
            NotAcceptableError,
            BoundariesUnknownError,
            BusyError,
        ),
        "geojson",
        "csv",
    ),
)
async def list_wards(
    request: Request,
    today: Today,
    page: PageOf,
    borough: BoroughFilter = None,
    bbox: Box = None,
    as_of: AsOf = None,
    f: Format = None,  # noqa: ARG001 - `wanted_format` reads it
) -> PageOut[WardOut] | Response:
    """List the wards of a day: a page of JSON, or all at once as a GeoJSON map or CSV."""
    kind = wanted_format(request, "json", "geojson", "csv")
    index = await atlas_of(request).get(parse_day(as_of, today))
    entries = ward_maps.wards_within(index, borough, parse_box(bbox) if bbox else None)
    if kind == "geojson":
        found = await ward_maps.map_of_wards(index, entries, borough, boxed=bbox is not None)
        return packed_response(request, found.plain, found.packed, MEDIA_TYPES["geojson"])
    if kind == "csv":
        return csv_response("wards", CSV_HEADER, [csv_row(index, entry) for entry in entries])
    return ward_page_out(request, index, ward_maps.page_of_wards(entries, page))


def ward_page_out(request: Request, index: EditionIndex, page: Page[WardEntry]) -> PageOut[WardOut]:
    """Return a page of wards in the shape that crosses the wire."""
    items = [WardOut.model_validate(ward_maps.ward_properties(index, e)) for e in page.items]
    return PageOut[WardOut](items=items, next=next_url(request, page))


def csv_row(index: EditionIndex, entry: WardEntry) -> tuple[str, ...]:
    """Return a ward as a row of the CSV list."""
    place = (entry.code, entry.name, entry.borough_code, entry.borough_name)
    return (*place, entry.police_force, index.edition.boundary_status)


def ward_detail_out(found: wards.WardAccount) -> WardDetailOut:
    """Return a ward in the shape that crosses the wire."""
    ward, edition = found.ward, found.edition
    centre = shape_of(ward.boundary).centroid
    return WardDetailOut(
        code=ward.code,
        name=ward.name,
        borough=AreaOut(code=found.borough.code, name=found.borough.name),
        police_force=ward.police_force,
        boundary_status=ward.boundary_status,
        status="active" if found.in_force else "retired",
        edition=EditionOut.model_validate(edition),
        valid_from=edition.valid_from,
        valid_to=edition.valid_to,
        successors=[RelativeOut.model_validate(s) for s in found.successors],
        predecessors=[RelativeOut.model_validate(s) for s in found.predecessors],
        area_km2=round(ward.area_m2 / 1e6, 4),
        centroid=PlaceOut(lat=round(centre.y, 6), lng=round(centre.x, 6)),
    )


@router.get(
    "/v1/wards/{ward_code}/boundary",
    **offering(public(NotFoundError, InvalidRequestError, BoundariesUnknownError), "geojson"),
)
async def get_ward_boundary(
    session: Reads, today: Today, ward_code: WardCode, as_of: AsOf = None
) -> Response:
    """Get a ward's boundary as a GeoJSON feature, longitude first."""
    ward = await wards.get_ward(session, ward_code, on=parse_day(as_of, today))
    properties = {"code": ward.code, "name": ward.name, "boundary_status": ward.boundary_status}
    return geojson_response(feature(shape_of(ward.boundary), properties, ward.code))
