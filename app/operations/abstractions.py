"""Days on which posted officers are taken away: recorded, corrected, withdrawn."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.database import WriteSession
from app.domain.identity import Caller
from app.domain.teams import Days, require_abstraction_fits
from app.errors import NotFoundError
from app.models.base import new_id, require_version
from app.models.teams import Abstraction, Posting
from app.operations.teams import lock_posting, note_posting, plain, set_fields
from app.schemas.teams import AbstractionIn, AbstractionPatchIn


async def record_abstraction(
    session: WriteSession,
    caller: Caller,
    posting_id: UUID,
    *,
    given: AbstractionIn,
    now: datetime,
) -> Abstraction:
    """Record that a posted officer was taken away; within the posting, and once for each day."""
    posting = await lock_posting(session, posting_id)
    caller.require_territory(borough_code=posting.borough_code, ward_code=posting.ward_code)
    await _require_fits(session, posting, Days(given.starts_on, given.ends_on))
    fields = given.model_dump()
    abstraction = Abstraction(
        id=new_id(),
        posting_id=posting_id,
        recorded_at=now,
        recorded_by=caller.subject,
        version=1,
        **fields,
    )
    session.add(abstraction)
    detail = {"abstraction": str(abstraction.id), "after": plain(fields)}
    note_posting(session, caller, "record_abstraction", posting, now=now, detail=detail)
    return abstraction


async def correct_abstraction(
    session: WriteSession,
    caller: Caller,
    posting_id: UUID,
    abstraction_id: UUID,
    *,
    changes: AbstractionPatchIn,
    expected: int | None,
    now: datetime,
) -> Abstraction:
    """Correct an abstraction, as when somebody came back early; it fits as a new one would."""
    posting, abstraction = await _lock_abstraction(session, caller, posting_id, abstraction_id)
    require_version(abstraction, expected)
    detail = set_fields(abstraction, changes.model_dump())
    with session.no_autoflush:
        days = Days(abstraction.starts_on, abstraction.ends_on)
        await _require_fits(session, posting, days, but=abstraction.id)
    detail = {"abstraction": str(abstraction.id), **detail}
    note_posting(session, caller, "correct_abstraction", posting, now=now, detail=detail)
    return abstraction


async def withdraw_abstraction(
    session: WriteSession,
    caller: Caller,
    posting_id: UUID,
    abstraction_id: UUID,
    *,
    reason: str,
    now: datetime,
) -> Abstraction:
    """Remove an abstraction that never was and return it; the audit trail keeps what it said."""
    posting, abstraction = await _lock_abstraction(session, caller, posting_id, abstraction_id)
    await session.delete(abstraction)
    said = {name: getattr(abstraction, name) for name in AbstractionIn.model_fields}
    detail = {"abstraction": str(abstraction.id), "before": plain(said)}
    note_posting(
        session, caller, "withdraw_abstraction", posting, now=now, detail=detail, reason=reason
    )
    return abstraction


async def _lock_abstraction(
    session: WriteSession, caller: Caller, posting_id: UUID, abstraction_id: UUID
) -> tuple[Posting, Abstraction]:
    """Return an abstraction with its posting, whose row keeps all of them as they are."""
    posting = await lock_posting(session, posting_id)
    caller.require_territory(borough_code=posting.borough_code, ward_code=posting.ward_code)
    abstraction = await session.get(Abstraction, abstraction_id, populate_existing=True)
    if abstraction is None or abstraction.posting_id != posting_id:
        raise NotFoundError("abstraction", abstraction_id)
    return posting, abstraction


async def _require_fits(
    session: WriteSession, posting: Posting, away: Days, *, but: UUID | None = None
) -> None:
    rows = await session.execute(
        select(Abstraction.id, Abstraction.starts_on, Abstraction.ends_on).where(
            Abstraction.posting_id == posting.id
        )
    )
    others = [Days(row.starts_on, row.ends_on) for row in rows if row.id != but]
    require_abstraction_fits(away, Days(posting.starts_on, posting.ends_on), others)
