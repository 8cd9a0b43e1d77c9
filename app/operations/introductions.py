"""Whether each borough's superintendents were introduced to their community (plan C05)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select

from app.database import ReadSession, WriteSession
from app.domain.events import PLAN_PUBLISHED_ON
from app.domain.introductions import Introduction, Tenure, read_introductions
from app.domain.teams import PostingRole
from app.models.teams import Posting
from app.operations.events_queries import list_superintendent_introductions

Session = ReadSession | WriteSession


async def list_introductions(
    session: Session, borough_codes: Iterable[str], *, today: date
) -> dict[str, list[Introduction]]:
    """Return by borough code what became of each superintendent's introduction, by first day.

    Two statements for all boroughs; a borough without a superintendent has an empty list.
    """
    codes = list(borough_codes)
    held = await list_superintendent_introductions(session, codes)
    tenures = await _tenures_of(session, codes)
    return {
        code: read_introductions(tenures.get(code, ()), held.get(code, ()), today=today)
        for code in codes
    }


async def _tenures_of(session: Session, codes: list[str]) -> dict[str, list[Tenure]]:
    statement = (
        select(
            Posting.id,
            Posting.officer_id,
            Posting.borough_code,
            Posting.starts_on,
            Posting.ends_on,
        )
        .where(Posting.role == PostingRole.BOROUGH_SUPERINTENDENT)
        .where(Posting.borough_code.in_(codes))
        .where(or_(Posting.ends_on.is_(None), Posting.ends_on > PLAN_PUBLISHED_ON))
    )
    found: dict[str, list[Tenure]] = defaultdict(list)
    for row in await session.execute(statement):
        found[row.borough_code].append(Tenure(*row))
    return found
