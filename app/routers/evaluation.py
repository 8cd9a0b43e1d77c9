"""Tokens for anyone, in evaluation mode only, so that every call can be tried."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.dependencies import Now, Reads, Today, Writes
from app.errors import InvalidRequestError, NotFoundError
from app.operations import evaluation, mails
from app.routing import ServiceRoute, public
from app.schemas.evaluation import TokenIn, TokenOut
from app.schemas.residents import MailOut, MailsOut

router = APIRouter(prefix="/evaluation", tags=["evaluation"], route_class=ServiceRoute)


@router.post("/tokens", status_code=200, **public(InvalidRequestError, NotFoundError))
async def issue_evaluation_token(
    body: TokenIn, request: Request, session: Writes, now: Now, today: Today, response: Response
) -> TokenOut:
    """Get an access token for any role; staff get matching postings of a fictional officer."""
    issuer = request.app.state.issuer
    token = issuer.issue(await evaluation.give_areas(session, body, now=now, today=today))
    response.headers["cache-control"] = "no-store"
    return TokenOut(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the scheme's name, not a secret
        expires_in=issuer.lifetime_s,
    )


@router.get("/mails", **public(fresh_for=0))
async def list_evaluation_mails(
    request: Request,
    session: Reads,
    to: Annotated[str, Query(max_length=254, examples=["sam@resident.example"])],
) -> MailsOut:
    """Read the mails that wait for a mailbox, newest first: evaluation mode sends none."""
    keyring = request.app.state.keyring
    keyring.ensure_identity()
    found = await mails.list_letters(session, keyring, keyring.anchor("email", to))
    items = [MailOut(subject=letter.subject, text=letter.text) for letter in found]
    return MailsOut(items=items)
