"""What only evaluation mode does: give a caller of any role the postings their token speaks of."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from sqlalchemy import or_, select

from app.database import WriteSession
from app.domain.identity import Role
from app.models.teams import Officer, Posting
from app.operations.wards import get_borough, get_ward

POSTING_ROLES = {
    Role.WARD_OFFICER: ("dedicated_ward_officer", "Police Constable"),
    Role.PCSO: ("pcso", "PCSO"),
    Role.SERGEANT: ("sergeant", "Sergeant"),
    Role.BOROUGH_SUPERINTENDENT: ("borough_superintendent", "Superintendent"),
}


async def post_evaluation_officer(
    session: WriteSession,
    *,
    subject: str,
    role: Role,
    wards: Iterable[str],
    boroughs: Iterable[str],
    now: datetime,
    today: date,
) -> None:
    """Make a fictional officer of this name hold exactly these postings in the role, from today."""
    posting_role, rank = POSTING_ROLES[role]
    areas: list[tuple[str | None, str]] = [
        (code, (await get_ward(session, code)).borough_code) for code in dict.fromkeys(wards)
    ]
    areas += [(None, (await get_borough(session, code)).code) for code in dict.fromkeys(boroughs)]
    officer = (await session.scalars(select(Officer).where(Officer.subject == subject))).first()
    if officer is None:
        officer = Officer(
            display_name=f"Evaluation {subject}"[:80],
            rank=rank,
            subject=subject,
            hidden=False,
            fictional=True,
            created_at=now,
            updated_at=now,
        )
        session.add(officer)
        await session.flush()
    live = (
        select(Posting)
        .where(Posting.officer_id == officer.id)
        .where(or_(Posting.ends_on.is_(None), Posting.ends_on > today))
    )
    held = {(p.ward_code, p.borough_code, p.role): p for p in await session.scalars(live)}
    wanted = {(ward, borough, posting_role) for ward, borough in areas}
    if wanted == held.keys():
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
