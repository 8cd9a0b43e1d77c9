"""All that a route may ask for, as annotated names.

With the CLI the only place that commits and reads the clock.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app import problems
from app.database import Database, ReadSession, WriteSession
from app.domain.identity import Caller, Role
from app.domain.partners import Scope
from app.errors import (
    IdempotencyKeyRequiredError,
    IdempotencyKeyReusedError,
    NotAllowedError,
    NotAuthenticatedError,
    OutsideTerritoryError,
    PreconditionRequiredError,
    ServiceError,
    StaleVersionError,
)
from app.operations import audit
from app.operations import identity as callers
from app.operations.atlas import BOUNDARIES_MOVED, Atlas
from app.operations.ballots import BallotBox
from app.operations.partner_key_book import PartnerKeyBook, is_partner_key
from app.operations.quotas import Quotas
from app.operations.sessions import SessionBook, is_session_token
from app.pagination import DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest
from app.retries import claim_key

LONDON = ZoneInfo("Europe/London")
MAX_VERSION_DIGITS = 9

bearer = HTTPBearer(
    auto_error=False,
    description="An access token: a resident's from `POST /v1/sign-ins`, staff's from their "
    "issuer, in evaluation mode anyone's from `POST /evaluation/tokens`.",
)


def database_of(request: Request) -> Database:
    """Return the process's database."""
    database: Database = request.app.state.database
    return database


async def read_clock() -> datetime:
    """Return the present UTC instant."""
    return datetime.now(UTC)


def atlas_of(request: Request) -> Atlas:
    """Return the process's atlas."""
    atlas: Atlas = request.app.state.atlas
    return atlas


def ballot_box_of(request: Request) -> BallotBox:
    """Return what casting ballots needs in this process."""
    box: BallotBox = request.app.state.ballots
    return box


Now = Annotated[datetime, Depends(read_clock)]


async def read_today(now: Now) -> date:
    """Return today's date in London."""
    return now.astimezone(LONDON).date()


Today = Annotated[date, Depends(read_today)]


async def open_read_session(request: Request) -> AsyncIterator[ReadSession]:
    """Yield a read-only session for one request."""
    async with database_of(request).reading() as session:
        yield session


Reads = Annotated[ReadSession, Depends(open_read_session, scope="function")]


async def identify(
    request: Request,
    now: Now,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller | None:
    """Return who is calling, `None` without a credential; a bad credential is always refused."""
    if credentials is None:
        if "authorization" in request.headers:
            raise NotAuthenticatedError("Send the access token as `Authorization: Bearer …`.")
        return None
    caller = await _find_owner(request, credentials.credentials, now)
    quotas: Quotas = request.app.state.quotas
    quotas.know(request.headers["authorization"].encode("latin-1"), caller)
    return caller


async def _find_owner(request: Request, token: str, now: datetime) -> Caller:
    """Return whose token this is: a session or key of ours, or one that the issuer signed."""
    if is_session_token(token):
        book: SessionBook = request.app.state.sessions
        return await book.get(token, now=now)
    today = now.astimezone(LONDON).date()
    if is_partner_key(token):
        partners: PartnerKeyBook = request.app.state.partner_keys
        return await partners.get(token, now=now, today=today)
    claims = await request.app.state.verifier.prove(token)
    unposted = callers.find_unposted_caller(claims)
    if unposted is not None:
        return unposted
    async with database_of(request).reading() as session:
        found = await callers.resolve_caller(session, claims, today=today)
    return replace(found, signs_alone=not request.app.state.settings.second_person)


AnyCaller = Annotated[Caller | None, Depends(identify)]


async def require_caller(caller: AnyCaller) -> Caller:
    """Return who is calling, or refuse with 401."""
    if caller is None:
        raise NotAuthenticatedError("Sign in: this needs an access token.")
    return caller


SignedIn = Annotated[Caller, Depends(require_caller)]


def guarded(
    roles: frozenset[Role], *refusals: type[ServiceError], scope: Scope | None = None
) -> dict[str, Any]:
    """Declare a route that only these roles may call, and the refusals it can answer with.

    Partners' keys open it only where they name its scope; without one they open it never.
    """

    async def check_role(caller: SignedIn) -> None:
        if caller.role not in roles:
            raise NotAllowedError(f"A {caller.role.value} may not do this.")
        if caller.scopes is not None and scope not in caller.scopes:
            raise NotAllowedError("Your key's scopes do not name this.")

    named: tuple[type[ServiceError], ...] = (
        NotAuthenticatedError,
        NotAllowedError,
        OutsideTerritoryError,
        *refusals,
    )
    return {
        "dependencies": [Depends(check_role)],
        "responses": problems.documented(*named, framework=(400, 404, 413, 415, 422, 500, 503)),
        "openapi_extra": {
            "x-access": sorted(role.value for role in roles),
            **({} if scope is None else {"x-scope": scope.value}),
            "security": [{"HTTPBearer": []}],
        },
    }


@asynccontextmanager
async def unit_of_work(
    database: Database, answers: Any = None, atlas: Atlas | None = None
) -> AsyncGenerator[WriteSession]:
    """Open a writing session whose audit entries, revision and effects commit together.

    Once the commit is through, this process takes over new boundaries into the `atlas` given, and
    forgets its ready `answers`.
    """
    async with database.writing() as session:
        yield session
        revision = await audit.seal(session)
    if atlas is not None:
        if session.info.pop(BOUNDARIES_MOVED, False):
            await atlas.refresh()
        atlas.follow(revision)
    if answers is not None:
        answers.moved_to(revision)


class _NothingStaysError(Exception):
    """Ends a transaction that was only to be tried."""


@asynccontextmanager
async def undone_unit(database: Database) -> AsyncGenerator[WriteSession]:
    """Open a writing session of which nothing stays: for a dry run."""
    with suppress(_NothingStaysError):
        async with database.writing() as session:
            yield session
            raise _NothingStaysError


async def open_write_session(
    request: Request, caller: AnyCaller, now: Now
) -> AsyncIterator[WriteSession]:
    """Yield the writing session of one request; it commits before the answer leaves.

    A staff or partner POST must carry an Idempotency-Key; its answer is kept in the same
    transaction.
    """
    state = request.app.state
    async with unit_of_work(state.database, state.answers, state.atlas) as session:
        if request.method == "POST" and caller is not None and caller.role is not Role.RESIDENT:
            await claim_key(request, session, caller, now)
        yield session


Writes = Annotated[WriteSession, Depends(open_write_session, scope="function")]


async def open_private_session(request: Request) -> AsyncIterator[WriteSession]:
    """Yield a writing session for what nothing public depends on: no ready answer is dropped."""
    async with database_of(request).writing() as session:
        yield session


PrivateWrites = Annotated[WriteSession, Depends(open_private_session, scope="function")]


def page_request(
    limit: Annotated[
        int, Query(ge=1, le=MAX_LIMIT, description="At most this many items.")
    ] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=500, description="Where the previous page ended.")
    ] = None,
) -> PageRequest:
    """Return which part of a list is wanted."""
    return PageRequest(limit, cursor)


async def read_page(page: Annotated[PageRequest, Depends(page_request)]) -> PageRequest:
    """Return which part of a list is wanted, from `limit` and `cursor`."""
    return page


PageOf = Annotated[PageRequest, Depends(read_page)]


def next_url(request: Request, page: Page[Any]) -> str | None:
    """Return the address of the next page with every other parameter kept, or `None` at the end."""
    if page.next_cursor is None:
        return None
    url = request.url.include_query_params(cursor=page.next_cursor)
    return f"{url.path}?{url.query}"


async def read_if_match(request: Request) -> int | None:
    """Return the version an edit was based on, `None` for `*`.

    Refuses with 428 without If-Match, with 412 when it is unreadable.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequiredError(
            "Send If-Match with the ETag you read, so that nobody's edit is lost.",
            pointer="If-Match",
        )
    if header.strip() == "*":
        return None
    version = header.strip().strip('"').partition("-")[0]
    if not (version.isascii() and version.isdigit()) or len(version) > MAX_VERSION_DIGITS:
        raise StaleVersionError(
            "If-Match does not name a version of this thing.", pointer="If-Match"
        )
    return int(version)


IfMatch = Annotated[int | None, Depends(read_if_match)]


def tagged(response: Response, version: int) -> None:
    """Give the answer the ETag of its row's version; the route adds the digest of the body."""
    response.headers["etag"] = str(version)


WardCode = Annotated[
    str,
    Path(pattern=r"^E05\d{6}$", description="GSS code of a ward.", examples=["E05013714"]),
]
BoroughCode = Annotated[
    str,
    Path(pattern=r"^E09\d{6}$", description="GSS code of a borough.", examples=["E09000023"]),
]
IDEMPOTENCY_REFUSALS = (IdempotencyKeyRequiredError, IdempotencyKeyReusedError)
EDIT_REFUSALS = (PreconditionRequiredError, StaleVersionError)
