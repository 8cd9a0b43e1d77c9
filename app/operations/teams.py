"""How teams change: officers and their postings."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.database import WriteSession
from app.domain.identity import Caller
from app.domain.teams import (
    Days,
    Share,
    require_at_most_full_time,
    require_days,
    require_place,
)
from app.domain.wards import PoliceForce
from app.errors import (
    InvalidRequestError,
    NotFoundError,
    NotPolicedByMetError,
    ReasonRequiredError,
    SubjectTakenError,
    WardNotInForceError,
    WardOutsideBoroughError,
)
from app.models.base import new_id, require_version
from app.models.teams import Abstraction, Officer, Posting
from app.operations import audit
from app.operations.coverage import get_ward_life, running
from app.operations.teams_queries import get_officer, require_leadership
from app.operations.wards import get_borough
from app.schemas.teams import OfficerIn, OfficerPatchIn, PostingIn, PostingPatchIn


async def create_officer(
    session: WriteSession, caller: Caller, *, given: OfficerIn, now: datetime
) -> Officer:
    """Enter a new officer, without a posting yet; `SubjectTakenError` if the sign-in has one."""
    require_leadership(caller)
    officer = Officer(id=new_id(), created_at=now, updated_at=now, version=1, **given.model_dump())
    session.add(officer)
    await _save_officer(session)
    detail = {"after": plain(given.model_dump())}
    audit.record(session, caller, "create_officer", ("officer", officer.id), now=now, detail=detail)
    return officer


async def update_officer(
    session: WriteSession,
    caller: Caller,
    officer_id: UUID,
    *,
    changes: OfficerPatchIn,
    expected: int | None,
    now: datetime,
    today: date,
) -> Officer:
    """Change an officer's entry; hiding takes effect with the commit, in every public answer.

    A new sign-in moves the officer's rights to somebody else, so it needs every borough they serve.
    """
    officer = await _lock_officer(session, officer_id)
    await get_officer(session, caller, officer_id, today=today)
    require_version(officer, expected)
    wanted = changes.model_dump()
    ahead = await _list_postings(session, officer_id, since=today)
    if wanted.get("subject", officer.subject) != officer.subject:
        for posting in ahead:
            caller.require_territory(borough_code=posting.borough_code)
    detail = _apply(officer, wanted, now)
    await _save_officer(session)
    audit.record(
        session,
        caller,
        "update_officer",
        ("officer", officer.id),
        now=now,
        borough_code=ahead[0].borough_code if ahead else None,
        ward_code=ahead[0].ward_code if ahead else None,
        detail=detail,
    )
    return officer


async def post_officer(
    session: WriteSession, caller: Caller, *, given: PostingIn, now: datetime
) -> Posting:
    """Post an officer to a ward's or borough's team.

    Refused where the Met has no team, in a ward that does not exist on the first day, and where the
    officer's postings would add up to more than 1.00 FTE on any day, in a race too: the officer's
    row is locked first.
    """
    days = Days(given.starts_on, given.ends_on)
    require_days(days)
    require_place(given.role, on_ward=given.ward_code is not None)
    borough_code = await _find_borough(session, given)
    caller.require_territory(borough_code=borough_code, ward_code=given.ward_code)
    officer = await _lock_officer(session, given.officer_id)
    await _require_full_time(session, officer.id, Share(days, given.fte))
    fields = given.model_dump() | {"borough_code": borough_code}
    posting = Posting(
        id=new_id(), end_reason=None, created_at=now, updated_at=now, version=1, **fields
    )
    session.add(posting)
    note_posting(session, caller, "post_officer", posting, now=now, detail={"after": plain(fields)})
    return posting


async def update_posting(
    session: WriteSession,
    caller: Caller,
    posting_id: UUID,
    *,
    changes: PostingPatchIn,
    expected: int | None,
    now: datetime,
) -> Posting:
    """Change a posting's share or days, or end it with a reason; never above full time."""
    found = await _get_posting(session, posting_id)
    caller.require_territory(borough_code=found.borough_code, ward_code=found.ward_code)
    await _lock_officer(session, found.officer_id)
    posting = await lock_posting(session, posting_id)
    require_version(posting, expected)
    detail = _apply(posting, changes.model_dump(), now)
    days = Days(posting.starts_on, posting.ends_on)
    require_days(days)
    _require_end_reason(posting, detail)
    with session.no_autoflush:
        share = Share(days, posting.fte)
        await _require_full_time(session, posting.officer_id, share, but=posting.id)
    reason = posting.end_reason
    note_posting(session, caller, "update_posting", posting, now=now, detail=detail, reason=reason)
    return posting


async def _find_borough(session: WriteSession, given: PostingIn) -> str:
    """Return the borough a posting belongs to, having made sure that the Met has a team there."""
    if given.ward_code is None:
        if given.borough_code is None:
            raise InvalidRequestError("Name a ward or a borough.", pointer="/borough_code")
        borough = await get_borough(session, given.borough_code)
        _require_met(borough.name, borough.police_force)
        return borough.code
    ward = await get_ward_life(session, given.ward_code)
    if given.borough_code not in {None, ward.borough_code}:
        raise WardOutsideBoroughError(
            f"{ward.name} ({ward.code}) lies in {ward.borough_name}.", pointer="/borough_code"
        )
    _require_met(ward.name, ward.police_force)
    if not ward.exists_on(given.starts_on):
        raise WardNotInForceError(
            f"{ward.name} ({ward.code}) does not exist on {given.starts_on}.", pointer="/ward_code"
        )
    return ward.borough_code


def _require_met(name: str, police_force: str) -> None:
    if police_force != PoliceForce.METROPOLITAN:
        raise NotPolicedByMetError(
            f"{name} is not policed by the Met, which posts no team there.", pointer="/ward_code"
        )


async def _lock_officer(session: WriteSession, officer_id: UUID) -> Officer:
    statement = select(Officer).where(Officer.id == officer_id).with_for_update()
    fresh = statement.execution_options(populate_existing=True)
    officer = (await session.scalars(fresh)).first()
    if officer is None:
        raise NotFoundError("officer", officer_id)
    return officer


async def _get_posting(session: WriteSession, posting_id: UUID) -> Posting:
    posting = await session.get(Posting, posting_id)
    if posting is None:
        raise NotFoundError("posting", posting_id)
    return posting


async def lock_posting(session: WriteSession, posting_id: UUID) -> Posting:
    """Return a posting as it is now, locked until the commit."""
    statement = select(Posting).where(Posting.id == posting_id).with_for_update()
    fresh = statement.execution_options(populate_existing=True)
    posting = (await session.scalars(fresh)).first()
    if posting is None:
        raise NotFoundError("posting", posting_id)
    return posting


async def _list_postings(session: WriteSession, officer_id: UUID, *, since: date) -> list[Posting]:
    statement = select(Posting).where(Posting.officer_id == officer_id, running(since, date.max))
    return list(await session.scalars(statement.order_by(Posting.id)))


async def _require_full_time(
    session: WriteSession, officer_id: UUID, wanted: Share, *, but: UUID | None = None
) -> None:
    """Refuse a share that lifts the officer above full time; the officer's row must be locked."""
    rows = await session.execute(
        select(Posting.id, Posting.starts_on, Posting.ends_on, Posting.fte).where(
            Posting.officer_id == officer_id
        )
    )
    others = [Share(Days(row.starts_on, row.ends_on), row.fte) for row in rows if row.id != but]
    require_at_most_full_time(wanted, others)


def _require_end_reason(posting: Posting, detail: dict[str, Any]) -> None:
    if posting.ends_on is None:
        if detail["after"].get("end_reason"):
            raise InvalidRequestError("A reason to end needs an end.", pointer="/ends_on")
        posting.end_reason = None
    elif "ends_on" in detail["after"] and not posting.end_reason:
        raise ReasonRequiredError("Say why the posting ends.", pointer="/end_reason")


async def _save_officer(session: WriteSession) -> None:
    """Write the officer now, so that a sign-in taken meanwhile is a refusal and not a fault."""
    try:
        await session.flush()
    except IntegrityError as cause:
        raise SubjectTakenError(
            "Another officer already has this sign-in.", pointer="/subject"
        ) from cause


def _apply(row: Officer | Posting, wanted: dict[str, Any], now: datetime) -> dict[str, Any]:
    row.updated_at = now
    return set_fields(row, wanted)


def set_fields(row: Officer | Posting | Abstraction, wanted: dict[str, Any]) -> dict[str, Any]:
    """Set the fields that differ, raise the version, and return what was and what is."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    return {"before": plain(before), "after": plain(changed)}


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as the audit trail keeps them: text, truth and nothing else."""
    return {
        name: value if value is None or isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def note_posting(
    session: WriteSession,
    caller: Caller,
    action: str,
    posting: Posting,
    *,
    now: datetime,
    detail: dict[str, Any],
    reason: str | None = None,
) -> None:
    """Put an act on a posting into the audit trail."""
    audit.record(
        session,
        caller,
        action,
        ("posting", posting.id),
        now=now,
        borough_code=posting.borough_code,
        ward_code=posting.ward_code,
        reason=reason,
        detail=detail,
    )
