"""The OpenAPI description: the framework's own, with one error shape and no false promises."""

from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app import __version__
from app.problems import Problem, ProblemItem

DESCRIPTION = """
Every London ward's team, crime priorities, polls and community events, checkable by anyone.

Wards and boroughs are keyed by GSS code. Lists are `{"items": […], "next": url|null}`. Every error
is `application/problem+json` with a stable `code`. Times are UTC; points are WGS 84, longitude
first. Contains OS data, Royal Mail data and National Statistics data © Crown copyright and database
right 2025.
"""


def build_openapi(routes: Sequence[APIRoute]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of these routes."""
    document = get_openapi(
        title="Ward Priorities",
        version=__version__,
        summary="The open service that holds London's ward policing promises to account.",
        description=DESCRIPTION,
        routes=list(routes),
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, ProblemItem):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"].setdefault("securitySchemes", {})["HTTPBearer"] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token; in evaluation mode from `POST /evaluation/tokens`.",
    }
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("x-fresh-for", None)
    return document
