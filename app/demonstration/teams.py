"""Demonstration teams: every Met ward with its officers, some vacancies, some abstractions."""

from datetime import timedelta

from app.demonstration.content import officer_name
from app.demonstration.scene import Scene
from app.domain.teams import AbstractionReason, PostingRole
from app.models.teams import Posting
from app.operations.abstractions import record_abstraction
from app.operations.atlas import WardEntry
from app.operations.teams import create_officer, post_officer
from app.schemas.teams import AbstractionIn, OfficerIn, PostingIn

VACANT = 0.06
"""Share of posts that nobody holds."""
AWAY = 0.04
"""Share of ward officers who are abstracted for some days."""
EXCEPTIONAL = 0.3
"""Share of abstractions for exceptional reasons."""

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


async def staff_borough(scene: Scene, wards: list[WardEntry]) -> None:
    """Post the borough's leaders and each ward's team."""
    borough_code = wards[0].borough_code
    for role, rank in BOROUGH_POSTS:
        await _post(scene, role, rank, {"borough_code": borough_code})
    for ward in wards:
        for role, rank in WARD_POSTS:
            if scene.random.random() < VACANT:
                continue
            posting = await _post(scene, role, rank, {"ward_code": ward.code})
            if scene.random.random() < AWAY:
                await _take_away(scene, posting)


async def _post(scene: Scene, role: PostingRole, rank: str, place: dict[str, str]) -> Posting:
    given = OfficerIn(display_name=officer_name(scene.random), rank=rank, fictional=True)
    officer = await create_officer(scene.session, scene.caller, given=given, now=scene.now)
    starts_on = scene.today - timedelta(days=scene.random.randrange(30, 900))
    posting = PostingIn.model_validate(
        {"officer_id": officer.id, "role": role, "starts_on": starts_on} | place
    )
    return await post_officer(scene.session, scene.caller, given=posting, now=scene.now)


async def _take_away(scene: Scene, posting: Posting) -> None:
    first = max(posting.starts_on, scene.today - timedelta(days=scene.random.randrange(1, 25)))
    given = AbstractionIn(
        starts_on=first,
        ends_on=first + timedelta(days=scene.random.randrange(2, 12)),
        reason=scene.random.choice(list(AbstractionReason)),
        exceptional=scene.random.random() < EXCEPTIONAL,
    )
    await record_abstraction(scene.session, scene.caller, posting.id, given=given, now=scene.now)
