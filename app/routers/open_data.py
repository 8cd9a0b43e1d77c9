"""Everything public as files with schema, licence and checksums, and the feed of changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.dependencies import PageOf, Reads
from app.domain.open_data import package, resource, table_schema
from app.errors import InvalidCursorError, NotAcceptableError, NotFoundError
from app.operations import changes
from app.operations.open_data_files import MadeFile, OpenDataShelf
from app.operations.open_data_registry import DATASETS, get_dataset
from app.representations import MEDIA_TYPES, offering, wanted_format
from app.routing import ServiceRoute, matches_etag, public
from app.schemas.open_data import ChangesOut

router = APIRouter(tags=["open data"], route_class=ServiceRoute)

Name = Annotated[
    str,
    Path(
        max_length=40,
        description="A dataset, by the name it has in `GET /v1/open-data`.",
        examples=["wards"],
    ),
]
Format = Annotated[
    str | None,
    Query(
        max_length=10,
        description="`csv`, `jsonl` or, where rows have a shape, `geojson`; wins over `Accept`.",
        examples=["csv"],
    ),
]
ZIP = {
    200: {
        "description": "The bundle.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def shelf_of(request: Request) -> OpenDataShelf:
    """Return the files that this process has made."""
    shelf: OpenDataShelf = request.app.state.open_data
    return shelf


@router.get("/v1/open-data", **public())
async def list_datasets(request: Request) -> dict[str, Any]:
    """List every dataset as a Frictionless data package: fields, keys, terms, and where to get it.

    Checksums, bytes and rows are in the `datapackage.json` of the bundle.
    """
    base = f"{request.app.state.settings.base_url}/v1/open-data"
    told = [found.told for found in DATASETS.values()]
    return package([resource(d, f"{base}/{d.name}?f=csv") for d in told], created=None)


@router.get(
    "/v1/open-data/{dataset}",
    response_class=Response,
    **offering(public(NotFoundError, NotAcceptableError), "csv", "jsonl", "geojson"),
)
async def get_dataset_file(
    request: Request,
    dataset: Name,
    f: Format = None,  # noqa: ARG001 - `wanted_format` reads it
) -> Response:
    """Get a whole dataset as CSV, JSON Lines or GeoJSON."""
    found = get_dataset(dataset)
    kind = wanted_format(request, *found.told.formats)
    made = await shelf_of(request).dataset(found, kind)
    return file_response(request, made, f"{dataset}.{kind}", MEDIA_TYPES[kind])


@router.get("/v1/open-data/{dataset}/schema", **public(NotFoundError))
async def get_dataset_schema(dataset: Name) -> dict[str, Any]:
    """Get a dataset's Table Schema: its fields, what they may hold, and its keys."""
    return table_schema(get_dataset(dataset).told)


def bundled() -> dict[str, Any]:
    """Declare the bundle."""
    declared = public()
    return {**declared, "responses": {**declared["responses"], **ZIP}}


@router.get("/v1/open-data-bundle", response_class=Response, **bundled())
async def get_open_data_bundle(request: Request) -> Response:
    """Get everything public as one zip with a `datapackage.json` of checksums, bytes and rows."""
    made = await shelf_of(request).bundle()
    day = "start" if made.changed_at is None else made.changed_at.date().isoformat()
    return file_response(request, made, f"ward-priorities-{day}.zip", "application/zip")


@router.get("/v1/changes", **public(InvalidCursorError))
async def list_changes(session: Reads, page: PageOf) -> ChangesOut:
    """List changes to what is public, oldest first; read on from `cursor`, now or later."""
    return await changes.list_changes(session, page)


def file_response(request: Request, made: MadeFile, name: str, media_type: str) -> Response:
    """Return a file piece by piece, or 304 where the client has it already."""
    etag = f'"{made.sha256}"'
    headers = {"etag": etag}
    if matches_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = f'attachment; filename="{name}"'
    headers["content-length"] = str(made.size)
    kind = f"{media_type}; charset=utf-8" if media_type == "text/csv" else media_type
    return StreamingResponse(made.pieces(), headers=headers, media_type=kind)
