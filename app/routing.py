"""How a request finds its route, and what every route does around its own work.

`ServiceRoute` refuses unknown query parameters, tags answers (ETag, 304), keeps ready public answers for as
long as nothing changed, and hands finished answers to the Idempotency-Key's row before the commit.
`NounGate` finds a route by its noun, so that the last route costs as little as the first (fastapi #16159).
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import APIRouter, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from app import problems
from app.answers import Answers
from app.domain.identity import Role
from app.errors import ServiceError, UnknownParameterError

Answering = Callable[[Request], Awaitable[Response]]

BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
DEFAULT_FRESH_S = 60


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
    """Raise `UnknownParameterError` for a query parameter the route does not have: no silent typos."""
    for name in request.query_params:
        if name not in known:
            raise UnknownParameterError(
                f"This address has no query parameter {name!r}.", pointer=name
            )


def etag_of(body: bytes, version: str | None = None) -> str:
    """Return the strong ETag of an answer: its row's version, where it has one, and a digest of its bytes."""
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

    def get_route_handler(self) -> Answering:
        """Return the handler: from the ready answers where one is fresh, else FastAPI's own."""
        answer = self._finished(super().get_route_handler())
        extra = self.openapi_extra or {}
        if extra.get("x-access") != "public" or "GET" not in self.methods:
            return answer
        fresh_for = int(extra["x-fresh-for"])
        return self._remembered(answer, fresh_for) if fresh_for else answer

    def _finished(self, inner: Answering) -> Answering:
        known = query_names(self)
        is_public = (self.openapi_extra or {}).get("x-access") == "public"
        fresh_for = (self.openapi_extra or {}).get("x-fresh-for", 0)
        caching = (
            f"public, max-age={fresh_for}, stale-while-revalidate=600" if is_public else "no-store"
        )

        async def finish(request: Request) -> Response:
            refuse_unknown_parameters(request, known)
            response = await inner(request)
            keep = request.scope.get("keep_answer")
            if keep is not None:
                keep(response)
            headers = response.headers
            body = getattr(response, "body", None)
            if body is not None and response.status_code < 300:
                headers["etag"] = etag_of(body, headers.get("etag"))
                if request.method == "GET" and matches_etag(
                    request.headers.get("if-none-match"), headers["etag"]
                ):
                    response = not_modified(response)
            headers = response.headers
            headers.setdefault("cache-control", caching)
            headers.setdefault("vary", "Accept, Accept-Encoding, Origin")
            return response

        return finish

    def _remembered(self, answer: Answering, fresh_for: int) -> Answering:
        async def recall(request: Request) -> Response:
            answers: Answers = request.app.state.answers
            scope = request.scope
            key = answers.key(scope)
            if key is None:
                return await answer(request)
            ready = answers.find(key)
            if ready is not None:
                return ready.as_response(request.headers.get("if-none-match"))
            revision = answers.revision
            response = await answer(request)
            answers.keep(key, response, revision=revision, fresh_for=fresh_for)
            return response

        return recall


def not_modified(response: Response) -> Response:
    """Return the 304 that stands for an answer the client already has."""
    kept = {k: v for k, v in response.headers.items() if k in {"etag", "cache-control", "vary"}}
    return Response(status_code=304, headers=kept)


class NounGate(BaseRoute):
    """Finds the route of a request by the noun in its path before trying any pattern."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self.routes: list[APIRoute] = []
        self._by_noun: dict[str, list[APIRoute]] = {}
        for router in routers:
            for route in router.routes:
                if not isinstance(route, APIRoute):
                    raise TypeError(f"{route!r} is not an API route")
                self.routes.append(route)
                self._by_noun.setdefault(noun_of(route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the match of the first route whose pattern and method fit, with itself in the scope."""
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
                allowed |= route.methods
        if allowed:
            return Match.FULL, {"allowed_methods": allowed}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the chosen route, or with 405 and every method the address has."""
        route: APIRoute | None = scope.get("chosen_route")
        if route is None:
            methods = set(scope["allowed_methods"])
            methods |= {"HEAD"} if "GET" in methods else set()
            allow = ", ".join(sorted(methods))
            await problems.render_framework(405, headers={"Allow": allow})(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await route.app(scope, receive, send)


def noun_of(path: str) -> str:
    """Return the part of a path that names its concept: the second segment under `/v1`, else the first."""
    first, _, rest = path[1:].partition("/")
    return rest.partition("/")[0] if first == "v1" else f"/{first}"


def roles_of(route: APIRoute) -> frozenset[Role] | None:
    """Return the roles that may call a route, or `None` when anyone may."""
    access = (route.openapi_extra or {}).get("x-access")
    return None if access == "public" else frozenset(map(Role, access or ()))
