"""How a request finds its route, and what every route does around its own work.

`ServiceRoute` refuses unknown query parameters, tags answers (ETag, 304), keeps ready public
answers for as long as nothing changed, and hands finished answers to the Idempotency-Key's row
before the commit. `NounGate` finds a route by its noun, so that the last route costs as little as
the first (fastapi #16159).
"""

import hashlib
from collections.abc import Callable, Coroutine, Iterable
from functools import cached_property
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app import problems
from app.answers import Answers
from app.domain.identity import Role
from app.errors import ServiceError, UnknownParameterError
from app.operations.approvals import SecondPersonNeededError
from app.schemas.approvals import ApprovalOut

Answering = Callable[[Request], Coroutine[Any, Any, Response]]

BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
DEFAULT_FRESH_S = 60
VARY = "Accept, Accept-Encoding, Origin"


def caching(fresh_for: int) -> str:
    """Return the Cache-Control of a public answer that holds for so many seconds."""
    return f"public, max-age={fresh_for}, stale-while-revalidate=600" if fresh_for else "no-cache"


def public(*refusals: type[ServiceError], fresh_for: int = DEFAULT_FRESH_S) -> dict[str, Any]:
    """Declare a route that anyone may call; its answers may be reused for `fresh_for` seconds."""
    return {
        "responses": problems.documented(*refusals, framework=(400, 404, 422, 500, 503)),
        "openapi_extra": {"x-access": "public", "x-fresh-for": fresh_for, "security": []},
    }


def query_names(route: APIRoute) -> frozenset[str]:
    """Return the names of every query parameter a route knows."""
    fields = get_flat_params(route.dependant)
    return frozenset(f.alias for f in fields if isinstance(f.field_info, params.Query))


def refuse_unknown_parameters(request: Request, known: frozenset[str]) -> None:
    """Raise `UnknownParameterError` for a parameter the route does not have: no silent typos."""
    for name in request.query_params:
        if name not in known:
            raise UnknownParameterError(
                f"This address has no query parameter {name!r}.", pointer=name
            )


def etag_of(body: bytes, version: str | None = None) -> str:
    """Return the strong ETag of an answer: its row's version, if any, and a digest of its bytes."""
    digest = hashlib.blake2b(body, digest_size=8).hexdigest()
    return f'"{version}-{digest}"' if version else f'"{digest}"'


def matches_etag(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names this ETag (RFC 9110 §13.1.2: weak comparison)."""
    if header is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags


class ServiceRoute(APIRoute):
    """A route of this service, with the manners that all of them share."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.unique_id = self.name  # the operation's id: its function's name

    def get_route_handler(self) -> Answering:
        """Return FastAPI's own handler with our manners around it."""
        answer = self._finished(super().get_route_handler())
        return self._remembered(answer) if self.keeps_answers else answer

    @property
    def fresh_for(self) -> int:
        """For how many seconds a public answer may be reused; 0 for one that may not be shared."""
        extra = self.openapi_extra or {}
        shared = extra.get("x-access") == "public" and "GET" in (self.methods or ())
        return int(extra["x-fresh-for"]) if shared else 0

    @cached_property
    def keeps_answers(self) -> bool:
        """Whether this route's finished answers are kept ready in the process."""
        return self.fresh_for > 0

    def answer_at_once(self, scope: Scope) -> ASGIApp | None:
        """Return what answers a request without FastAPI, or `None` to let FastAPI do it."""
        if not self.keeps_answers:
            return None
        answers: Answers = scope["app"].state.answers
        key = answers.key(scope)
        away: bool = scope["app"].state.database.is_away
        ready = None if key is None else answers.find(key, outage=away)
        return None if ready is None else ready.as_response(header(scope, b"if-none-match"))

    def _finished(self, inner: Answering) -> Answering:
        known = query_names(self)
        is_public = (self.openapi_extra or {}).get("x-access") == "public"
        kept = caching(self.fresh_for) if is_public else "no-store"

        async def finish(request: Request) -> Response:
            refuse_unknown_parameters(request, known)
            try:
                response = await inner(request)
            except SecondPersonNeededError as asked:
                response = waiting(asked)
            headers = response.headers
            body = getattr(response, "body", None)
            if body is not None and response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                headers["etag"] = etag_of(body, headers.get("etag"))
                keep_for_retries(request, response)
                if request.method == "GET" and matches_etag(
                    request.headers.get("if-none-match"), headers["etag"]
                ):
                    response = not_modified(response)
            headers = response.headers
            # What was made for a token's owner may say more than others are told.
            personal = "authorization" in request.headers
            headers.setdefault("cache-control", "no-store" if personal else kept)
            headers.setdefault("vary", VARY)
            return response

        return finish

    def _remembered(self, answer: Answering) -> Answering:
        fresh_for = self.fresh_for

        async def remember(request: Request) -> Response:
            answers: Answers = request.app.state.answers
            key, revision = answers.key(request.scope), answers.revision
            response = await answer(request)
            if key is not None:
                answers.keep(key, response, revision=revision, fresh_for=fresh_for)
            return response

        return remember


def signed_twice(access: dict[str, Any]) -> dict[str, Any]:
    """Declare that a guarded route answers 202 while its act waits for a second person."""
    told = "The act takes two people: nothing changed, and this waits for the second."
    access["responses"][int(HTTPStatus.ACCEPTED)] = {"model": ApprovalOut, "description": told}
    return access


def waiting(asked: SecondPersonNeededError) -> Response:
    """Return the answer to the first of two people; made in the request, so that it commits."""
    approval = asked.approval
    headers = {"etag": str(approval.version), "location": f"/v1/approvals/{approval.id}"}
    body = approval.model_dump_json()
    return Response(body, HTTPStatus.ACCEPTED, headers, "application/json")


def keep_for_retries(request: Request, response: Response) -> None:
    """Hand a finished answer to the Idempotency-Key's row, where the request claimed one."""
    keep = request.scope.get("keep_answer")
    if keep is not None:
        keep(response)


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return a request header's value."""
    for given, value in scope["headers"]:
        if given == name:
            found: bytes = value
            return found
    return None


def not_modified(response: Response) -> Response:
    """Return the 304 that stands for an answer the client already has."""
    kept = {k: v for k, v in response.headers.items() if k in {"etag", "cache-control", "vary"}}
    return Response(status_code=304, headers=kept)


class NounGate(BaseRoute):
    """Finds the route of a request by the noun in its path before trying any pattern."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self.routes: list[ServiceRoute] = []
        self._by_noun: dict[str, list[ServiceRoute]] = {}
        for router in routers:
            for route in router.routes:
                if not isinstance(route, ServiceRoute):
                    raise TypeError(f"{route!r} is not a ServiceRoute")
                self.routes.append(route)
                self._by_noun.setdefault(noun_of(route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the match of the first route whose pattern and method fit, itself in the scope."""
        if scope["type"] != "http":
            return Match.NONE, {}
        method = scope["method"]
        wanted = scope if method != "HEAD" else {**scope, "method": "GET"}
        allowed: set[str] = set()
        for route in self._by_noun.get(noun_of(scope["path"]), ()):
            match, child = route.matches(wanted)
            if match is Match.FULL:
                return match, {**child, "chosen_route": route}
            if match is Match.PARTIAL:
                allowed |= route.methods or set()
        if allowed:
            return Match.FULL, {"allowed_methods": allowed}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the chosen route, or with 405 and every method the address has."""
        route: ServiceRoute | None = scope.get("chosen_route")
        if route is None:
            methods = set(scope["allowed_methods"])
            methods |= {"HEAD"} if "GET" in methods else set()
            allow = ", ".join(sorted(methods))
            await problems.render_framework(405, headers={"Allow": allow})(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", "is_head": True}
        respond = route.answer_at_once(scope) or route.app
        await respond(scope, receive, send)


def noun_of(path: str) -> str:
    """Return the segment of a path that names its concept: the second under `/v1`, or the first."""
    first, _, rest = path[1:].partition("/")
    return rest.partition("/")[0] if first == "v1" else f"/{first}"


def roles_of(route: APIRoute) -> frozenset[Role] | None:
    """Return the roles that may call a route, or `None` when anyone may."""
    access = (route.openapi_extra or {}).get("x-access")
    return None if access == "public" else frozenset(map(Role, access or ()))
