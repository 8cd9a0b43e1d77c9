"""Promised publications: how each stands, what came out, and recording or withdrawing a release."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.database import ReadSession, WriteSession
from app.domain.identity import Caller
from app.domain.publications import (
    Promise,
    PublicationLateness,
    Release,
    measure_lateness,
    require_turn,
)
from app.domain.teams import require_day
from app.errors import InvalidRequestError, NotFoundError, ReleaseWithdrawnError
from app.models.publications import Publication, PublicationRelease
from app.operations import audit
from app.pagination import Key, Page, PageRequest, fetch_page
from app.schemas.publications import PublicationReleaseIn

Session = ReadSession | WriteSession


async def publication_lateness(session: Session, *, today: date) -> dict[str, PublicationLateness]:
    """Return how every promised series stands today, by its code, in two statements."""
    series = list(await session.scalars(select(Publication).order_by(Publication.code)))
    return await stand_today(session, series, today=today)


async def stand_today(
    session: Session, series: Iterable[Publication], *, today: date
) -> dict[str, PublicationLateness]:
    """Return how these series stand today, by code; withdrawn releases answer nothing."""
    rows = {row.code: row for row in series}
    releases: dict[str, list[Release]] = defaultdict(list)
    found = await session.execute(
        select(
            PublicationRelease.publication_code,
            PublicationRelease.id,
            PublicationRelease.published_on,
            PublicationRelease.due_on,
        )
        .where(
            PublicationRelease.publication_code.in_(list(rows)),
            PublicationRelease.withdrawn_at.is_(None),
        )
        .order_by(PublicationRelease.published_on, PublicationRelease.id)
    )
    for row in found:
        release = Release(row.id, row.published_on, row.due_on)
        releases[row.publication_code].append(release)
    return {
        code: measure_lateness(promise_of(row), releases[code], today=today)
        for code, row in rows.items()
    }


def promise_of(series: Publication) -> Promise:
    """Return what a series promises."""
    return Promise(
        code=series.code,
        title=series.title,
        commitments=tuple(series.commitments),
        cadence_months=series.cadence_months,
        first_due_on=series.first_due_on,
    )


async def list_publications(session: Session, page: PageRequest) -> Page[Publication]:
    """Return the promised series by code."""
    return await fetch_page(session, select(Publication), page, [Key(Publication.code)])


async def get_publication(session: Session, code: str) -> Publication:
    """Return one promised series."""
    series = await session.get(Publication, code)
    if series is None:
        raise NotFoundError("publication", code)
    return series


async def list_releases(session: Session, code: str, page: PageRequest) -> Page[PublicationRelease]:
    """Return what came out in a series, the latest first, withdrawn releases too."""
    await get_publication(session, code)
    statement = select(PublicationRelease).where(PublicationRelease.publication_code == code)
    keys = [Key.day(PublicationRelease.published_on), Key.uuid(PublicationRelease.id)]
    return await fetch_page(session, statement, page, keys, descending=True)


async def list_latest_releases(
    session: Session, code: str, *, limit: int
) -> list[PublicationRelease]:
    """Return the latest releases of a series, withdrawn ones too."""
    statement = (
        select(PublicationRelease)
        .where(PublicationRelease.publication_code == code)
        .order_by(PublicationRelease.published_on.desc(), PublicationRelease.id.desc())
    )
    return list(await session.scalars(statement.limit(limit)))


async def record_release(
    session: WriteSession,
    caller: Caller,
    code: str,
    *,
    given: PublicationReleaseIn,
    now: datetime,
    today: date,
) -> PublicationRelease:
    """Record that something came out in a series; it must be out, and answer a real due date."""
    series = await get_publication(session, code)
    require_day(given.published_on, "/published_on")
    if given.published_on > today:
        raise InvalidRequestError("Record it once it is out.", pointer="/published_on")
    if given.due_on is not None:
        require_day(given.due_on, "/due_on")
        require_turn(promise_of(series), given.due_on, given.published_on)
    release = PublicationRelease(
        publication_code=code, recorded_at=now, recorded_by=caller.subject, **given.model_dump()
    )
    session.add(release)
    await session.flush()
    detail = {"publication": code, "after": given.model_dump(mode="json")}
    subject = ("publication_release", release.id)
    audit.record(session, caller, "record_release", subject, now=now, detail=detail)
    return release


async def withdraw_release(
    session: WriteSession,
    caller: Caller,
    code: str,
    release_id: UUID,
    *,
    reason: str,
    now: datetime,
) -> PublicationRelease:
    """Take back a release that was recorded wrongly; it stays to be read and answers nothing."""
    statement = (
        select(PublicationRelease)
        .where(PublicationRelease.id == release_id, PublicationRelease.publication_code == code)
        .with_for_update()
    )
    release = (await session.scalars(statement)).first()
    if release is None:
        raise NotFoundError("release", release_id)
    if release.withdrawn_at is not None:
        raise ReleaseWithdrawnError("This release was withdrawn before.")
    release.withdrawn_at, release.withdrawn_reason = now, reason
    await session.flush()
    detail = {"publication": code}
    audit.record(
        session,
        caller,
        "withdraw_release",
        ("publication_release", release.id),
        now=now,
        reason=reason,
        detail=detail,
    )
    return release
