"""Promised publications: what is due, what came out, and how late it was."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.dependencies import (
    IDEMPOTENCY_REFUSALS,
    Now,
    PageOf,
    Reads,
    SignedIn,
    Today,
    Writes,
    guarded,
    next_url,
)
from app.domain.identity import Role
from app.domain.publications import PublicationLateness
from app.errors import (
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
    ReleaseWithdrawnError,
)
from app.models.publications import Publication
from app.operations import publications
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.publications import (
    DueDateOut,
    PublicationDetailOut,
    PublicationOut,
    PublicationReleaseIn,
    PublicationReleaseOut,
    WithdrawalIn,
)

router = APIRouter(tags=["accountability"], route_class=ServiceRoute)

PUBLISHERS = frozenset({Role.ANALYST, Role.ADMIN})
LATEST_RELEASES = 20
SeriesCode = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9-]{1,60}$",
        description="Code of a promised series.",
        examples=["serious-organised-crime-update"],
    ),
]
TOLD = ("code", "title", "description", "owner", "commitments", "cadence_months", "first_due_on")


def told(series: Publication, found: PublicationLateness) -> dict[str, Any]:
    """Return a series and how it stands, as fields of the answer."""
    standing = ("status", "since", "overdue_days", "last_published_on", "next_due_on")
    return {
        **{name: getattr(series, name) for name in (*TOLD, "reading", "url")},
        **{name: getattr(found, name) for name in standing},
        "as_of": found.today,
    }


@router.get("/v1/publications", **public(InvalidCursorError))
async def list_publications(
    request: Request, session: Reads, page: PageOf, today: Today
) -> PageOut[PublicationOut]:
    """List what was promised to be published, and how each series stands today."""
    found = await publications.list_publications(session, page)
    standing = await publications.stand_today(session, found.items, today=today)
    items = [PublicationOut(**told(row, standing[row.code])) for row in found.items]
    return PageOut[PublicationOut](items=items, next=next_url(request, found))


@router.get("/v1/publications/{publication_code}", **public(NotFoundError))
async def get_publication(
    session: Reads, publication_code: SeriesCode, today: Today
) -> PublicationDetailOut:
    """Get a promised series with its due dates, its latest releases, and the days it was late."""
    series = await publications.get_publication(session, publication_code)
    standing = await publications.stand_today(session, [series], today=today)
    found = standing[publication_code]
    releases = await publications.list_latest_releases(
        session, publication_code, limit=LATEST_RELEASES
    )
    return PublicationDetailOut(
        **told(series, found),
        due_dates=[DueDateOut.model_validate(due) for due in found.dues],
        releases=[PublicationReleaseOut.model_validate(release) for release in releases],
    )


@router.get(
    "/v1/publications/{publication_code}/releases", **public(NotFoundError, InvalidCursorError)
)
async def list_releases(
    request: Request, session: Reads, publication_code: SeriesCode, page: PageOf
) -> PageOut[PublicationReleaseOut]:
    """List what came out in a series, the latest first; withdrawn releases stay in the list."""
    found = await publications.list_releases(session, publication_code, page)
    items = [PublicationReleaseOut.model_validate(release) for release in found.items]
    return PageOut[PublicationReleaseOut](items=items, next=next_url(request, found))


@router.post(
    "/v1/publications/{publication_code}/releases",
    status_code=201,
    **guarded(PUBLISHERS, NotFoundError, InvalidRequestError, *IDEMPOTENCY_REFUSALS),
)
async def record_release(
    session: Writes,
    caller: SignedIn,
    publication_code: SeriesCode,
    body: PublicationReleaseIn,
    now: Now,
    today: Today,
    response: Response,
) -> PublicationReleaseOut:
    """Record that something came out in a promised series."""
    release = await publications.record_release(
        session, caller, publication_code, given=body, now=now, today=today
    )
    response.headers["location"] = f"/v1/publications/{publication_code}/releases"
    return PublicationReleaseOut.model_validate(release)


@router.post(
    "/v1/publications/{publication_code}/releases/{release_id}/withdrawal",
    status_code=200,
    **guarded(PUBLISHERS, NotFoundError, ReleaseWithdrawnError, *IDEMPOTENCY_REFUSALS),
)
async def withdraw_release(
    session: Writes,
    caller: SignedIn,
    publication_code: SeriesCode,
    release_id: UUID,
    body: WithdrawalIn,
    now: Now,
) -> PublicationReleaseOut:
    """Take back a release that was recorded wrongly, with the reason; it stays to be read."""
    release = await publications.withdraw_release(
        session, caller, publication_code, release_id, reason=body.reason, now=now
    )
    return PublicationReleaseOut.model_validate(release)
