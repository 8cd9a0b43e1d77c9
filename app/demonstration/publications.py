"""Demonstration releases: some series kept up, some late, one whose last update never came."""

from datetime import timedelta

from sqlalchemy import select

from app.demonstration.scene import Scene
from app.domain.publications import due_dates_until
from app.models.publications import PublicationRelease
from app.operations.publications import list_publications, promise_of, record_release
from app.pagination import PageRequest
from app.schemas.publications import PublicationReleaseIn

LATE = 0.3
"""Share of releases that come out late."""
NEVER = frozenset({"violence-against-women-and-girls-maps"})
"""Series in which nothing comes out."""
STOPPED = frozenset({"serious-organised-crime-update"})
"""Series whose latest update never came."""


async def publish_releases(scene: Scene) -> None:
    """Record a release for the due dates so far, unless any was ever recorded."""
    if (await scene.session.scalars(select(PublicationRelease.id).limit(1))).first() is not None:
        return
    series = await list_publications(scene.session, PageRequest())
    for row in series.items:
        dues = [d for d in due_dates_until(promise_of(row), scene.today) if d <= scene.today]
        if row.code in STOPPED:
            dues.pop()
        for due in () if row.code in NEVER else dues:
            days = scene.random.randrange(5, 60) if scene.random.random() < LATE else -4
            given = PublicationReleaseIn(
                period=f"Due {due:%B %Y} (demonstration)",
                due_on=due,
                published_on=min(due + timedelta(days=days), scene.today),
                url=f"https://publications.example/{row.code}/{due}",
            )
            await record_release(
                scene.session,
                scene.caller,
                row.code,
                given=given,
                now=scene.now,
                today=scene.today,
            )
