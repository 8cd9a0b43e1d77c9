"""Tokens for anyone, in evaluation mode only, so that every call can be tried."""

from fastapi import APIRouter, Request, Response

from app.dependencies import Now, Today, Writes
from app.errors import InvalidRequestError, NotFoundError
from app.operations import evaluation
from app.routing import ServiceRoute, public
from app.schemas.evaluation import TokenIn, TokenOut

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
