"""What only evaluation mode does: give a caller of any role the postings their token speaks of."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import or_, select

from app.database import WriteSession
from app.domain.identity import Role
from app.errors import InvalidRequestError
from app.models.teams import Officer, Posting
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
    """Make a fictional officer of this name hold exactly these postings in the role, from today."""
    posting_role, rank = POSTING_ROLES[role]
    officer = (await session.scalars(select(Officer).where(Officer.subject == subject))).first()
    if officer is None:
        officer = _fictional_officer(subject, rank, now)
        session.add(officer)
        await session.flush()
    live = (
        select(Posting)
        .where(Posting.officer_id == officer.id)
        .where(or_(Posting.ends_on.is_(None), Posting.ends_on > today))
    )
    held = {(p.ward_code, p.borough_code, p.role): p for p in await session.scalars(live)}
    if held.keys() == {(ward, borough, posting_role) for ward, borough in areas}:
        return
    for posting in held.values():
        posting.ends_on, posting.updated_at = today, now
        posting.end_reason = "Replaced by a newer evaluation token"
    share = (Decimal(1) / max(len(areas), 1)).quantize(Decimal("0.01"), ROUND_DOWN)
    session.add_all(
        Posting(
            officer_id=officer.id,
            role=posting_role,
            ward_code=ward,
            borough_code=borough,
            fte=share,
            starts_on=today,
            created_at=now,
            updated_at=now,
        )
        for ward, borough in areas
    )


def _fictional_officer(subject: str, rank: str, now: datetime) -> Officer:
    return Officer(
        display_name=f"Evaluation {subject}"[:80],
        rank=rank,
        subject=subject,
        hidden=False,
        fictional=True,
        created_at=now,
        updated_at=now,
    )
