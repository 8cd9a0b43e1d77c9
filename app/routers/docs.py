"""The API's own pages, working without internet: the description, and a page to read and try it."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from app.errors import NotFoundError
from app.routing import ServiceRoute, public

STATIC = Path(__file__).resolve().parent.parent / "static"
SHOWN = {
    "swagger-ui-bundle.js": ("swagger-ui", "text/javascript"),
    "swagger-ui.css": ("swagger-ui", "text/css"),
    "init.js": ("docs", "text/javascript"),
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(route_class=ServiceRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent, plain and packed."""

    media_type: str
    plain: bytes
    packed: bytes


@cache
def static_files() -> dict[str, StaticFile]:
    """Return the files of the page by name, read and packed once."""
    found: dict[str, StaticFile] = {}
    for name, (folder, media_type) in SHOWN.items():
        plain = (STATIC / folder / name).read_bytes()
        found[name] = StaticFile(media_type, plain, gzip.compress(plain, mtime=0))
    return found


@cache
def edition() -> str:
    """Return what stands in the files' addresses, so that they may be kept for ever."""
    digest = hashlib.sha256()
    for file in static_files().values():
        digest.update(file.plain)
    return digest.hexdigest()[:12]


@router.get("/docs", **public(fresh_for=0))
async def show_docs() -> Response:
    """Show the page that explains every call and lets it be tried."""
    page = (STATIC / "docs/index.html").read_text(encoding="utf-8").replace("FILES", edition())
    return Response(page, media_type="text/html", headers={"content-security-policy": POLICY})


@router.get("/docs/{files}/{name}", **public(NotFoundError, fresh_for=0))
async def get_docs_file(files: str, name: str, request: Request) -> Response:
    """Get a file of the page; its address changes with its content."""
    file = static_files().get(name)
    if file is None or files != edition():
        raise NotFoundError("file", name)
    headers = {"cache-control": FOREVER}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.plain, media_type=file.media_type, headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(file.packed, media_type=file.media_type, headers=headers)


@router.get("/openapi.json", **public(fresh_for=0))
async def get_description(request: Request) -> Response:
    """Get the OpenAPI description of every call."""
    return Response(request.app.state.description(), media_type="application/json")
