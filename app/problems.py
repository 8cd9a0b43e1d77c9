"""The one table from refusal to HTTP status, and the one shape of every error (RFC 9457)."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app import errors
from app.logs import request_id

MEDIA_TYPE = "application/problem+json"

STATUSES: dict[type[errors.ServiceError], HTTPStatus] = {
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.OutsideCoverageError: HTTPStatus.NOT_FOUND,
    errors.PostcodeNotFoundError: HTTPStatus.NOT_FOUND,
    errors.BoundariesUnknownError: HTTPStatus.NOT_FOUND,
    errors.NoHeadYetError: HTTPStatus.NOT_FOUND,
    errors.LeafNotInLogError: HTTPStatus.NOT_FOUND,
    errors.InvalidRequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownParameterError: HTTPStatus.BAD_REQUEST,
    errors.InvalidCursorError: HTTPStatus.BAD_REQUEST,
    errors.IdempotencyKeyRequiredError: HTTPStatus.BAD_REQUEST,
    errors.IdempotencyKeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotAuthenticatedError: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowedError: HTTPStatus.FORBIDDEN,
    errors.NotAcceptableError: HTTPStatus.NOT_ACCEPTABLE,
    errors.PreconditionRequiredError: HTTPStatus.PRECONDITION_REQUIRED,
    errors.StaleVersionError: HTTPStatus.PRECONDITION_FAILED,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SourceError: HTTPStatus.BAD_GATEWAY,
    errors.KeysMissingError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.QuotaExceededError: HTTPStatus.TOO_MANY_REQUESTS,
}

FRAMEWORK_CODES: dict[int, tuple[str, str]] = {
    400: ("malformed_request", "The request could not be read"),
    404: ("route_not_found", "There is nothing at this address"),
    405: ("method_not_allowed", "This address does not offer that method"),
    413: ("body_too_large", "The request body is too large"),
    415: ("unsupported_media_type", "The request body has an unsupported media type"),
    422: ("validation_failed", "The request does not fit the documented shape"),
    500: ("internal_error", "The service failed"),
    503: ("busy", "Try again shortly"),
}


class ProblemItem(BaseModel):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(description="JSON Pointer into the body, or the parameter's name.")
    code: str = Field(description="Machine-readable kind of mistake.")
    message: str = Field(description="What is wrong, in one sentence.")


class Problem(BaseModel):
    """Every error of this service, as RFC 9457 problem details."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Address of the page that explains this kind of problem.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable code of this kind of problem.")
    instance: str = Field(description="The request's id, as in the X-Request-ID header.")
    errors: list[ProblemItem] = Field(description="Each mistake with its place; may be empty.")


def status_of(error: type[errors.ServiceError]) -> HTTPStatus:
    """Return the status of a refusal, inherited from the nearest class in the table."""
    statuses: dict[type, HTTPStatus] = {**STATUSES}
    known = (statuses[ancestor] for ancestor in error.__mro__ if ancestor in statuses)
    return next(known, HTTPStatus.INTERNAL_SERVER_ERROR)


def all_error_classes() -> list[type[errors.ServiceError]]:
    """Return every refusal the service can make, for documentation and its tests."""
    found: list[type[errors.ServiceError]] = []
    pending: list[type[errors.ServiceError]] = [errors.ServiceError]
    while pending:
        for child in pending.pop().__subclasses__():
            found.append(child)
            pending.append(child)
    return sorted(found, key=lambda error: error.code)


def render(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    items: Iterable[ProblemItem] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the response that tells one problem."""
    problem = Problem(
        type=f"/problems/{code.replace('_', '-')}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        instance=request_id.get() or "",
        errors=list(items),
    )
    return Response(problem.model_dump_json(), status, headers, MEDIA_TYPE)


def render_refusal(error: errors.ServiceError) -> Response:
    """Return the response for a refusal, with the headers its status calls for."""
    status = status_of(type(error))
    headers: dict[str, str] = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    if isinstance(error, errors.QuotaExceededError):
        headers["Retry-After"] = str(error.seconds)
    items = [
        ProblemItem(pointer=mistake.pointer, code=error.code, message=mistake.message)
        for mistake in error.mistakes
    ]
    return render(status, error.code, error.title, error.detail, items=items, headers=headers)


def render_framework(
    status: int, detail: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Return the response for an error that the framework itself raised."""
    code, title = FRAMEWORK_CODES.get(status, ("refused", HTTPStatus(status).phrase))
    return render(status, code, title, detail or f"{title}.", headers=headers)


def _pointer(location: tuple[int | str, ...]) -> str:
    where, *rest = location or ("body",)
    if where == "body":
        return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in rest)
    return str(rest[0]) if rest else str(where)


def items_of(failures: Iterable[dict[str, Any]]) -> list[ProblemItem]:
    """Return a validator's findings as problem items, never echoing the offending input."""
    return [
        ProblemItem(
            pointer=_pointer(tuple(failure["loc"])), code=failure["type"], message=failure["msg"]
        )
        for failure in failures
    ]


def documented(
    *refusals: type[errors.ServiceError], framework: Iterable[int] = ()
) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` that name these refusals by status, with an example each."""
    named: dict[int, list[tuple[str, str]]] = {}
    for status in framework:
        named.setdefault(status, []).append(FRAMEWORK_CODES[status])
    for refusal in refusals:
        named.setdefault(int(status_of(refusal)), []).append((refusal.code, refusal.title))
    return {status: _documented_status(status, cases) for status, cases in sorted(named.items())}


def _documented_status(status: int, cases: list[tuple[str, str]]) -> dict[str, Any]:
    examples = {
        code: {
            "value": {
                "type": f"/problems/{code.replace('_', '-')}",
                "title": title,
                "status": status,
                "detail": f"{title}.",
                "code": code,
                "instance": "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10",
                "errors": [],
            }
        }
        for code, title in dict(cases).items()
    }
    description = "; ".join(f"`{code}`: {title}" for code, title in dict(cases).items())
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
