"""Teams: a ward's for everyone; officers and postings for their leaders."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.dependencies import (
    EDIT_REFUSALS,
    IDEMPOTENCY_REFUSALS,
    IfMatch,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Today,
    WardCode,
    Writes,
    guarded,
    next_url,
    tagged,
)
from app.domain.identity import LEADERS, STAFF
from app.errors import (
    FullTimeExceededError,
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
    NotPolicedByMetError,
    ReasonRequiredError,
    SubjectTakenError,
    WardNotInForceError,
    WardOutsideBoroughError,
)
from app.operations import teams, teams_queries
from app.operations.teams_queries import OfficerFilter, PostingFilter
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.teams import (
    OfficerIn,
    OfficerOut,
    OfficerPatchIn,
    PostingIn,
    PostingOut,
    PostingPatchIn,
    TeamOut,
)

router = APIRouter(tags=["teams"], route_class=ServiceRoute)

OfficerId = Annotated[UUID, Path(description="The officer.")]
PostingId = Annotated[UUID, Path(description="The posting.")]
InWard = Annotated[
    str | None, Query(alias="ward", pattern=r"^E05\d{6}$", description="GSS code of a ward.")
]
InBorough = Annotated[
    str | None, Query(alias="borough", pattern=r"^E09\d{6}$", description="GSS code of a borough.")
]
OnDay = Annotated[date | None, Query(description="The day to answer for; today by default.")]


@router.get("/v1/wards/{ward_code}/team", **public(NotFoundError, InvalidRequestError))
async def get_ward_team(
    session: Reads, ward_code: WardCode, today: Today, response: Response, on: OnDay = None
) -> TeamOut:
    """Get who is posted to a ward on a day, who leads its borough, and which posts are empty."""
    # A name hidden a moment ago must not live on in a cache that nobody asks.
    response.headers["cache-control"] = "public, no-cache"
    return TeamOut.model_validate(await teams_queries.list_team(session, ward_code, on=on or today))


@router.get("/v1/officers", **guarded(LEADERS, InvalidCursorError))
async def list_officers(
    request: Request,
    session: Reads,
    caller: SignedIn,
    page: PageOf,
    today: Today,
    borough: InBorough = None,
    ward: InWard = None,
    subject: Annotated[str | None, Query(max_length=120, description="A sign-in.")] = None,
) -> PageOut[OfficerOut]:
    """List the officers whom the caller answers for."""
    wanted = OfficerFilter(borough, ward, subject)
    found = await teams_queries.list_officers(session, caller, page, wanted, today=today)
    items = [OfficerOut.model_validate(officer) for officer in found.items]
    return PageOut[OfficerOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/officers", status_code=201, **guarded(LEADERS, SubjectTakenError, *IDEMPOTENCY_REFUSALS)
)
async def create_officer(
    body: OfficerIn, session: Writes, caller: SignedIn, now: Now, response: Response
) -> OfficerOut:
    """Enter a new officer, who has no posting yet."""
    officer = await teams.create_officer(session, caller, given=body, now=now)
    response.headers["location"] = f"/v1/officers/{officer.id}"
    tagged(response, officer.version)
    return OfficerOut.model_validate(officer)


@router.get("/v1/officers/{officer_id}", **guarded(LEADERS, NotFoundError))
async def get_officer(
    session: Reads, caller: SignedIn, today: Today, officer_id: OfficerId, response: Response
) -> OfficerOut:
    """Get an officer whom the caller answers for."""
    officer = await teams_queries.get_officer(session, caller, officer_id, today=today)
    tagged(response, officer.version)
    return OfficerOut.model_validate(officer)


@router.patch(
    "/v1/officers/{officer_id}",
    **guarded(LEADERS, NotFoundError, SubjectTakenError, *EDIT_REFUSALS),
)
async def update_officer(
    body: OfficerPatchIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    today: Today,
    officer_id: OfficerId,
    expected: IfMatch,
    response: Response,
) -> OfficerOut:
    """Change an officer's entry; hiding takes effect at once in every public answer."""
    officer = await teams.update_officer(
        session, caller, officer_id, changes=body, expected=expected, now=now, today=today
    )
    tagged(response, officer.version)
    return OfficerOut.model_validate(officer)


@router.get("/v1/postings", **guarded(STAFF, InvalidCursorError))
async def list_postings(
    request: Request,
    session: Reads,
    caller: SignedIn,
    page: PageOf,
    officer: Annotated[UUID | None, Query(description="Id of an officer.")] = None,
    borough: InBorough = None,
    ward: InWard = None,
    on: Annotated[date | None, Query(description="Only those that run on this day.")] = None,
) -> PageOut[PostingOut]:
    """List the postings in the caller's area; analysts and auditors see every area."""
    wanted = PostingFilter(officer, borough, ward, on)
    found = await teams_queries.list_postings(session, caller, page, wanted)
    items = [PostingOut.model_validate(posting) for posting in found.items]
    return PageOut[PostingOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/postings",
    status_code=201,
    **guarded(
        LEADERS,
        NotFoundError,
        InvalidRequestError,
        WardOutsideBoroughError,
        WardNotInForceError,
        NotPolicedByMetError,
        FullTimeExceededError,
        *IDEMPOTENCY_REFUSALS,
    ),
)
async def post_officer(
    body: PostingIn, session: Writes, caller: SignedIn, now: Now, response: Response
) -> PostingOut:
    """Post an officer to the team of a ward or a borough; never above 1.00 FTE on any day."""
    posting = await teams.post_officer(session, caller, given=body, now=now)
    response.headers["location"] = f"/v1/postings/{posting.id}"
    tagged(response, posting.version)
    return PostingOut.model_validate(posting)


@router.get("/v1/postings/{posting_id}", **guarded(STAFF, NotFoundError))
async def get_posting(
    session: Reads, caller: SignedIn, posting_id: PostingId, response: Response
) -> PostingOut:
    """Get a posting in the caller's area."""
    posting = await teams_queries.get_posting(session, caller, posting_id)
    tagged(response, posting.version)
    return PostingOut.model_validate(posting)


@router.patch(
    "/v1/postings/{posting_id}",
    **guarded(
        LEADERS,
        NotFoundError,
        InvalidRequestError,
        ReasonRequiredError,
        FullTimeExceededError,
        *EDIT_REFUSALS,
    ),
)
async def update_posting(
    body: PostingPatchIn,
    session: Writes,
    caller: SignedIn,
    now: Now,
    posting_id: PostingId,
    expected: IfMatch,
    response: Response,
) -> PostingOut:
    """Change a posting's share or days, or end it with a reason."""
    posting = await teams.update_posting(
        session, caller, posting_id, changes=body, expected=expected, now=now
    )
    tagged(response, posting.version)
    return PostingOut.model_validate(posting)
