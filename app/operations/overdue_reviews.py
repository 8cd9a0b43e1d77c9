"""Reviews of priorities that are overdue: which wards, by how much, and what is under way there.

They are reported, not acted on. Opening a refresh by itself would freeze a proposal before the
poll or meeting that a team is preparing, and make a ward look at work where nobody has begun;
whoever leads a borough opens them with one call, a refresh run.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, exists, select

from app.database import ReadSession
from app.domain.priorities import GRACE_DAYS, PrioritySetStatus, overdue_days
from app.domain.refreshes import IN_PROGRESS
from app.domain.wards import PoliceForce
from app.models.priorities import PrioritySet
from app.models.refreshes import Refresh
from app.models.wards import Ward
from app.operations.wards import find_edition

IN_PROGRESS_STATES = sorted(status.value for status in IN_PROGRESS)


async def report_overdue(
    session: ReadSession, borough_code: str | None, *, today: date
) -> dict[str, Any]:
    """Return the Met's wards whose review is overdue, the longest first, and how many have none."""
    rows = (await session.execute(await _overdue_or_never_set(session, borough_code, today))).all()
    overdue = [row for row in rows if row.review_due_on is not None]
    return {
        "on": today.isoformat(),
        "grace_days": GRACE_DAYS,
        "overdue": len(overdue),
        "without_priorities": len(rows) - len(overdue),
        "by_borough": dict(sorted(Counter(row.borough_code for row in overdue).items())),
        "wards": [
            {
                "code": row.code,
                "name": row.name,
                "borough": row.borough_code,
                "review_due_on": row.review_due_on.isoformat(),
                "overdue_days": overdue_days(row.review_due_on, today),
                "refresh_in_progress": bool(row.under_way),
            }
            for row in overdue
        ],
    }


async def _overdue_or_never_set(
    session: ReadSession, borough_code: str | None, today: date
) -> Select[Any]:
    edition = await find_edition(session)
    is_theirs = Refresh.ward_code == Ward.code
    under_way = exists().where(is_theirs, Refresh.status.in_(IN_PROGRESS_STATES))
    is_active = PrioritySet.status == PrioritySetStatus.ACTIVE.value
    last_day = today - timedelta(days=GRACE_DAYS)
    statement = (
        select(Ward.code, Ward.name, Ward.borough_code, PrioritySet.review_due_on)
        .add_columns(under_way.label("under_way"))
        .outerjoin(PrioritySet, (PrioritySet.ward_code == Ward.code) & is_active)
        .where(Ward.edition_id == (edition.id if edition else None))
        .where(Ward.police_force == PoliceForce.METROPOLITAN.value)
        .where(PrioritySet.id.is_(None) | (PrioritySet.review_due_on < last_day))
        .order_by(PrioritySet.review_due_on, Ward.code)
    )
    if borough_code is not None:
        statement = statement.where(Ward.borough_code == borough_code)
    return statement
