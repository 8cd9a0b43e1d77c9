"""Demonstration teams: every Met ward with its officers, some vacancies, some abstractions."""

from datetime import date, datetime, timedelta
from random import Random

from app.database import WriteSession
from app.demonstration.content import officer_name
from app.domain.identity import Caller
from app.domain.teams import AbstractionReason, PostingRole
from app.operations.atlas import WardEntry
from app.operations.teams import create_officer, post_officer, record_abstraction
from app.schemas.teams import AbstractionIn, OfficerIn, PostingIn

VACANT = 0.06
"""Share of posts that nobody holds in the demonstration."""
AWAY = 0.04
"""Share of officers who are abstracted for some days in the demonstration."""

WARD_POSTS = (
    (PostingRole.DEDICATED_WARD_OFFICER, "Police Constable"),
    (PostingRole.DEDICATED_WARD_OFFICER, "Police Constable"),
    (PostingRole.PCSO, "Police Community Support Officer"),
)
BOROUGH_POSTS = (
    (PostingRole.BOROUGH_SUPERINTENDENT, "Superintendent"),
    (PostingRole.INSPECTOR, "Inspector"),
    (PostingRole.SERGEANT, "Sergeant"),
    (PostingRole.SERGEANT, "Sergeant"),
)


async def staff_borough(
    session: WriteSession,
    caller: Caller,
    random: Random,
    wards: list[WardEntry],
    *,
    now: datetime,
    today: date,
) -> None:
    """Post the borough's leaders and each ward's team."""
    borough_code = wards[0].borough_code
    for role, rank in BOROUGH_POSTS:
        await _post(session, caller, random, (role, rank), None, borough_code, now=now, today=today)
    for ward in wards:
        for post in WARD_POSTS:
            if random.random() >= VACANT:
                await _post(
                    session, caller, random, post, ward.code, borough_code, now=now, today=today
                )


async def _post(  # noqa: PLR0913 - the facts of one posting
    session: WriteSession,
    caller: Caller,
    random: Random,
    post: tuple[PostingRole, str],
    ward_code: str | None,
    borough_code: str,
    *,
    now: datetime,
    today: date,
) -> None:
    role, rank = post
    given = OfficerIn(display_name=officer_name(random), rank=rank, fictional=True)
    officer = await create_officer(session, caller, given=given, now=now)
    posting = await post_officer(
        session,
        caller,
        given=PostingIn(
            officer_id=officer.id,
            role=role,
            ward_code=ward_code,
            borough_code=borough_code,
            starts_on=today - timedelta(days=random.randrange(30, 900)),
        ),
        now=now,
    )
    if ward_code is not None and random.random() < AWAY:
        first = max(posting.starts_on, today - timedelta(days=random.randrange(1, 25)))
        await record_abstraction(
            session,
            caller,
            posting.id,
            given=AbstractionIn(
                starts_on=first,
                ends_on=first + timedelta(days=random.randrange(2, 12)),
                reason=random.choice(list(AbstractionReason)),
                exceptional=random.random() < 0.3,
            ),
            now=now,
        )
