"""Tokens for anyone, in evaluation mode only, so that every call can be tried."""

from fastapi import APIRouter, Request, Response

from app.dependencies import Now, Today, Writes
from app.domain.identity import Role
from app.errors import InvalidRequestError, NotFoundError
from app.operations import evaluation
from app.operations.wards import get_ward
from app.routing import ServiceRoute, public
from app.schemas.evaluation import TokenIn, TokenOut

router = APIRouter(prefix="/evaluation", tags=["evaluation"], route_class=ServiceRoute)


@router.post("/tokens", status_code=200, **public(InvalidRequestError, NotFoundError))
async def issue_evaluation_token(
    body: TokenIn, request: Request, session: Writes, now: Now, today: Today, response: Response
) -> TokenOut:
    """Get an access token for any role; staff get matching postings of a fictional officer."""
    wards, boroughs = body.wards, body.boroughs
    if body.role is Role.RESIDENT:
        if not body.wards:
            raise InvalidRequestError("A resident lives in a ward: name it.", pointer="/wards")
        wards, boroughs = [(await get_ward(session, body.wards[0])).code], []
    if body.role in evaluation.POSTING_ROLES:
        await evaluation.post_evaluation_officer(
            session,
            subject=body.subject,
            role=body.role,
            wards=wards,
            boroughs=boroughs,
            now=now,
            today=today,
        )
    issuer = request.app.state.issuer
    token = issuer.issue(
        {
            "sub": body.subject,
            "role": body.role.value,
            "wards": wards,
            "boroughs": boroughs,
            "level": 2 if body.role is Role.RESIDENT else 0,
        }
    )
    response.headers["cache-control"] = "no-store"
    return TokenOut(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the scheme's name, not a secret
        expires_in=issuer.lifetime_s,
    )
