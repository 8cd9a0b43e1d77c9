"""Signing in by mail, and out again; the page that a mailed link opens."""

from functools import cache
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials

from app.dependencies import Now, PrivateWrites, SignedIn, Today, bearer, guarded
from app.domain.identity import RESIDENTS
from app.domain.residents import SESSION_LIFE, SIGN_IN_LIFE
from app.errors import (
    BusyError,
    CodeRefusedError,
    DisposableAddressError,
    InvalidRequestError,
    KeysMissingError,
    MailNotConfiguredError,
    NotFoundError,
    NotRegisteredHereError,
    OtherBrowserError,
    SignInLockedError,
    SignInOverError,
)
from app.operations import sessions, sign_ins
from app.routing import ServiceRoute, public
from app.schemas.residents import ProofIn, SessionOut, SignedOutOut, SignInIn, SignInOut

STATIC = Path(__file__).resolve().parent.parent / "static" / "sign-in"
FILES = {"page.html": "text/html", "sign-in.js": "text/javascript", "sign-in.css": "text/css"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
COOKIE, SECURE_COOKIE = "sign-in", "__Host-sign-in"

router = APIRouter(tags=["residents"], route_class=ServiceRoute)


def _cookie_of(request: Request) -> str:
    """Return the name of the cookie: bound to this host and to TLS, save in evaluation."""
    return COOKIE if request.app.state.settings.evaluation else SECURE_COOKIE


async def read_session_token(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    """Return the token of the session a resident is signed in with."""
    if credentials is None or not sessions.is_session_token(credentials.credentials):
        raise NotRegisteredHereError("Your token comes from an issuer; it ends by itself.")
    return credentials.credentials


SessionToken = Annotated[str, Depends(read_session_token)]


@router.post(
    "/v1/sign-ins",
    status_code=202,
    **public(
        InvalidRequestError,
        DisposableAddressError,
        MailNotConfiguredError,
        KeysMissingError,
    ),
)
async def ask_to_sign_in(
    body: SignInIn, request: Request, response: Response, session: PrivateWrites, now: Now
) -> SignInOut:
    """Have a code mailed to you; the answer is the same whether your mailbox is known or not."""
    host = request.client.host if request.client else "unknown"
    desk = request.app.state.sign_ins
    asked = await sign_ins.ask_for_code(session, desk, body.email, host=host, now=now)
    name = _cookie_of(request)
    life = int(SIGN_IN_LIFE.total_seconds())
    secure = name == SECURE_COOKIE
    response.set_cookie(
        name, asked.browser, max_age=life, secure=secure, httponly=True, samesite="strict"
    )
    response.headers["cache-control"] = "no-store"
    return SignInOut(id=asked.id, expires_at=asked.expires_at)


@router.post(
    "/v1/sign-ins/{sign_in_id}/session",
    status_code=201,
    **public(
        SignInOverError,
        SignInLockedError,
        CodeRefusedError,
        OtherBrowserError,
        KeysMissingError,
        BusyError,
    ),
)
async def open_session(
    sign_in_id: UUID,
    body: ProofIn,
    request: Request,
    response: Response,
    session: PrivateWrites,
    now: Now,
    today: Today,
) -> SessionOut:
    """Get an access token for the mailed code, or for the link in the browser that asked."""
    keyring, name = request.app.state.keyring, _cookie_of(request)
    token = await sign_ins.open_session(
        session,
        keyring,
        sign_in_id,
        body,
        browser=request.cookies.get(name),
        now=now,
        today=today,
    )
    response.delete_cookie(name, secure=name == SECURE_COOKIE, httponly=True, samesite="strict")
    response.headers["cache-control"] = "no-store"
    response.headers["location"] = "/v1/me"
    return session_out(token)


def session_out(token: str) -> SessionOut:
    """Return a token in OAuth's shape."""
    return SessionOut(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the scheme's name, not a secret
        expires_in=int(SESSION_LIFE.total_seconds()),
    )


@router.delete("/v1/session", **guarded(RESIDENTS, NotRegisteredHereError))
async def end_session(
    request: Request, caller: SignedIn, token: SessionToken, session: PrivateWrites
) -> SignedOutOut:
    """Sign out: this token ends at once here, and within five seconds in every process."""
    await sessions.end_session(session, token)
    request.app.state.sessions.forget(caller)
    return SignedOutOut(signed_out=True)


@cache
def page_files() -> dict[str, bytes]:
    """Return the files of the page by name, read once."""
    return {name: (STATIC / name).read_bytes() for name in FILES}


@router.get("/sign-in", include_in_schema=False, **public(fresh_for=0))
async def show_sign_in() -> Response:
    """Show the page where a code is typed, and which a mailed link opens."""
    headers = {"content-security-policy": POLICY, "cache-control": "no-store"}
    return Response(page_files()["page.html"], media_type="text/html", headers=headers)


@router.get("/sign-in/{name}", include_in_schema=False, **public(NotFoundError, fresh_for=0))
async def get_sign_in_file(name: str) -> Response:
    """Get a file of the page."""
    if name not in FILES:
        raise NotFoundError("file", name)
    return Response(page_files()[name], media_type=FILES[name])
