"""Refreshes of many wards at once: which wards, a few of them at a time, and what came of each."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select

from app.database import ReadSession, WriteSession
from app.domain.identity import Caller
from app.domain.priorities import PrioritySetStatus
from app.domain.wards import PoliceForce
from app.errors import ServiceError
from app.models.priorities import PrioritySet
from app.models.wards import Ward
from app.operations.refreshes import open_refresh
from app.operations.wards import find_edition
from app.schemas.refresh_runs import RefreshRunIn

OPENED, SKIPPED = "opened", "skipped"

WardRef = dict[str, str]
"""A ward by `code`, `name` and `borough`, as a run's checkpoint and result hold it."""


async def wards_of_run(
    session: ReadSession | WriteSession, asked: RefreshRunIn, *, today: date
) -> list[WardRef]:
    """Return the Met's wards in force that a run is about, in order of borough and name."""
    edition = await find_edition(session)
    if edition is None:
        return []
    only_due = asked.borough_code is None if asked.only_due is None else asked.only_due
    statement = (
        select(Ward.code, Ward.name, Ward.borough_code)
        .where(Ward.edition_id == edition.id)
        .where(Ward.police_force == PoliceForce.METROPOLITAN.value)
        .order_by(Ward.borough_code, Ward.name, Ward.code)
    )
    if asked.borough_code is not None:
        statement = statement.where(Ward.borough_code == asked.borough_code)
    if only_due:
        is_active = PrioritySet.status == PrioritySetStatus.ACTIVE.value
        statement = statement.outerjoin(
            PrioritySet, and_(PrioritySet.ward_code == Ward.code, is_active)
        ).where(or_(PrioritySet.id.is_(None), PrioritySet.review_due_on <= today))
    rows = await session.execute(statement)
    return [{"code": row.code, "name": row.name, "borough": row.borough_code} for row in rows]


async def open_refreshes(
    session: WriteSession,
    caller: Caller,
    wards: Sequence[WardRef],
    asked: RefreshRunIn,
    *,
    now: datetime,
    today: date,
) -> list[dict[str, Any]]:
    """Open the proposals of a few wards and return what came of each.

    A ward that refuses, most often because it has a refresh in progress, is skipped with the
    reason; nothing of it was written.
    """
    outcomes: list[dict[str, Any]] = []
    for ward in wards:
        try:
            refresh = await open_refresh(
                session,
                caller,
                ward_code=ward["code"],
                trigger=asked.trigger,
                seats=asked.seats,
                now=now,
                today=today,
            )
        except ServiceError as refusal:
            told = {"outcome": SKIPPED, "code": refusal.code, "reason": refusal.detail}
        else:
            told = {"outcome": OPENED, "refresh_id": str(refresh.id)}
            session.expunge_all()  # a proposal is large, and nothing more is asked of it
        outcomes.append({"ward": ward, **told})
    return outcomes


def summary_of(outcomes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a run's result: how many wards were opened and skipped, why, and each by name."""
    counts = Counter(outcome["outcome"] for outcome in outcomes)
    reasons = Counter(o["code"] for o in outcomes if o["outcome"] == SKIPPED)
    return {
        "wards": len(outcomes),
        "opened": counts[OPENED],
        "skipped": counts[SKIPPED],
        "skipped_because": dict(reasons),
        "outcomes": list(outcomes),
    }
