"""What only evaluation mode does: give a caller of any role the postings their token speaks of."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import select

from app.database import WriteSession, insert_for
from app.domain.identity import Role
from app.errors import InvalidRequestError
from app.models.base import new_id
from app.models.teams import Officer, Posting
from app.operations.coverage import running
from app.operations.wards import get_borough, get_ward
from app.schemas.evaluation import TokenIn

POSTING_ROLES = {
    Role.WARD_OFFICER: ("dedicated_ward_officer", "Police Constable"),
    Role.PCSO: ("pcso", "PCSO"),
    Role.SERGEANT: ("sergeant", "Sergeant"),
    Role.BOROUGH_SUPERINTENDENT: ("borough_superintendent", "Superintendent"),
}

RESIDENT_LEVEL = 2
"""The assurance level of an evaluation resident: address checked."""

Areas = list[tuple[str | None, str]]
"""A ward and its borough, or no ward and a borough."""


async def give_areas(
    session: WriteSession, wanted: TokenIn, *, now: datetime, today: date
) -> dict[str, Any]:
    """Give the caller a token is for the areas it asks for, and return the token's claims.

    A resident lives in the first ward; staff get the postings of a fictional officer.
    """
    wards, boroughs = wanted.wards, wanted.boroughs
    if wanted.role is Role.RESIDENT:
        if not wards:
            raise InvalidRequestError("A resident lives in a ward: name it.", pointer="/wards")
        wards, boroughs = [(await get_ward(session, wards[0])).code], []
    if wanted.role in POSTING_ROLES:
        areas = await _areas(session, wards, boroughs)
        await post_evaluation_officer(
            session, wanted.subject, wanted.role, areas, now=now, today=today
        )
    return {
        "sub": wanted.subject,
        "role": wanted.role.value,
        "wards": wards,
        "boroughs": boroughs,
        "level": RESIDENT_LEVEL if wanted.role is Role.RESIDENT else 0,
    }


async def _areas(session: WriteSession, wards: Iterable[str], boroughs: Iterable[str]) -> Areas:
    areas: Areas = []
    for code in dict.fromkeys(wards):
        areas.append((code, (await get_ward(session, code)).borough_code))
    for code in dict.fromkeys(boroughs):
        areas.append((None, (await get_borough(session, code)).code))
    return areas


async def post_evaluation_officer(
    session: WriteSession, subject: str, role: Role, areas: Areas, *, now: datetime, today: date
) -> None:
    """Make a fictional officer of this name hold exactly these postings in the role, from today.

    Whatever else they hold or would come to hold ends, so that they stay within full time. The City
    and the wrong kind of team are let through here, so that every refusal can be tried.
    """
    posting_role, rank = POSTING_ROLES[role]
    officer = await _lock_officer(session, subject, rank, now)
    ahead = select(Posting).where(Posting.officer_id == officer.id, running(today, date.max))
    held = list(await session.scalars(ahead))
    holds = [(p.ward_code, p.borough_code, p.role) for p in held if p.starts_on <= today]
    wanted = [(ward, borough, posting_role) for ward, borough in areas]
    if len(held) == len(holds) == len(wanted) and set(holds) == set(wanted):
        return
    for posting in held:
        posting.ends_on, posting.updated_at = max(today, posting.starts_on), now
        posting.end_reason = "Replaced by a newer evaluation token"
        posting.version += 1
    share = (Decimal(1) / max(len(areas), 1)).quantize(Decimal("0.01"), ROUND_DOWN)
    fields: dict[str, Any] = {"officer_id": officer.id, "role": posting_role, "fte": share}
    fields |= {"starts_on": today, "created_at": now, "updated_at": now}
    session.add_all(
        Posting(ward_code=ward, borough_code=borough, **fields) for ward, borough in areas
    )


async def _lock_officer(session: WriteSession, subject: str, rank: str, now: datetime) -> Officer:
    """Return the officer of this sign-in, entered now if need be, with their row locked."""
    enter = insert_for(session, Officer).values(
        id=new_id(),
        display_name=f"Evaluation {subject}"[:80],
        rank=rank,
        subject=subject,
        hidden=False,
        fictional=True,
        created_at=now,
        updated_at=now,
        version=1,
    )
    await session.execute(enter.on_conflict_do_nothing(index_elements=["subject"]))
    of_subject = select(Officer).where(Officer.subject == subject).with_for_update()
    return (await session.scalars(of_subject)).one()
