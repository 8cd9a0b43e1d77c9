"""The OpenAPI description: the framework's own, with one error shape and no false promises."""

from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app import __version__, problems
from app.errors import QuotaExceededError
from app.problems import Problem, ProblemItem

DESCRIPTION = """
Every London ward's team, crime priorities, polls and community events, checkable by anyone.

Wards and boroughs are keyed by GSS code. Lists are `{"items": […], "next": url|null}`. Every error
is `application/problem+json` with a stable `code`. Times are UTC; points are WGS 84, longitude
first. Contains OS data, Royal Mail data and National Statistics data © Crown copyright and database
right 2025.
"""

EXAMPLE_ID = "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"
NEEDED_HEADERS = {
    ("400", "idempotency_key_required"): "Idempotency-Key",
    ("428", "precondition_required"): "If-Match",
}
PARAMETERS = {
    "Idempotency-Key": (
        "Any unique text; the same again when you retry, for one effect and the same answer.",
        {"type": "string", "minLength": 1, "maxLength": 200},
        "7d3c1f4e-6a7e-4d0e-9a57-0d5f9d4c1b11",
    ),
    "If-Match": (
        "The ETag of the version you read, or `*` for whichever there is.",
        {"type": "string", "minLength": 1, "maxLength": 200},
        "*",
    ),
}
HEADERS = {
    "ETag": "Names this version of the answer, for If-None-Match and If-Match.",
    "Location": "The address of what was made.",
    "RateLimit": "How many requests are left, and in how many seconds all are back.",
    "RateLimit-Policy": "The quota that this request counts against.",
    "Retry-After": "In how many seconds to try again.",
    "X-Request-ID": "The request's id, as in the logs.",
}
QUOTA_HEADERS = ["RateLimit", "RateLimit-Policy"]


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
    document["components"]["parameters"] = {
        name: {
            "name": name,
            "in": "header",
            "required": True,
            "description": told,
            "schema": schema,
            "example": example,
        }
        for name, (told, schema, example) in PARAMETERS.items()
    }
    document["components"]["headers"] = {
        name: {"description": told, "schema": {"type": "string"}} for name, told in HEADERS.items()
    }
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(method, operation)
            _add_example(operation, schemas)
    return document


def example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Return an example of a schema, made of its own and its fields' examples.

    Optional fields without an example of their own are left out.
    """
    while "examples" not in schema and ("$ref" in schema or "anyOf" in schema):
        named = schema.get("$ref", "").rpartition("/")[2]
        schema = schemas[named] if named else schema["anyOf"][0]
    given = schema.get("examples") or schema.get("enum")
    if given:
        return given[0]
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    if schema.get("type") == "object":
        needed = set(schema.get("required", ()))
        return {
            name: example_of(field, schemas)
            for name, field in schema.get("properties", {}).items()
            if name in needed or "examples" in field
        }
    plain = {"uuid": EXAMPLE_ID, "boolean": True}
    kind = schema.get("format", schema.get("type", ""))
    return schema.get("const", schema.get("default", plain.get(kind)))


def _add_example(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if "examples" not in media:
            media["example"] = example_of(media["schema"], schemas)


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Say what every operation shares: its summary, headers, and the answers from below it."""
    operation.pop("x-fresh-for", None)
    sentence, _, more = operation.get("description", "").partition("\n")
    operation["summary"] = sentence.strip().rstrip(".")
    operation["description"] = more.strip()
    if not operation["description"]:
        del operation["description"]
    operation["security"] = operation["security"][:1]
    if operation["x-access"] == "public" and operation["security"]:
        operation["security"].insert(0, {})  # anyone may call; a token only shows more
    responses: dict[str, Any] = operation["responses"]
    needed = [name for status, name in NEEDED_HEADERS.items() if _says(responses, *status)]
    if needed:
        operation.setdefault("parameters", []).extend(
            {"$ref": f"#/components/parameters/{name}"} for name in needed
        )
    if "requestBody" in operation:
        for status, documented in problems.documented(framework=(413, 415)).items():
            responses.setdefault(str(status), documented)
    if method == "get" and operation["x-access"] == "public":
        responses["304"] = {"description": "Unchanged since the answer that If-None-Match names"}
    responses |= {"429": problems.documented(QuotaExceededError)[429]}
    _name_headers(method, responses)
    operation["responses"] = dict(sorted(responses.items()))


def _name_headers(method: str, responses: dict[str, Any]) -> None:
    """Name the headers of every answer, and drop a word of OpenAPI 3.2 that streams bring."""
    for status, answer in responses.items():
        for media in answer.get("content", {}).values():
            media.pop("itemSchema", None)
        names = ["X-Request-ID"] if status >= "4" else ["ETag", "X-Request-ID"]
        names += ["Location"] if status in {"201", "202"} and method == "post" else []
        names += ["Retry-After"] if status in {"429", "503"} else []
        names += QUOTA_HEADERS if status < "4" or status == "429" else []
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _says(responses: dict[str, Any], status: str, code: str) -> bool:
    content = responses.get(status, {}).get("content", {})
    return code in content.get(problems.MEDIA_TYPE, {}).get("examples", {})
