"""Carrying out an import of a boundary edition: judged first, then loaded and put in force."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from enum import StrEnum

from app.database import WriteSession
from app.domain.editions import Standing
from app.domain.identity import Caller
from app.operations import editions
from app.operations.edition_plans import ImportPlan

OpenUnit = Callable[[], AbstractAsyncContextManager[WriteSession]]


class Verdict(StrEnum):
    """What became of an import."""

    DONE = "done"
    REFUSED = "refused"
    NOTHING_CHANGED = "nothing_changed"


def judge_import(plan: ImportPlan, *, dry_run: bool, activate: bool) -> Verdict | None:
    """Return how an import ends without writing, or `None` when there is something to write."""
    if plan.changes_nothing or (plan.existing is not None and not activate):
        return Verdict.NOTHING_CHANGED
    if plan.refusals:
        return Verdict.REFUSED
    return Verdict.DONE if dry_run else None


async def write_import(
    open_unit: OpenUnit,
    plan: ImportPlan,
    caller: Caller,
    *,
    activate: bool,
    now: datetime,
    today: date,
) -> Verdict:
    """Load a plan's wards and, unless their day lies ahead, put them in their place in time."""
    scheduled = plan.place is not None and plan.place.standing is Standing.SCHEDULED
    async with open_unit() as session:
        if plan.existing is not None:
            edition = await editions.get_edition(session, plan.existing.id)
        else:
            edition = await editions.load_edition(session, plan, caller, now=now)
        if activate and not scheduled:
            await editions.activate_edition(session, edition, caller, now=now, today=today)
        elif plan.existing is not None:
            return Verdict.NOTHING_CHANGED
    return Verdict.DONE
